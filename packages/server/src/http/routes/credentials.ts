import { isProblem } from '@keywright/core'
import * as z from 'zod'
import { configId, line, name, onlyReason, pageOf, pageQuery } from '../fields.ts'
import { reply, route } from '../route.ts'
import { CreatedCredentialWire, CredentialWire, credentialWire } from '../wire/credential.ts'
import { pageWire } from '../wire/page.ts'
import { secretOf } from '../wire/secret.ts'

/** The routes of the credentials of the adopter's and operator's programs. */
export const credentialRoutes = [
  route(
    {
      method: 'post',
      path: '/v1/credentials',
      operationId: 'createCredential',
      summary: 'Create a credential',
      description:
        'The answer holds the `secret` this once. A verify credential names the environment and audiences that it checks for.',
      tag: 'Credentials',
      permission: 'operator',
      sensitive: true,
      body: z.strictObject({
        kind: z.enum(['operator', 'verify']),
        name: name,
        environment: configId.optional(),
        audiences: z.array(line(64)).max(50).optional(),
      }),
      returns: CreatedCredentialWire,
      status: 201,
      problems: ['not_allowed_by_configuration', 'invalid_parameters'],
      idempotencyKey: true,
    },
    async ({ caller, body, idempotency }, { storage }) => {
      const created = await storage.credentials.create(caller, body, idempotency)
      if (isProblem(created)) return created
      return reply({ ...credentialWire(created.record), secret: secretOf(created) }, { replayed: created.replayed })
    },
  ),
  route(
    {
      method: 'get',
      path: '/v1/credentials',
      operationId: 'listCredentials',
      summary: 'List credentials',
      tag: 'Credentials',
      permission: 'operator',
      query: z.strictObject(pageQuery),
      returns: pageOf(CredentialWire),
      problems: ['invalid_cursor'],
    },
    async ({ query }, { storage }) => {
      return pageWire(await storage.credentials.list(query), credentialWire)
    },
  ),
  route(
    {
      method: 'delete',
      path: '/v1/credentials/{credential}',
      operationId: 'deleteCredential',
      summary: 'Delete a credential; it stops being accepted at once',
      tag: 'Credentials',
      permission: 'operator',
      sensitive: true,
      body: onlyReason,
      bodyOptional: true,
      returns: z.null(),
      status: 204,
      problems: ['credential_not_found', 'last_operator'],
    },
    ({ params, caller }, { storage }) => storage.credentials.delete(caller, params.credential),
  ),
] as const

import { isProblem } from '@keywright/core'
import * as z from 'zod'
import { line, webAuthn } from '../fields.ts'
import { route } from '../route.ts'
import { PasskeyWire, passkeyWire } from '../wire/person.ts'
import { webAuthnWire } from '../wire/web-authn.ts'

const passkeyName = line(100)

/** The routes of the passkeys of who is signed in. */
export const personPasskeyRoutes = [
  route(
    {
      method: 'post',
      path: '/v1/person/passkeys/options',
      operationId: 'startPasskey',
      summary: 'Begin adding a passkey',
      tag: 'Person',
      permission: 'person',
      sensitive: true,
      body: z.strictObject({}),
      bodyOptional: true,
      returns: webAuthn,
      problems: [],
    },
    async ({ actor, visitor }, { people }) => webAuthnWire(await people.passkeyRegistrationOptions(visitor, actor)),
  ),
  route(
    {
      method: 'post',
      path: '/v1/person/passkeys',
      operationId: 'addPasskey',
      summary: 'Add a passkey',
      tag: 'Person',
      permission: 'person',
      sensitive: true,
      body: z.strictObject({ name: passkeyName, response: webAuthn }),
      returns: PasskeyWire,
      status: 201,
      problems: ['passkey_refused'],
    },
    async ({ actor, visitor, body }, { people }) => {
      const passkey = await people.addPasskey(visitor, actor, body)
      return isProblem(passkey) ? passkey : passkeyWire(passkey)
    },
  ),
  route(
    {
      method: 'patch',
      path: '/v1/person/passkeys/{passkey}',
      operationId: 'renamePasskey',
      summary: 'Rename a passkey',
      tag: 'Person',
      permission: 'person',
      sensitive: true,
      body: z.strictObject({ name: passkeyName }),
      returns: PasskeyWire,
      problems: ['passkey_not_found'],
    },
    async ({ actor, caller, params, body }, { people }) => {
      const passkey = await people.renamePasskey(caller, actor.id, params.passkey, body.name)
      return isProblem(passkey) ? passkey : passkeyWire(passkey)
    },
  ),
  route(
    {
      method: 'delete',
      path: '/v1/person/passkeys/{passkey}',
      operationId: 'removePasskey',
      summary: 'Remove a passkey',
      tag: 'Person',
      permission: 'person',
      sensitive: true,
      returns: z.null(),
      status: 204,
      problems: ['passkey_not_found'],
    },
    ({ actor, caller, params }, { people }) => people.removePasskey(caller, actor.id, params.passkey),
  ),
] as const

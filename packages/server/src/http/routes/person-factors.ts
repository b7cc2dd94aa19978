import { isProblem } from '@keywright/core'
import * as z from 'zod'
import { factorCode, password } from '../fields.ts'
import { route } from '../route.ts'

const Nothing = z.strictObject({})
const BackupCodes = z.object({ backupCodes: z.array(z.string()).describe('Shown this once; each works once') })

/** The routes of the password and the second factor of who is signed in. */
export const personFactorRoutes = [
  route(
    {
      method: 'put',
      path: '/v1/person/password',
      operationId: 'setPassword',
      summary: 'Set or change the password; other sessions end',
      tag: 'Person',
      permission: 'person',
      sensitive: true,
      body: z.strictObject({ current: password.optional().describe('Needed where there is a password'), password }),
      returns: z.null(),
      status: 204,
      problems: ['sign_in_refused', 'password_not_allowed', 'too_many_requests'],
    },
    ({ actor, visitor, body }, { people }) => people.setPassword(visitor, actor, body),
  ),
  route(
    {
      method: 'post',
      path: '/v1/person/totp',
      operationId: 'startTotp',
      summary: 'Begin using an authenticator (RFC 6238)',
      description: 'It is on once `confirm` was answered.',
      tag: 'Person',
      permission: 'person',
      sensitive: true,
      body: Nothing,
      bodyOptional: true,
      returns: z.object({ secret: z.string().describe('Base32'), uri: z.string().describe('An `otpauth:` address') }),
      problems: ['second_factor_conflict'],
    },
    ({ actor, visitor }, { people }) => people.startTotp(visitor, actor),
  ),
  route(
    {
      method: 'post',
      path: '/v1/person/totp/confirm',
      operationId: 'confirmTotp',
      summary: 'Turn the authenticator on by a first code; other sessions end',
      tag: 'Person',
      permission: 'person',
      sensitive: true,
      body: z.strictObject({ code: factorCode }),
      returns: BackupCodes,
      problems: ['second_factor_refused', 'second_factor_conflict', 'too_many_requests'],
    },
    async ({ actor, visitor, body }, { people }) => {
      const confirmed = await people.confirmTotp(visitor, actor, body.code)
      return isProblem(confirmed) ? confirmed : { backupCodes: [...confirmed.backupCodes] }
    },
  ),
  route(
    {
      method: 'delete',
      path: '/v1/person/totp',
      operationId: 'removeTotp',
      summary: 'Turn the authenticator off',
      tag: 'Person',
      permission: 'person',
      sensitive: true,
      returns: z.null(),
      status: 204,
      problems: ['second_factor_conflict'],
    },
    ({ actor, visitor }, { people }) => people.removeTotp(visitor, actor),
  ),
  route(
    {
      method: 'post',
      path: '/v1/person/backup-codes',
      operationId: 'createBackupCodes',
      summary: 'Make new backup codes; the old ones stop working',
      tag: 'Person',
      permission: 'person',
      sensitive: true,
      body: Nothing,
      bodyOptional: true,
      returns: BackupCodes,
      problems: ['second_factor_conflict'],
    },
    async ({ actor, visitor }, { people }) => {
      const made = await people.newBackupCodes(visitor, actor)
      return isProblem(made) ? made : { backupCodes: [...made.backupCodes] }
    },
  ),
] as const

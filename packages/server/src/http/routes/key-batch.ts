import { isProblem, keyStates, problem } from '@keywright/core'
import * as z from 'zod'
import { confine, keyActionsOf } from '../authorization.ts'
import { configId, id, line, momentIn, permission, reason } from '../fields.ts'
import { horizonOf } from '../horizon.ts'
import { route } from '../route.ts'

const Filter = z.strictObject({
  account: id.optional().describe('Absent: of all accounts (operators), or of the own account (managing keys)'),
  search: line(200).optional(),
  state: z.array(z.enum(keyStates)).min(1).max(keyStates.length).optional(),
  type: configId.optional(),
  environment: configId.optional(),
  unusedSince: momentIn.optional(),
  createdBefore: momentIn.optional(),
  owner: z
    .union([z.literal('none'), id])
    .optional()
    .describe('The member that the keys belong to; `none`: service keys'),
  permission: permission.optional().describe('Keys that may do this, unrestricted ones included'),
  expiresBefore: momentIn.optional().describe('With an expiry of their own before this moment'),
  rotating: z.literal(true).optional().describe('Older keys of a rotation'),
  dueForRotation: z.literal(true).optional(),
  noExpiry: z.literal(true).optional(),
  unrestricted: z.literal(true).optional(),
  ids: z.array(id).min(1).max(500).optional(),
})

/** The route that changes many keys. */
export const keyBatchRoutes = [
  route(
    {
      method: 'post',
      path: '/v1/keys/batch',
      operationId: 'changeKeys',
      summary: 'Pause, revoke or delete the keys that fit a filter',
      description:
        'At most 500 keys a call; call again with `nextCursor` until it is `null`. A dry run changes nothing and counts.',
      tag: 'Keys',
      permission: { key: 'view' },
      sensitive: true,
      body: z.strictObject({
        action: z.enum(['pause', 'revoke', 'delete']),
        filter: Filter,
        dryRun: z.boolean().optional(),
        cursor: z.string().min(1).max(2_000).optional(),
        reason: reason.optional(),
      }),
      returns: z.object({
        matched: z.int(),
        changed: z.int(),
        skipped: z.array(z.object({ key: z.string(), problem: z.string() })),
        nextCursor: z.string().nullable(),
      }),
      problems: ['forbidden', 'action_not_offered', 'invalid_cursor', 'account_not_found'],
    },
    async ({ actor, caller, body }, { storage, config }) => {
      const { account, unusedSince, createdBefore, expiresBefore, owner, ...filter } = body.filter
      const accountId = confine(actor, account)
      if (isProblem(accountId)) return accountId
      if (!keyActionsOf(config(), actor).has(body.action)) return problem('forbidden')
      const result = await storage.keys.batch(caller, {
        action: body.action,
        accountId,
        filter: {
          ...filter,
          unusedSinceMs: unusedSince,
          createdBeforeMs: createdBefore,
          expiresBeforeMs: expiresBefore,
          owner: owner === 'none' ? null : owner,
          within: await horizonOf(actor, storage),
        },
        dryRun: body.dryRun ?? false,
        cursor: body.cursor,
      })
      if (isProblem(result)) return result
      return { ...result, skipped: result.skipped.map(({ keyId, problem: code }) => ({ key: keyId, problem: code })) }
    },
  ),
] as const

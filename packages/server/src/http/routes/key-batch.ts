import { isProblem, keyStates, problem } from '@keywright/core'
import * as z from 'zod'
import { confine, keyActionsOf } from '../authorization.ts'
import { configId, id, line, momentIn, reason } from '../fields.ts'
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
      const { account, unusedSince, createdBefore, ...filter } = body.filter
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

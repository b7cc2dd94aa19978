import { type Problem, problem } from '@keywright/core'
import { accountRecord } from '../account-rows.ts'
import type { StorageContext, WriteTransaction } from '../context.ts'
import { inForce } from '../limits.ts'
import type { AccountRow } from '../schema.ts'

/** How many active lineages an account may have: by the override in force, else by its plan; `null`: no cap. */
export function capOf(context: Pick<StorageContext, 'config'>, account: AccountRow, nowMs: number): number | null {
  const { activeKeysOverride } = accountRecord(account)
  const override = activeKeysOverride === null ? undefined : inForce([activeKeysOverride], nowMs)[0]
  if (override !== undefined) return override.max
  const config = context.config()
  const plan = config.planById.get(account.plan)
  return plan === undefined ? config.caps.activeKeysPerAccount : plan.activeKeysMax
}

/**
 * The refusal of one more active lineage in an account that has as many as it may have. Counted under the account's lock at the store's
 * time (U14). `lineageId` is the lineage that would become active, where it exists already: it counts once.
 */
export async function capProblem(
  context: StorageContext,
  { database, nowMs }: WriteTransaction,
  account: AccountRow,
  lineageId: string | null,
): Promise<Problem<'active_keys_cap'> | undefined> {
  const max = capOf(context, account, nowMs)
  if (max === null) return undefined
  const query = database
    .selectFrom('keys')
    .select(({ fn }) => fn.count<number>('lineage_id').distinct().as('count'))
    .where('account_id', '=', account.id)
    .where('state', '=', 'active')
    .where(({ or, eb }) => or([eb('ends_at_ms', 'is', null), eb('ends_at_ms', '>', nowMs)]))
  const { count } = await (lineageId === null
    ? query
    : query.where('lineage_id', '!=', lineageId)
  ).executeTakeFirstOrThrow()
  if (count < max) return undefined
  return problem(
    'active_keys_cap',
    `${max} active keys are the most here. Revoke or delete one that is no longer used, or rotate one instead.`,
  )
}

import { type LimitOverride, type ProblemError, problem, type QuotaOverride } from '@keywright/core'
import { mayOperate } from '../callers.ts'
import { differenceOf, wireTime } from '../changes.ts'
import type { StorageContext, WriteTransaction } from '../context.ts'
import { fromJson, fromJsonOrNull, toJson, toJsonOrNull } from '../json.ts'
import { overridesErrors, plainLimit, quotaOverrideErrors } from '../limits.ts'
import type { Caller, Keys } from '../ports.ts'
import type { AccountRow, LineageRow } from '../schema.ts'
import { excessOfChildren, parentRow } from './authority.ts'
import { readWithin } from './create.ts'
import { appendKeyEvent } from './events.ts'
import { type FullRow, lockKey } from './rows.ts'

type Override = Parameters<Keys['setOverride']>[2]
type Columns = Pick<LineageRow, 'overrides_json' | 'quota_override_json'>

/** Puts limits or a quota in force for a whole lineage, until their times: what is absent stays, `null` clears. */
export async function setOverride(
  context: StorageContext,
  caller: Caller,
  id: string,
  { limits, quota }: Override,
): ReturnType<Keys['setOverride']> {
  const errors = [
    ...overridesErrors(limits ?? [], '/limits'),
    ...(quota === undefined || quota === null ? [] : quotaOverrideErrors(quota, '/quota')),
  ]
  if (errors.length > 0) return problem('invalid_parameters', undefined, errors)
  return await change(context, caller, id, 'key.override_set', {
    ...(limits === undefined ? {} : { overrides_json: limitsJson(limits) }),
    ...(quota === undefined ? {} : { quota_override_json: quotaJson(quota) }),
  })
}

/** Removes every override of a lineage. */
export const clearOverride = (context: StorageContext, caller: Caller, id: string): ReturnType<Keys['clearOverride']> =>
  change(context, caller, id, 'key.override_cleared', { overrides_json: '[]', quota_override_json: null })

const limitsJson = (overrides: readonly LimitOverride[]): string =>
  toJson(overrides.map(({ limit, untilMs }) => ({ limit: plainLimit(limit), untilMs })))

const quotaJson = (override: QuotaOverride | null): string | null =>
  toJsonOrNull(
    override === null
      ? null
      : { quota: { limit: override.quota.limit, period: override.quota.period }, untilMs: override.untilMs },
  )

function logView(columns: Columns): Readonly<Record<string, unknown>> {
  const quota = fromJsonOrNull<QuotaOverride>(columns.quota_override_json)
  const limits = fromJson<readonly LimitOverride[]>(columns.overrides_json)
  return {
    limits: limits.map(({ limit, untilMs }) => ({ limit, until: wireTime(untilMs) })),
    quota: quota === null ? null : { quota: quota.quota, until: wireTime(quota.untilMs) },
  }
}

function change(
  context: StorageContext,
  caller: Caller,
  id: string,
  type: 'key.override_set' | 'key.override_cleared',
  columns: Partial<Columns>,
): ReturnType<Keys['clearOverride']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Keys['clearOverride']>>> => {
    const locked = (await mayOperate(transaction, caller.actor)) ? await lockKey(context, transaction, id) : undefined
    if (locked === undefined) return problem('key_not_found')
    const { account, key } = locked
    const difference = differenceOf(logView(key), logView({ ...key, ...columns }))
    if (difference !== undefined) {
      const errors = await childrenExcess(context, transaction, account, key, columns)
      if (errors.length > 0) return problem('exceeds_children', undefined, errors)
      const keyIds = await saveLineage(transaction, key, columns)
      const others = keyIds.filter((keyId) => keyId !== key.id).map((keyId) => `key:${keyId}` as const)
      appendKeyEvent(transaction, type, key, difference, others)
    }
    return await readWithin(context, transaction, id)
  })
}

/** In which limits, or in the quota, a key that the lineage made would be more than the lineage with these overrides. */
async function childrenExcess(
  context: StorageContext,
  transaction: WriteTransaction,
  account: AccountRow,
  key: FullRow,
  columns: Partial<Columns>,
): Promise<readonly ProblemError[]> {
  const newest = await parentRow(transaction, key.lineage_id)
  if (newest === undefined) return []
  const counts = (pointer: string | undefined) => pointer === '/limits' || pointer === '/quota'
  return await excessOfChildren(context, transaction, account, { ...newest, ...columns }, counts)
}

/** Answers the ids of the lineage's keys: the change is one of each of them. */
async function saveLineage(
  { database, nowMs }: WriteTransaction,
  key: FullRow,
  columns: Partial<Columns>,
): Promise<readonly string[]> {
  await database.updateTable('lineages').set(columns).where('id', '=', key.lineage_id).execute()
  await database
    .updateTable('keys')
    .set(({ eb, ref }) => ({ stands_alone: 0, updated_at_ms: nowMs, version: eb(ref('version'), '+', 1) }))
    .where('lineage_id', '=', key.lineage_id)
    .execute()
  const rows = await database
    .selectFrom('keys')
    .select('id')
    .where('lineage_id', '=', key.lineage_id)
    .orderBy('id')
    .execute()
  return rows.map((row) => row.id)
}

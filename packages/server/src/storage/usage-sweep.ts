import type { Store } from './open-store.ts'
import { dropPartitions, makePartitions, splitTables } from './usage-partitions.ts'

const dayMs = 86_400_000
/** How long answers to an Idempotency-Key are remembered, in milliseconds. */
const idempotencyKeptMs = dayMs
/** How long a batch that is delivered again is recognised, in milliseconds. */
const batchesKeptMs = 30 * dayMs
/** How long presentations that no key answers for are kept, in milliseconds. */
const refusalsKeptMs = 30 * dayMs
const quotaMonthsKept = 2

/**
 * Removes what is older than it is kept: activity by the configuration, answers to old Idempotency-Keys, and what only served recent days. Where
 * activity is split by days, whole days go.
 */
export async function sweepUsage({ transact, context, database: { capabilities } }: Store): Promise<void> {
  const nowMs = await context.now()
  const activityBeforeMs = nowMs - context.config().activity.keepDays * dayMs
  await transact(async (database) => {
    if (!capabilities.partitions) await database.deleteFrom('activity').where('at_ms', '<=', activityBeforeMs).execute()
    await database
      .deleteFrom('idempotency')
      .where('created_at_ms', '<=', nowMs - idempotencyKeptMs)
      .execute()
    await database
      .deleteFrom('usage_batches')
      .where('at_ms', '<=', nowMs - batchesKeptMs)
      .execute()
    await database
      .deleteFrom('refusals')
      .where('hour_ms', '<=', nowMs - refusalsKeptMs)
      .execute()
    // Days and months compare as text; quotas without a period count for ever.
    await database
      .deleteFrom('quota_uses')
      .where('period', '!=', '')
      .where('period', '<', monthBefore(nowMs, quotaMonthsKept))
      .execute()
    return { result: undefined, keep: true }
  })
  if (!capabilities.partitions) return
  // Each in a transaction of its own, which holds its locks for a moment only.
  for (const table of splitTables)
    await transact(async (database) => ({ result: await makePartitions(database, table), keep: true }))
  await transact(async (database) => ({
    result: await dropPartitions(database, 'activity', activityBeforeMs),
    keep: true,
  }))
}

function monthBefore(nowMs: number, months: number): string {
  const now = new Date(nowMs)
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months)).toISOString().slice(0, 7)
}

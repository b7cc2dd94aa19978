import { problem } from '@keywright/core'
import { sql } from 'kysely'
import { pageLimit, pageOf, readCursor } from './cursor.ts'
import { comesAfter, momentPlace } from './moment-order.ts'
import type { Store } from './open-store.ts'
import type { ActivityRecord, Usage, UsageBucket } from './ports.ts'
import { storeBatch } from './usage-batch.ts'
import { sweepUsage } from './usage-sweep.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** What checks left behind: counts, last use, newest checks and refusals. Nothing here touches keys. */
export const usageOf = (store: Store): Usage => ({
  store: (batch) => storeBatch(store, batch),
  read: (keyId, range) => readUsage(store, keyId, range),
  activity: (keyId, page) => readActivity(store, keyId, page),
  refusals: async ({ fromMs, toMs }) => {
    const rows = await store.read
      .selectFrom('refusals')
      .selectAll()
      .where('hour_ms', '>=', fromMs)
      .where('hour_ms', '<', toMs)
      .orderBy('hour_ms')
      .orderBy('code')
      .orderBy('network')
      .execute()
    return rows.map(({ hour_ms, code, network, count }) => ({ hourMs: hour_ms, code, network, count }))
  },
  sweep: () => sweepUsage(store),
})

async function readUsage(
  { read }: Store,
  keyId: string,
  { fromMs, toMs, granularity }: Parameters<Usage['read']>[1],
): Promise<readonly UsageBucket[]> {
  const lengthMs = granularity === 'hour' ? hourMs : dayMs
  const start = sql<number>`hour_ms - hour_ms % ${sql.lit(lengthMs)}`
  const rows = await read
    .selectFrom('usage')
    .select([start.as('start_ms'), 'code', 'tag', sql<number>`cast(sum(count) as bigint)`.as('total')])
    .where('key_id', '=', keyId)
    .where('hour_ms', '>=', fromMs)
    .where('hour_ms', '<', toMs)
    .groupBy([start, 'code', 'tag'])
    .orderBy('start_ms')
    .orderBy('code')
    .orderBy('tag')
    .execute()
  return rows.map(({ start_ms, code, tag, total }) => ({ startMs: start_ms, code, tag, count: total }))
}

async function readActivity(
  { read, context }: Store,
  keyId: string,
  page: Parameters<Usage['activity']>[1],
): ReturnType<Usage['activity']> {
  const listing = ['activity', keyId]
  const after = page.cursor === undefined ? null : readCursor(listing, page.cursor, momentPlace)
  if (after === undefined) return problem('invalid_cursor')
  const limit = pageLimit(page.limit)
  let query = read
    .selectFrom('activity')
    .selectAll()
    .where('key_id', '=', keyId)
    .where('at_ms', '>', (await context.now()) - context.config().activity.keepDays * dayMs)
    .orderBy('at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (after !== null) query = query.where(comesAfter(after, 'newest first', 'at_ms', 'id'))
  const { rows, nextCursor } = pageOf(await query.execute(), limit, listing, ({ at_ms, id }) => [at_ms, id])
  const items = rows.map(
    ({ at_ms, code, permission, network, user_agent, tag }): ActivityRecord => ({
      atMs: at_ms,
      code,
      permission,
      network,
      userAgent: user_agent,
      tag,
    }),
  )
  return { items, nextCursor }
}

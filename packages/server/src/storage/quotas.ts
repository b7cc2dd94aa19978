import { quotaPeriod } from '@keywright/core'
import { type Kysely, sql } from 'kysely'
import type { Store } from './open-store.ts'
import type { Quotas, QuotaTake } from './ports.ts'
import type { Schema } from './schema.ts'

/** Quotas of lineages. Taking is one statement that counts and compares at once, so that parallel checks never take more than there is. */
export const quotasOf = ({ transact, read }: Store): Quotas => ({
  take: async (request) => {
    const { id: period, resetsAtMs } = quotaPeriod(request.quota.period, request.atMs)
    const refuse = async () => ({ taken: false, used: await usedOf(read, request.lineageId, period), resetsAtMs })
    // The first use of a period inserts, and an insert compares with nothing.
    if (request.cost > request.quota.limit) return await refuse()
    if (request.cost <= 0) return { ...(await refuse()), taken: true }
    const used = await transact(async (database) => {
      const row = await count(database, request, period)
      return { result: row?.used, keep: row !== undefined }
    })
    return used === undefined ? await refuse() : { taken: true, used, resetsAtMs }
  },
  giveBack: async ({ lineageId, quota, cost, atMs }) => {
    if (cost <= 0) return
    const { id: period } = quotaPeriod(quota.period, atMs)
    await transact(async (database) => {
      await database
        .updateTable('quota_uses')
        .set({ used: sql<number>`case when used > ${cost} then used - ${cost} else 0 end` })
        .where('lineage_id', '=', lineageId)
        .where('period', '=', period)
        .execute()
      return { result: undefined, keep: true }
    })
  },
})

async function count(
  database: Kysely<Schema>,
  { lineageId, quota, cost }: QuotaTake,
  period: string,
): Promise<{ readonly used: number } | undefined> {
  // From the lineage's own row: for one that was deleted meanwhile nothing is counted, and nothing taken.
  const { rows } = await sql<{ readonly used: number }>`
    insert into quota_uses (lineage_id, period, used)
    select id, ${period}, cast(${cost} as bigint) from lineages where id = ${lineageId}
    on conflict (lineage_id, period) do update set used = quota_uses.used + excluded.used
      where quota_uses.used + excluded.used <= ${quota.limit}
    returning used`.execute(database)
  return rows[0]
}

async function usedOf(read: Kysely<Schema>, lineageId: string, period: string): Promise<number> {
  const row = await read
    .selectFrom('quota_uses')
    .select('used')
    .where('lineage_id', '=', lineageId)
    .where('period', '=', period)
    .executeTakeFirst()
  return row?.used ?? 0
}

import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Clock } from '../clock.ts'
import { type Database, type DatabaseCapabilities, place, type StatementValues } from './database.ts'
import { fixed } from './fixed.ts'
import type { Schema } from './schema.ts'

/** The store's time, epoch milliseconds; within a transaction it is asked on that transaction's own connection. */
export type StoreTime = (database?: Kysely<Schema>) => Promise<number>

/** Nodes that share a database share its clock; an embedded database has that of its one process. */
export function storeTimeOf(
  { read, capabilities: { ownTime } }: Pick<Database, 'read' | 'capabilities'>,
  clock: Clock,
): StoreTime {
  if (ownTime === null) return async () => clock.wallMs()
  const statement = fixed(sql<{ readonly now_ms: number }>`select ${ownTime} as now_ms`.compile(read))
  return async (database = read) => {
    const [row] = (await statement(database, {})).rows
    if (row === undefined) throw new Error('the database does not tell its time')
    return row.now_ms
  }
}

/** How a statement of the check path tells the store's time of its answer. */
export interface AnswerTime {
  /** The store's time within the statement. */
  readonly now: RawBuilder<number>
  /** The column `store_time_ms`; NULL where the values tell the time. */
  readonly column: RawBuilder<unknown>
  /** The values that the statement needs for it; to be taken before it is sent. */
  values(): StatementValues & { readonly nowMs: number }
  /** The time of an answer, by that column, to a statement that was sent with those values. */
  read(storeTimeMs: number | null | undefined, values: { readonly nowMs: number }): number
}

/** Makes it for a database. */
export function answerTimeOf({ ownTime }: Pick<DatabaseCapabilities, 'ownTime'>, clock: Clock): AnswerTime {
  return {
    now: ownTime ?? sql<number>`${place('nowMs')}`,
    column: sql`${ownTime ?? sql.lit(null)} as store_time_ms`,
    values: () => ({ nowMs: clock.wallMs() }),
    read: (storeTimeMs, { nowMs }) => storeTimeMs ?? nowMs,
  }
}

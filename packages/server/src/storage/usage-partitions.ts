import { type Kysely, sql } from 'kysely'
import type { Schema } from './schema.ts'

/** The tables that are split by time where the database can do so. */
export const splitTables = ['usage', 'activity'] as const
export type SplitTable = (typeof splitTables)[number]

/** Makes the parts of a table that are not there yet, through a week from now by the database's time; answers how many. */
export async function makePartitions(database: Kysely<Schema>, table: SplitTable): Promise<number> {
  const { rows } = await sql<{ readonly made: number }>`select make_partitions(${table}) as made`.execute(database)
  return rows[0]?.made ?? 0
}

/** Drops the parts of a table that end before a moment, and what of that time lies in none; answers how many parts. */
export async function dropPartitions(database: Kysely<Schema>, table: SplitTable, beforeMs: number): Promise<number> {
  const { rows } = await sql<{ readonly dropped: number }>`
    select drop_partitions(${table}, ${beforeMs}::bigint) as dropped`.execute(database)
  return rows[0]?.dropped ?? 0
}

/** Through when a table has parts, epoch milliseconds, and whether the user of the database may have more made. */
export interface PartsFound {
  readonly table: SplitTable
  readonly throughMs: number
  readonly mayMake: boolean
}

/** Looks which parts there are, and changes nothing. */
export async function findParts(read: Kysely<Schema>): Promise<readonly PartsFound[]> {
  const { rows } = await sql<{ readonly name: SplitTable; readonly through_ms: number | null; readonly may: boolean }>`
    select parent.relname as name, has_function_privilege('make_partitions(text)', 'execute') as may,
      max(cast(substring(pg_get_expr(child.relpartbound, child.oid) from 'TO \\(''(-?\\d+)''\\)') as bigint)) as through_ms
    from pg_class parent join pg_inherits on inhparent = parent.oid join pg_class child on child.oid = inhrelid
    where parent.relnamespace = current_schema()::regnamespace and parent.relname in (${sql.join(splitTables)})
    group by parent.relname order by parent.relname desc`.execute(read)
  return rows.map(({ name, through_ms, may }) => ({ table: name, throughMs: through_ms ?? 0, mayMake: may }))
}

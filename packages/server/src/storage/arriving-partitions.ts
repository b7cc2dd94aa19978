import { type Kysely, sql, type Transaction } from 'kysely'
import { partitionsLock } from './migrations/0005-partition-functions.ts'
import type { Schema } from './schema.ts'
import { makePartitions, type SplitTable, splitTables } from './usage-partitions.ts'

/** By which column a table is split, and how many periods before the current one get a part of their own where rows of many years arrive at once. */
const splits = {
  // Two years of weeks; each part has to be looked into when a key is deleted.
  usage: { moment: 'hour_ms', pastMax: 104 },
  // No configuration keeps it longer.
  activity: { moment: 'at_ms', pastMax: 366 },
} as const satisfies Record<SplitTable, { readonly moment: string; readonly pastMax: number }>

/** Waits for whoever makes or drops parts, who then does neither until the end of the transaction. To be called before any table is locked: they hold this first, too. */
export async function holdPartitions(transaction: Transaction<Schema>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(partitionsLock)})`.execute(transaction)
}

/**
 * Makes the parts that rows of a file belong to, in empty tables of a database server whose partitions are held: those of servers, one for each
 * period that is there, and one for all that is older than these. Only what a wrong clock wrote far ahead, or lies between parts that were there already, is left to the default one.
 */
export async function makeArrivingPartitions(file: Kysely<Schema>, transaction: Transaction<Schema>): Promise<void> {
  for (const table of splitTables) {
    await makePartitions(transaction, table)
    const calendar = await calendarOf(transaction, table)
    const there = await partsThere(transaction, table)
    for (const part of await arrivingParts(file, table, calendar)) {
      const isFree = !there.names.has(part.name) && !there.spans.some((span) => overlap(span, part))
      if (isFree) await makePart(transaction, table, part)
    }
  }
}

/** The periods of a table, epoch milliseconds. */
interface Calendar {
  /** Where one of them began. */
  readonly originMs: number
  readonly lengthMs: number
  /** Where the current one began, by the time of the database. */
  readonly currentMs: number
}

async function calendarOf(transaction: Transaction<Schema>, table: SplitTable): Promise<Calendar> {
  const { rows } = await sql<Calendar>`
    select partition_start(${table}, 0) as "originMs", partition_length(${table}) as "lengthMs",
      partition_start(${table}, floor(extract(epoch from clock_timestamp()) * 1000)::bigint) as "currentMs"`.execute(
    transaction,
  )
  const [found] = rows
  if (found === undefined) throw new Error('the database does not say how its tables are split')
  return found
}

interface Span {
  /** `null`: everything before `toMs`. */
  readonly fromMs: number | null
  readonly toMs: number
}

const overlap = (one: Span, other: Span): boolean =>
  (one.fromMs ?? Number.NEGATIVE_INFINITY) < other.toMs && (other.fromMs ?? Number.NEGATIVE_INFINITY) < one.toMs

/** What parts a table has, and every name that is taken: a part that was detached keeps its own. */
async function partsThere(
  transaction: Transaction<Schema>,
  table: SplitTable,
): Promise<{ readonly spans: readonly Span[]; readonly names: ReadonlySet<string> }> {
  const { rows } = await sql<{ readonly name: string; readonly from_ms: number | null; readonly to_ms: number | null }>`
    select relname as name, cast(substring(bounds from 'FROM \\(''(-?\\d+)''\\)') as bigint) as from_ms,
      cast(substring(bounds from 'TO \\(''(-?\\d+)''\\)') as bigint) as to_ms
    from (select relname, case when inhparent is not null then pg_get_expr(relpartbound, pg_class.oid) end as bounds
      from pg_class left join pg_inherits on inhrelid = pg_class.oid and inhparent = ${table}::regclass
      where relnamespace = current_schema()::regnamespace) known`.execute(transaction)
  return {
    spans: rows.flatMap(({ from_ms, to_ms }) => (to_ms === null ? [] : [{ fromMs: from_ms, toMs: to_ms }])),
    names: new Set(rows.map(({ name }) => name)),
  }
}

interface Part extends Span {
  readonly name: string
}

/** The parts that rows of a file from before the current period belong to, the newest first. */
async function arrivingParts(
  file: Kysely<Schema>,
  table: SplitTable,
  { originMs, lengthMs, currentMs }: Calendar,
): Promise<readonly Part[]> {
  const { moment, pastMax } = splits[table]
  const [at, begin, length] = [sql.ref(moment), sql.lit(originMs), sql.lit(lengthMs)]
  const oldestMs = currentMs - pastMax * lengthMs
  const periods = await sql<{ readonly period: number }>`
    select distinct (${at} - ${begin}) / ${length} as period from ${sql.table(table)}
    where ${at} >= ${sql.lit(oldestMs)} and ${at} < ${sql.lit(currentMs)} order by period desc`.execute(file)
  const older = await sql`select 1 from ${sql.table(table)} where ${at} < ${sql.lit(oldestMs)} limit 1`.execute(file)
  const parts = periods.rows.map(({ period }): Part => {
    const fromMs = originMs + period * lengthMs
    return { name: `${table}_from_${dayOf(fromMs)}`, fromMs, toMs: fromMs + lengthMs }
  })
  return older.rows.length === 0 ? parts : [...parts, { name: `${table}_before`, fromMs: null, toMs: oldestMs }]
}

const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10).replaceAll('-', '_')

/** Makes a part that belongs to whoever owns the table, since in his name servers drop it. */
async function makePart(
  transaction: Transaction<Schema>,
  table: SplitTable,
  { name, fromMs, toMs }: Part,
): Promise<void> {
  const from = fromMs === null ? sql`minvalue` : sql.lit(fromMs)
  await sql`create table ${sql.table(name)} partition of ${sql.table(table)} for values from (${from}) to (${sql.lit(toMs)})`.execute(
    transaction,
  )
  const { rows } = await sql<{ readonly owner: string }>`
    select pg_get_userbyid(relowner) as owner from pg_class where oid = ${table}::regclass and relowner <> current_user::regrole`.execute(
    transaction,
  )
  for (const { owner } of rows) await sql`alter table ${sql.table(name)} owner to ${sql.id(owner)}`.execute(transaction)
}

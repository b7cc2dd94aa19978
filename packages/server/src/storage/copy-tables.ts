import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import { StartError } from '../start-error.ts'
import type { Schema } from './schema.ts'

/** A table with its columns, as the migrations made it. */
export interface StoredTable {
  readonly name: string
  readonly columns: readonly string[]
  /** The columns of its primary key. */
  readonly key: readonly string[]
}

/** How many rows each table has. */
export type RowCounts = Readonly<Record<string, number>>

type Row = Readonly<Record<string, unknown>>

/** The most rows that are in memory at a time, and the most values of one statement, which both databases take. */
const [rowsMax, valuesMax] = [500, 30_000]

/** Each database tells its version itself; it is no part of what is stored. */
const kept = ['schema_versions']

/** All that is ever stored: neither database has anything to convert. */
const kinds = ['TEXT', 'INTEGER']

/**
 * The tables of an embedded database of this program's schema, each after those that it refers to. They are those of a database server as well: the
 * migrations make both, however a server may divide them.
 */
export async function tablesOf(file: Kysely<Schema>): Promise<readonly StoredTable[]> {
  const { rows } = await sql<{
    readonly name: string
    readonly column: string
    readonly type: string
    readonly place: number
  }>`
    select t.name, c.name as "column", c.type, c.pk as place from sqlite_schema t join pragma_table_info(t.name) c
    where t.type = 'table' and substr(t.name, 1, 7) <> 'sqlite_' order by t.name, c.cid`.execute(file)
  const other = rows.find(({ type }) => !kinds.includes(type))
  if (other !== undefined) throw new Error(`${other.name}.${other.column} is ${other.type}, which nothing here copies`)
  const references = await sql<{ readonly name: string; readonly target: string }>`
    select t.name, f."table" as target from sqlite_schema t join pragma_foreign_key_list(t.name) f
    where t.type = 'table' order by t.name, f.seq`.execute(file)
  const names = [...new Set(rows.map(({ name }) => name))].filter((name) => !kept.includes(name))
  return afterTheirTargets(names, references.rows).map((name) => {
    const columns = rows.filter((row) => row.name === name)
    const key = columns.filter(({ place }) => place > 0).sort((a, b) => a.place - b.place)
    if (key.length === 0) throw new Error(`${name} has no primary key, in whose order it could be copied`)
    return { name, columns: columns.map(({ column }) => column), key: key.map(({ column }) => column) }
  })
}

function afterTheirTargets(
  names: readonly string[],
  references: readonly { readonly name: string; readonly target: string }[],
): readonly string[] {
  const ordered = new Set<string>()
  const visit = (name: string, from: readonly string[]): void => {
    if (from.includes(name)) throw new Error(`tables refer to each other in a ring: ${from.join(', ')}`)
    for (const reference of references)
      if (reference.name === name && reference.target !== name) visit(reference.target, [...from, name])
    ordered.add(name)
  }
  for (const name of names) visit(name, [])
  return [...ordered]
}

/** How many rows each table has, by one database. */
export async function countRows(database: Kysely<Schema>, tables: readonly StoredTable[]): Promise<RowCounts> {
  const counts: Record<string, number> = {}
  for (const { name } of tables) {
    const { rows } = await sql<{ readonly count: number }>`select count(*) as count from ${sql.table(name)}`.execute(
      database,
    )
    counts[name] = Number(rows[0]?.count)
  }
  return counts
}

/**
 * Copies every row of every table into empty ones, in bounded pieces, and counts both sides at the end; answers how many there are. The source
 * must not change meanwhile. A StartError names a table that could not be copied.
 */
export async function copyTables(
  { source, target }: { readonly source: Kysely<Schema>; readonly target: Transaction<Schema> },
  tables: readonly StoredTable[],
  progress: (done: number) => void = () => {},
): Promise<RowCounts> {
  let done = 0
  for (const table of tables) {
    for await (const rows of piecesOf(source, table)) {
      await insertRows(target, table, rows)
      done += rows.length
      progress(done)
    }
  }
  const [there, here] = [await countRows(source, tables), await countRows(target, tables)]
  for (const { name } of tables) {
    if (there[name] !== here[name])
      throw new StartError(`The table ${name} has ${there[name]} rows, and its copy has ${here[name]}.`)
  }
  return here
}

const refs = (columns: readonly string[]): RawBuilder<unknown> => sql.join(columns.map((column) => sql.ref(column)))

/** The rows of a table in the order of its primary key. */
async function* piecesOf(source: Kysely<Schema>, { name, columns, key }: StoredTable): AsyncGenerator<readonly Row[]> {
  const limit = Math.min(rowsMax, Math.floor(valuesMax / columns.length))
  for (let last: Row | undefined; ; ) {
    const after = last === undefined ? sql`` : sql`where (${refs(key)}) > (${valuesOf(last, key)})`
    const { rows } = await sql<Row>`select ${refs(columns)} from ${sql.table(name)} ${after} order by ${refs(key)}
      limit ${sql.lit(limit)}`.execute(source)
    if (rows.length > 0) yield rows
    if (rows.length < limit) return
    last = rows.at(-1)
  }
}

const valuesOf = (row: Row, columns: readonly string[]): RawBuilder<unknown> =>
  sql.join(columns.map((column) => row[column]))

async function insertRows(target: Kysely<Schema>, { name, columns }: StoredTable, rows: readonly Row[]): Promise<void> {
  const values = sql.join(rows.map((row) => sql`(${valuesOf(row, columns)})`))
  try {
    await sql`insert into ${sql.table(name)} (${refs(columns)}) values ${values}`.execute(target)
  } catch (error) {
    throw new StartError(
      `Rows of the table ${name} cannot be copied (${error instanceof Error ? error.message : 'unknown'}).`,
    )
  }
}

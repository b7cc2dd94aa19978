import { sql, type Transaction } from 'kysely'
import type { DatabaseCapabilities } from '../database.ts'
import type { Schema } from '../schema.ts'

/** Columns as `name kind`: `text` or `whole`, `?` where it may be absent, then constraints in SQL. */
export type Columns = Readonly<Record<string, string>>

/** One table of a migration. */
export interface Table {
  readonly columns: Columns
  readonly constraints?: readonly string[]
  /** Small rows that are found by their primary key: they lie in its order, where the database can do so. */
  readonly byPrimaryKey?: boolean
}

/** An index: its table, its columns, and the column that must be present for a row to be in it. */
export type Index<Name extends string> = readonly [table: Name, columns: string, present?: string]

function columnSql(name: string, definition: string, capabilities: DatabaseCapabilities): string {
  const [, kind, absent, rest] = /^(text|whole)(\??)(.*)$/.exec(definition) ?? []
  const type = kind === 'whole' ? capabilities.wholeNumber : capabilities.text
  return `"${name}" ${type}${absent === '?' ? '' : ' not null'}${rest}`
}

/** Makes tables and their indexes. */
export async function createTables<Name extends keyof Schema>(
  database: Transaction<Schema>,
  capabilities: DatabaseCapabilities,
  tables: Readonly<Record<Name, Table>>,
  indexes: readonly Index<Name>[],
): Promise<void> {
  for (const [table, { columns, constraints = [], byPrimaryKey = false }] of Object.entries<Table>(tables)) {
    const parts = Object.entries(columns).map(([name, definition]) => columnSql(name, definition, capabilities))
    const body = [...parts, ...constraints].join(', ')
    const end = byPrimaryKey ? capabilities.tableByPrimaryKeyEnd : capabilities.tableEnd
    await sql.raw(`create table "${table}" (${body}) ${end}`).execute(database)
  }
  for (const [table, columns, present] of indexes) {
    const name = `${table}_by_${columns.replaceAll(/coalesce\((\w+), \d+\)/g, '$1').replaceAll(', ', '_and_')}`
    const part = present === undefined ? '' : ` where ${present} is not null`
    await sql.raw(`create index ${name} on "${table}" (${columns})${part}`).execute(database)
  }
}

import { type CompiledQuery, type Kysely, type QueryResult, sql } from 'kysely'
import { binder, place, type StatementValues } from './database.ts'
import type { Schema } from './schema.ts'

/** A statement of the write path that was compiled once, since compiling one costs more than running it. */
export type Fixed<Row> = (database: Kysely<Schema>, values: StatementValues) => Promise<QueryResult<Row>>

/** Makes a statement of a query that was compiled for the database on which it will run; its open places are `place('name')`. */
export function fixed<Row>(compiled: CompiledQuery<Row>): Fixed<Row> {
  const bind = binder(compiled)
  return (database, values) => database.executeQuery<Row>({ ...compiled, parameters: bind(values) })
}

/** Inserts a row; answers false where it was left out since another has its place. */
export type Insert<Row> = (database: Kysely<Schema>, row: Row) => Promise<boolean>

/** Makes the insertion of single rows into a table, compiled at the first. One that would take the place of another in `unique` is left out. */
export function insertInto<Name extends keyof Schema>(
  table: Name,
  unique?: keyof Schema[Name] & string,
): Insert<Schema[Name]> {
  let insert: Fixed<unknown> | undefined
  return async (database, row) => {
    insert ??= fixed(insertion(table, Object.keys(row), unique).compile(database))
    const { numAffectedRows } = await insert(database, row as object as StatementValues)
    return numAffectedRows !== 0n
  }
}

const insertion = (table: string, columns: readonly string[], unique: string | undefined) =>
  sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))}) values (${sql.join(columns.map(place))}) ${
    unique === undefined ? sql`` : sql`on conflict (${sql.ref(unique)}) do nothing`
  }`

import { type PGlite, types } from '@electric-sql/pglite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PGliteAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type RawBuilder,
} from 'kysely'
import { binder, type Database, type DatabaseCapabilities, type ListRow, type Statement } from './database.ts'
import type { Schema } from './schema.ts'

const capabilities: DatabaseCapabilities = {
  rowLocks: true,
  wholeNumber: 'bigint',
  // By bytes, as SQLite does it: the order of a listing is the same on every database.
  text: 'text collate "C"',
  tableEnd: '',
  tableByPrimaryKeyEnd: '',
  triggerFunctions: true,
  ownTime: null,
  partitions: true,
  announces: false,
}

/** Whole numbers as numbers, not as text: everything that is stored stays below 2^53. */
const parsers = { [types.INT8]: Number, [types.NUMERIC]: Number }

class PGliteConnection implements DatabaseConnection {
  readonly #pglite: PGlite

  constructor(pglite: PGlite) {
    this.#pglite = pglite
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, affectedRows } = await this.#pglite.query<Row>(query.sql, [...query.parameters], { parsers })
    return { rows, ...(affectedRows === undefined ? {} : { numAffectedRows: BigInt(affectedRows) }) }
  }

  streamQuery(): never {
    throw new Error('nothing streams: an open cursor pins an old snapshot')
  }
}

class PGliteDriver implements Driver {
  readonly #connection: PGliteConnection

  constructor(pglite: PGlite) {
    this.#connection = new PGliteConnection(pglite)
  }

  async init(): Promise<void> {}

  /** Kysely gives the one connection to one user at a time, since the adapter says that there is only one. */
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }

  async releaseConnection(): Promise<void> {}

  async beginTransaction(): Promise<void> {
    await this.#run('begin isolation level read committed')
  }

  async commitTransaction(): Promise<void> {
    await this.#run('commit')
  }

  async rollbackTransaction(): Promise<void> {
    await this.#run('rollback')
  }

  /** Whoever opened the database closes it. */
  async destroy(): Promise<void> {}

  async #run(sql: string): Promise<void> {
    await this.#connection.executeQuery(CompiledQuery.raw(sql))
  }
}

/**
 * PostgreSQL in this process, for the contract suite: the same dialect and the same rows, over one connection that takes one user at
 * a time. A read outside of a transaction, from within it, would wait for itself.
 */
export function openPGlite(pglite: PGlite): Database {
  const driver = new PGliteDriver(pglite)
  const dialect: Dialect = {
    createAdapter: () => new PGliteAdapter(),
    createDriver: () => driver,
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
  const database = new Kysely<Schema>({ dialect })
  return {
    capabilities,
    read: database,
    write: database,
    prepare: <Row extends object>(query: RawBuilder<Row>): Statement<Row> => {
      const compiled = query.compile(database)
      const bind = binder(compiled)
      return {
        all: async (values) => (await database.executeQuery<Row>({ ...compiled, parameters: bind(values) })).rows,
      }
    },
    prepareLists: <Row extends ListRow>(query: RawBuilder<unknown>): Statement<Row> => {
      const compiled = query.compile(database)
      const bind = binder(compiled)
      return {
        all: async (values) => {
          const { rows } = await database.executeQuery<object>({
            ...compiled,
            parameters: bind(values),
          } as CompiledQuery)
          return rows.map((row) => Object.values(row) as readonly unknown[] as Row)
        },
      }
    },
    backup: undefined,
    close: () => database.destroy(),
  }
}

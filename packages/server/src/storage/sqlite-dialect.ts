import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'

const statementsMax = 500

/** How long a change waits for those of other processes, and how long between two tries, in milliseconds. */
const busyMs = 5_000
const retryMs = 2

/** SQLITE_BUSY: another connection writes. */
const isBusy = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === 5

class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, { readonly statement: StatementSync; readonly reads: boolean }>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { statement, reads } = this.#prepare(query.sql)
    const parameters = query.parameters as SQLInputValue[]
    if (reads) return { rows: statement.all(...parameters) as Row[] }
    const { changes } = statement.run(...parameters)
    return { numAffectedRows: BigInt(changes), rows: [] }
  }

  streamQuery(): never {
    throw new Error('nothing streams: an open cursor pins an old snapshot')
  }

  #prepare(sql: string): { readonly statement: StatementSync; readonly reads: boolean } {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#database.prepare(sql)
    const prepared = { statement, reads: statement.columns().length > 0 }
    if (this.#statements.size >= statementsMax) this.#statements.clear()
    this.#statements.set(sql, prepared)
    return prepared
  }
}

class SqliteDriver implements Driver {
  readonly #database: DatabaseSync
  readonly #connection: SqliteConnection

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#connection = new SqliteConnection(database)
  }

  async init(): Promise<void> {}

  /** Kysely gives the one connection to one user at a time, since the adapter says that there is only one. */
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }

  async releaseConnection(): Promise<void> {}

  async beginTransaction(): Promise<void> {
    const deadlineMs = performance.now() + busyMs
    for (;;) {
      try {
        this.#begin()
        return
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadlineMs) throw error
      }
      await pause(retryMs * (0.5 + Math.random()))
    }
  }

  async commitTransaction(): Promise<void> {
    await this.#run('commit')
  }

  async rollbackTransaction(): Promise<void> {
    await this.#run('rollback')
  }

  async savepoint(_connection: DatabaseConnection, name: string): Promise<void> {
    await this.#run(`savepoint ${name}`)
  }

  async rollbackToSavepoint(_connection: DatabaseConnection, name: string): Promise<void> {
    await this.#run(`rollback to ${name}`)
  }

  async releaseSavepoint(_connection: DatabaseConnection, name: string): Promise<void> {
    await this.#run(`release ${name}`)
  }

  /** SQLite itself would wait by holding up the whole process, with every check in it. */
  #begin(): void {
    this.#database.exec('pragma busy_timeout = 0')
    try {
      // Immediate: a transaction that reads first and then finds another process writing could only fail.
      this.#database.exec('begin immediate')
    } finally {
      this.#database.exec(`pragma busy_timeout = ${busyMs}`)
    }
  }

  /** Whoever opened the connection closes it. */
  async destroy(): Promise<void> {}

  async #run(sql: string): Promise<void> {
    await this.#connection.executeQuery(CompiledQuery.raw(sql))
  }
}

/** Kysely's SQLite over one connection of Node's built-in driver, one user at a time, with its statements kept prepared. */
export const sqliteDialect = (database: DatabaseSync): Dialect => ({
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new SqliteDriver(database),
  createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  createQueryCompiler: () => new SqliteQueryCompiler(),
})

import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import type pg from 'pg'
import { hasOutlivedItsPlan, isOverload, isRefusal } from './postgres-session.ts'
import { type ConnectionWatch, cut } from './postgres-watch.ts'
import { StoreUnavailableError } from './store-unavailable.ts'

/** The names of statements that were compiled once and run again: they are prepared on each connection that runs them. */
class StatementNames {
  readonly #names = new WeakMap<object, string | null>()
  #count = 0

  /** None at the first run, which most statements never get beyond. */
  nameOf({ queryId }: CompiledQuery): string | undefined {
    const known = this.#names.get(queryId)
    if (known === undefined) {
      this.#names.set(queryId, null)
      return undefined
    }
    if (known !== null) return known
    const name = `keywright_${++this.#count}`
    this.#names.set(queryId, name)
    return name
  }
}

class PostgresConnection implements DatabaseConnection {
  readonly #client: pg.PoolClient
  readonly #names: StatementNames
  readonly #watch: ConnectionWatch
  #broken = false

  constructor(client: pg.PoolClient, names: StatementNames, watch: ConnectionWatch) {
    this.#client = client
    this.#names = names
    this.#watch = watch
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const name = this.#names.nameOf(query)
    const { command, rowCount, rows } = await this.#guarded(() =>
      this.#client.query<object & Row>({
        text: query.sql,
        values: [...query.parameters],
        ...(name === undefined ? {} : { name }),
      }),
    )
    return command === 'SELECT' || rowCount === null ? { rows } : { rows, numAffectedRows: BigInt(rowCount) }
  }

  /** Runs statements in one go; answers the command that the last of them became. */
  async run(sql: string): Promise<string> {
    const result: pg.QueryResult | readonly pg.QueryResult[] = await this.#guarded(() => this.#client.query(sql))
    return (Array.isArray(result) ? result.at(-1) : result).command
  }

  release(): void {
    this.#client.release(this.#broken)
  }

  streamQuery(): never {
    throw new Error('nothing streams: an open cursor pins an old snapshot')
  }

  async #guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#watch.asked(this.#client)
    try {
      const result = await work()
      this.#watch.answered(this.#client)
      return result
    } catch (error) {
      this.#watch.answered(this.#client)
      if (!isRefusal(error) || hasOutlivedItsPlan(error)) this.#broken = true
      throw !isRefusal(error) || isOverload(error) ? new StoreUnavailableError(error) : error
    }
  }
}

class PostgresDriver implements Driver {
  readonly #pool: pg.Pool
  readonly #session: string
  readonly #watch: ConnectionWatch
  readonly #begun = new WeakSet<pg.PoolClient>()
  readonly #names = new StatementNames()

  constructor(pool: pg.Pool, session: string, watch: ConnectionWatch) {
    this.#pool = pool
    this.#session = session
    this.#watch = watch
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PostgresConnection> {
    const client = await this.#client()
    const connection = new PostgresConnection(client, this.#names, this.#watch)
    if (this.#begun.has(client)) return connection
    try {
      await connection.run(this.#session)
      this.#begun.add(client)
      return connection
    } catch (error) {
      connection.release()
      throw error
    }
  }

  /** A connection that is not known to have gone silent. */
  async #client(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.#pool.connect().catch((error: unknown) => {
        throw new StoreUnavailableError(error)
      })
      if (!this.#watch.isDoubtful(client)) return client
      cut(client)
      client.release(true)
    }
  }

  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release()
  }

  async beginTransaction(connection: PostgresConnection): Promise<void> {
    await connection.run('begin isolation level read committed')
  }

  async commitTransaction(connection: PostgresConnection): Promise<void> {
    // A commit that waits for a standby must not be cut short: the server would then count it as committed although it is in one place only.
    const command = await connection.run('set local statement_timeout = 0; commit')
    // Where a statement had failed, the server answers that it rolled back.
    if (command === 'ROLLBACK') throw new Error('the transaction was rolled back, since a statement in it had failed')
  }

  async rollbackTransaction(connection: PostgresConnection): Promise<void> {
    await connection.run('rollback')
  }

  /** Whoever opened the pool ends it. */
  async destroy(): Promise<void> {}
}

/** Kysely's PostgreSQL over a pool of ours: each connection runs `session` first, those that failed or went silent are not used again, and nothing streams. */
export const postgresDialect = (pool: pg.Pool, session: string, watch: ConnectionWatch): Dialect => ({
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new PostgresDriver(pool, session, watch),
  createIntrospector: (kysely) => new PostgresIntrospector(kysely),
  createQueryCompiler: () => new PostgresQueryCompiler(),
})

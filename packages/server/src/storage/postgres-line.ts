import pg from 'pg'
import { clientConfig, hasOutlivedItsPlan, isRefusal, type SessionLimits, sessionSql } from './postgres-session.ts'
import { type ConnectionWatch, cut } from './postgres-watch.ts'

/** How long a failed connection is not tried again, in milliseconds. */
const pauseMs = 50

/** A statement of a line, prepared under its name. */
export interface LineStatement {
  readonly name: string
  readonly text: string
  /** Rows are lists of values. */
  readonly rowMode?: 'array'
}

/**
 * One connection for prepared reads that are sent one behind the other without waiting for answers. It is made when it is needed, and made anew
 * after it failed; what was under way then fails.
 */
export class PostgresLine {
  readonly #url: string
  readonly #limits: SessionLimits
  readonly #watch: ConnectionWatch
  #client: Promise<pg.Client> | null = null
  #failure: { readonly error: unknown; readonly untilMs: number } | null = null
  #closed = false

  constructor(url: string, limits: SessionLimits, watch: ConnectionWatch) {
    this.#url = url
    this.#limits = limits
    this.#watch = watch
  }

  /** Runs a statement outside of any transaction. */
  async query<Row extends object>(
    statement: LineStatement,
    values: readonly (string | number | null)[],
  ): Promise<Row[]> {
    const client = await this.#connected()
    try {
      const { rows } = await client.query<Row>({ ...statement, values: [...values] })
      this.#watch.answered(client)
      return rows
    } catch (error) {
      if (hasOutlivedItsPlan(error)) this.#drop(client)
      else if (!isRefusal(error)) {
        this.#drop(client)
        cut(client)
      }
      throw error
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const client = await this.#client?.catch(() => undefined)
    this.#client = null
    await client?.end()
  }

  async #connected(): Promise<pg.Client> {
    const held = this.#held()
    const client = await held
    if (!this.#watch.isDoubtful(client)) return client
    if (this.#client === held) this.#client = null
    cut(client)
    return await this.#held()
  }

  #held(): Promise<pg.Client> {
    if (this.#client !== null) return this.#client
    if (this.#closed) return Promise.reject(new Error('the database is closed'))
    if (this.#failure !== null && performance.now() < this.#failure.untilMs) return Promise.reject(this.#failure.error)
    const connecting = this.#connect().catch((error: unknown) => {
      this.#failure = { error, untilMs: performance.now() + pauseMs }
      this.#client = null
      throw error
    })
    this.#client = connecting
    return connecting
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({ ...clientConfig(this.#url, this.#limits), pipeline: true })
    // Without a listener an idle connection's error would end the process.
    client.on('error', () => this.#drop(client))
    client.on('end', () => this.#drop(client))
    try {
      await client.connect()
      await client.query(sessionSql(this.#limits))
      this.#watch.opened(client)
      return client
    } catch (error) {
      cut(client)
      throw error
    }
  }

  #drop(client: pg.Client): void {
    const current = this.#client
    if (current === null) return
    void current.then(
      (held) => {
        if (held !== client || this.#client !== current) return
        this.#client = null
        this.#end(client)
      },
      () => {},
    )
  }

  #end(client: pg.Client): void {
    client.end().catch(() => {})
  }
}

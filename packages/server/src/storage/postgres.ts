import { type CompiledQuery, Kysely, type RawBuilder, sql } from 'kysely'
import pg from 'pg'
import {
  binder,
  type Database,
  type DatabaseCapabilities,
  type ListRow,
  type Statement,
  type StatementUse,
} from './database.ts'
import { postgresDialect } from './postgres-dialect.ts'
import { type LineStatement, PostgresLine } from './postgres-line.ts'
import { listenOn } from './postgres-listener.ts'
import { clientConfig, isRefusal, type SessionLimits, sessionSql } from './postgres-session.ts'
import { ConnectionWatch } from './postgres-watch.ts'
import type { Schema } from './schema.ts'

/** The database's own time: that of the moment, since `now()` stands still within a transaction. */
const databaseTime = sql<number>`cast(floor(extract(epoch from clock_timestamp()) * 1000) as bigint)`

const capabilities: DatabaseCapabilities = {
  rowLocks: true,
  wholeNumber: 'bigint',
  // By bytes, as SQLite does it: the order of a listing is the same on every database.
  text: 'text collate "C"',
  tableEnd: '',
  tableByPrimaryKeyEnd: '',
  triggerFunctions: true,
  ownTime: databaseTime,
  partitions: true,
  announces: true,
}

/** Connections of one process, at most: listings and pages, changes, cold checks. The proof and the listener have one each besides. */
const [readingMax, writingMax, factsLines] = [6, 10, 2]

const bounded: SessionLimits = { statementMs: 30_000, lockMs: 10_000, answerMs: 35_000 }
const unbounded: SessionLimits = { statementMs: null, lockMs: null, answerMs: null }
/** A check is answered within a second or so, or not at all; a beat that a standby delays must not be cut short by the server. */
const checking: SessionLimits = { statementMs: null, lockMs: null, answerMs: 2_000 }

/** How a database is opened. */
export interface PostgresOptions {
  /** For commands that may take long: nothing is cut short. */
  readonly patient?: boolean
  /** Whose time is the store's; a test owns its clock, and so the node's. */
  readonly time?: 'database' | 'node'
}

/** Opens a PostgreSQL database by its address. Nothing is connected yet. */
export function openPostgres(url: string, { patient = false, time = 'database' }: PostgresOptions = {}): Database {
  const limits = patient ? unbounded : bounded
  const watch = new ConnectionWatch()
  const [reading, writing] = [openPool(url, readingMax, limits, watch), openPool(url, writingMax, limits, watch)]
  const read = new Kysely<Schema>({ dialect: postgresDialect(reading, sessionSql(limits), watch) })
  const write = new Kysely<Schema>({ dialect: postgresDialect(writing, sessionSql(limits), watch) })
  const proof = new PostgresLine(url, checking, watch)
  const facts = Array.from({ length: factsLines }, () => new PostgresLine(url, checking, watch))
  let statements = 0
  return {
    capabilities: time === 'database' ? capabilities : { ...capabilities, ownTime: null },
    read,
    write,
    prepare: <Row extends object>(query: RawBuilder<Row>, use: StatementUse = 'facts') => {
      const statement = { name: `keywright_check_${++statements}`, compiled: query.compile(read) }
      return use === 'proof'
        ? watched(prepareOn<Row>([proof], statement, [beat]), watch)
        : prepareOn<Row>(facts, statement)
    },
    prepareLists: <Row extends ListRow>(query: RawBuilder<unknown>) =>
      prepareOn<Row>(facts, {
        name: `keywright_check_${++statements}`,
        compiled: query.compile(read),
        rowMode: 'array',
      }),
    listen: (listener) => listenOn(url, listener),
    backup: undefined,
    close: async () => {
      const ending = async () => {
        await Promise.all([read.destroy(), write.destroy(), proof.close(), ...facts.map((line) => line.close())])
        await Promise.all([reading.end(), writing.end()])
      }
      await watch.close(ending())
    },
  }
}

function openPool(url: string, max: number, limits: SessionLimits, watch: ConnectionWatch): pg.Pool {
  const pool = new pg.Pool({
    ...clientConfig(url, limits),
    max,
    idleTimeoutMillis: 60_000,
  })
  // Without listeners the error of a connection, idle or not, would end the process; whoever uses it is told by the query's own failure.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', () => {})
    watch.opened(client)
  })
  return pool
}

/** The same statement, whose answers and failures the watch is told of. */
const watched = <Row extends object>(statement: Statement<Row>, watch: ConnectionWatch): Statement<Row> => ({
  all: async (values) => {
    try {
      const rows = await statement.all(values)
      watch.heard()
      return rows
    } catch (error) {
      if (!isRefusal(error)) watch.silent()
      throw error
    }
  },
})

/**
 * Where a standby has to confirm commits, a proof is one that it confirmed: a primary that was cut off from it still answers reads. The message is
 * nothing but a commit that has to be confirmed; where no standby is set, none is written.
 */
const beat = {
  name: 'keywright_beat',
  text: `select case when current_setting('synchronous_standby_names') <> '' then pg_logical_emit_message(true, 'keywright', '') end`,
}

/** A statement to be prepared, and whether its rows are lists. */
interface Preparation {
  readonly name: string
  readonly compiled: CompiledQuery
  readonly rowMode?: 'array'
}

function prepareOn<Row extends object>(
  lines: readonly PostgresLine[],
  { compiled, ...named }: Preparation,
  before: readonly LineStatement[] = [],
): Statement<Row> {
  const bind = binder(compiled)
  const statement = { ...named, text: compiled.sql }
  let turn = 0
  return {
    all: async (values) => {
      const line = lines[turn++ % lines.length] as PostgresLine
      if (before.length === 0) return await line.query<Row>(statement, bind(values))
      // Sent together, answered one after the other.
      const sent = before.map((other) => line.query(other, []))
      const answer = line.query<Row>(statement, bind(values))
      const [rows] = await Promise.all([answer, ...sent])
      return rows
    },
  }
}

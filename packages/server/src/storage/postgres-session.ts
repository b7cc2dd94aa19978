import pg from 'pg'
import { StartError } from '../start-error.ts'
import { StoreUnavailableError } from './store-unavailable.ts'

/** How long a new connection may take, in milliseconds. */
const connectMs = 2_000

/** The limits of a connection's statements, in milliseconds; `null`: none. */
export interface SessionLimits {
  /** How long a statement may run. */
  readonly statementMs: number | null
  /** How long a statement may wait for a lock. */
  readonly lockMs: number | null
  /** How long an answer is waited for here, whatever the server does; the connection is given up then. */
  readonly answerMs: number | null
}

/** Whole numbers as numbers, not as text: everything that is stored stays below 2^53. */
const numbers: readonly number[] = [pg.types.builtins.INT8, pg.types.builtins.NUMERIC]

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (numbers.includes(oid) ? Number : pg.types.getTypeParser(oid, format)),
}

/** What a connection of this program is made with. The address holds a password: what is made from it must not be logged. */
export const clientConfig = (url: string, { answerMs }: Pick<SessionLimits, 'answerMs'>): pg.ClientConfig => ({
  connectionString: url,
  application_name: 'keywright',
  connectionTimeoutMillis: connectMs,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  types,
  ...(answerMs === null ? {} : { query_timeout: answerMs }),
})

/** What each connection says first. An installation that asks for more than a durable commit (`remote_apply`) keeps it. */
export const sessionSql = ({ statementMs, lockMs }: SessionLimits): string =>
  `select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') <> 'remote_apply';
  set statement_timeout = ${statementMs ?? 0}; set lock_timeout = ${lockMs ?? 0}; set idle_in_transaction_session_timeout = ${statementMs ?? 0};
  set default_transaction_isolation = 'read committed'`

/** The code of an error of PostgreSQL (SQLSTATE), or of the network; `undefined` where it has none. */
const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** Whether a statement was refused while the connection lives on; anything else ends the connection. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.severity !== 'FATAL' && error.severity !== 'PANIC'

/** Whether a statement was ended since it took, or waited for a lock, longer than it may. */
export const isOverload = (error: unknown): boolean => ['57014', '55P03'].includes(codeOf(error) ?? '')

/** Whether a prepared statement no longer fits, since a table has other columns now: a new connection prepares it anew. */
export const hasOutlivedItsPlan = (error: unknown): boolean => codeOf(error) === '0A000'

const causes: Readonly<Record<string, string>> = {
  '28P01': 'it refuses the password; correct the address',
  '28000': 'it refuses the user; correct the address, or pg_hba.conf',
  '3D000': 'there is no such database; create it, or correct the address',
  '42501': 'the user may not do that; grant it, or use another',
  '53300': 'it has no connection left; raise max_connections, or stop something else',
  ECONNREFUSED: 'nobody listens there; start it, or correct the address',
  ENOTFOUND: 'its host is not known; correct the address',
}

/** Why the database cannot be used, in one sentence without its password. */
export function refusalToStart(url: string, error: unknown): StartError {
  const { host, pathname, searchParams } = new URL(url)
  const place = `${host || searchParams.get('host')}${pathname}`
  const cause = error instanceof StoreUnavailableError ? error.cause : error
  const reason = causes[codeOf(cause) ?? ''] ?? (cause instanceof Error ? cause.message : String(cause))
  return new StartError(`The PostgreSQL database ${place} of KEYWRIGHT_DATABASE_URL cannot be used: ${reason}.`)
}

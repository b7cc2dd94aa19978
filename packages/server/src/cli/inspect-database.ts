import { DatabaseSync } from 'node:sqlite'
import { migrations } from '../storage/migrations/all.ts'

/** What a database file shows without being changed. */
export interface Inspection {
  /** Why it is no sound database of ours; `null`: it is. */
  readonly fault: string | null
  /** The version of its schema; `null`: it has none. */
  readonly schemaVersion: number | null
  /** The oldest version whose programs may use it, by the steps that this program does not know; 0: it knows all. */
  readonly compatibleFrom: number
  /** The newest place of its log. */
  readonly position: { readonly epoch: string; readonly number: number; readonly hash: string } | null
  /** When the newest entry was written, epoch milliseconds, and the key that it is chained with. */
  readonly newest: { readonly atMs: number; readonly logKeyId: string } | null
  /** The last entry of the backup that it was restored from, while that waits for confirmation. */
  readonly restoredThrough: number | null
  readonly keys: number
  readonly accounts: number
}

const empty = {
  schemaVersion: null,
  compatibleFrom: 0,
  position: null,
  newest: null,
  restoredThrough: null,
  keys: 0,
  accounts: 0,
}

/** Looks into a database file, reading only, while a server may have it open. */
export function inspectDatabase(path: string): Inspection {
  let database: DatabaseSync
  try {
    database = new DatabaseSync(path, { readOnly: true })
  } catch (error) {
    return { ...empty, fault: messageOf(error) }
  }
  try {
    return inspect(database)
  } catch (error) {
    return { ...empty, fault: messageOf(error) }
  } finally {
    database.close()
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'it cannot be opened')

function inspect(database: DatabaseSync): Inspection {
  database.exec('pragma busy_timeout = 5000')
  const row = (query: string): Readonly<Record<string, unknown>> | undefined => database.prepare(query).get()
  const check = row('pragma quick_check(1)')?.['quick_check']
  const tables = new Set(
    database
      .prepare("select name from sqlite_schema where type = 'table'")
      .all()
      .map(({ name }) => name),
  )
  const count = (table: string) => (tables.has(table) ? Number(row(`select count(*) as n from ${table}`)?.['n']) : 0)
  const head = tables.has('log_head') ? row('select epoch, number, hash from log_head where id = 1') : undefined
  const newest = tables.has('log_entries')
    ? row('select at_ms, log_key_id from log_entries order by number desc limit 1')
    : undefined
  const mark = tables.has('restore_marks') ? row('select through from restore_marks') : undefined
  const version = tables.has('schema_versions')
    ? row('select max(version) as version from schema_versions')?.['version']
    : null
  const saysCompatible = row("select 1 as yes from pragma_table_info('schema_versions') where name = 'compatible_from'")
  const newer = tables.has('schema_versions')
    ? row(
        `select max(${saysCompatible === undefined ? 'version' : 'coalesce(compatible_from, version)'}) as compatible from schema_versions where version > ${migrations.length}`,
      )
    : undefined
  return {
    fault: check === 'ok' ? null : String(check),
    schemaVersion: typeof version === 'number' ? version : null,
    compatibleFrom: Number(newer?.['compatible'] ?? 0),
    position:
      head === undefined
        ? null
        : { epoch: String(head['epoch']), number: Number(head['number']), hash: String(head['hash']) },
    newest: newest === undefined ? null : { atMs: Number(newest['at_ms']), logKeyId: String(newest['log_key_id']) },
    restoredThrough: mark === undefined ? null : Number(mark['through']),
    keys: count('keys'),
    accounts: count('accounts'),
  }
}

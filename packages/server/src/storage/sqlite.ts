import { closeSync, openSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'
import { Kysely, type RawBuilder } from 'kysely'
import { StartError } from '../start-error.ts'
import {
  binder,
  type Database,
  type DatabaseCapabilities,
  type ListRow,
  type Statement,
  type StatementValues,
} from './database.ts'
import type { Schema } from './schema.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

/** More pages than any database has. */
const pagesMax = 2_147_483_647

const capabilities: DatabaseCapabilities = {
  rowLocks: false,
  wholeNumber: 'integer',
  text: 'text',
  tableEnd: 'strict',
  tableByPrimaryKeyEnd: 'strict, without rowid',
  triggerFunctions: false,
  ownTime: null,
  partitions: false,
  announces: false,
}

/** Opens (or makes, mode 0600) the embedded database: one connection that writes and one that only reads for checks and listings. */
export function openSqlite(path: string): Database {
  const [writer, reader] = openConnections(path)
  const read = new Kysely<Schema>({ dialect: sqliteDialect(reader) })
  const write = new Kysely<Schema>({ dialect: sqliteDialect(writer) })
  return {
    capabilities,
    read,
    write,
    prepare: <Row extends object>(query: RawBuilder<Row>) => prepare<Row>(reader, read, query),
    prepareLists: <Row extends ListRow>(query: RawBuilder<unknown>) => prepare<Row>(reader, read, query, true),
    backup: async (target) => {
      closeSync(openSync(target, 'wx', 0o600))
      // All pages in one step: one snapshot, however much is written meanwhile.
      await backup(reader, target, { rate: pagesMax })
    },
    close: async () => {
      await read.destroy()
      await write.destroy()
      reader.close()
      writer.close()
    },
  }
}

/** Opens an embedded database that exists, only to read it, also while a server has it open: nothing is made, migrated or written. */
export function openSqliteToRead(path: string): Pick<Database, 'read' | 'close'> {
  const reader = opened(path, () => openReader(path))
  const read = new Kysely<Schema>({ dialect: sqliteDialect(reader) })
  return {
    read,
    close: async () => {
      await read.destroy()
      reader.close()
    },
  }
}

function openReader(path: string): DatabaseSync {
  const reader = new DatabaseSync(path, { readOnly: true })
  // Lists of many keys read the same pages again and again (64 MB).
  reader.exec(
    'pragma busy_timeout = 5000; pragma query_only = on; pragma foreign_keys = on; pragma cache_size = -65536',
  )
  return reader
}

function openConnections(path: string): readonly [DatabaseSync, DatabaseSync] {
  return opened(path, () => {
    // SQLite gives its side files the mode of the database itself, so the mode is set before it is opened.
    closeSync(openSync(path, 'a', 0o600))
    const writer = new DatabaseSync(path)
    writer.exec('pragma busy_timeout = 5000')
    writer.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on')
    // Changes touch the same few pages again and again: writing them back less often (40 MB of log) costs half as much.
    writer.exec('pragma wal_autocheckpoint = 10000; pragma cache_size = -65536')
    return [writer, openReader(path)]
  })
}

function opened<Opened>(path: string, open: () => Opened): Opened {
  try {
    return open()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartError(
      `The database file ${path} cannot be opened (${reason}); check that the folder exists, that this user may write in it, and that the file is a Keywright database.`,
    )
  }
}

function prepare<Row>(
  reader: DatabaseSync,
  read: Kysely<Schema>,
  query: RawBuilder<unknown>,
  lists = false,
): Statement<Row> {
  const compiled = query.compile(read)
  const statement = reader.prepare(compiled.sql)
  statement.setReturnArrays(lists)
  const bind = binder(compiled)
  return { all: (values: StatementValues) => statement.all(...bind(values)) as unknown as readonly Row[] }
}

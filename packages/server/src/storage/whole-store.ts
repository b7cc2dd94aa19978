import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type Kysely, sql, type Transaction } from 'kysely'
import { holdPartitions, makeArrivingPartitions } from './arriving-partitions.ts'
import { copyTables, countRows, type RowCounts, type StoredTable, tablesOf } from './copy-tables.ts'
import type { Database } from './database.ts'
import { protectLog, unprotectLog } from './log/protection.ts'
import { migrate } from './migrate.ts'
import type { Schema } from './schema.ts'
import { requireOwnSchema } from './schema-versions.ts'
import { openSqlite } from './sqlite.ts'

/** Ends the write-ahead logging of a database file: whoever looked into it would leave two more files beside it, or could not on a medium that is read-only. */
export function leaveOneFile(path: string): void {
  const file = new DatabaseSync(path)
  try {
    file.exec('pragma journal_mode = delete')
  } finally {
    file.close()
  }
}

/** Copies what a connection to a database server sees into a new database file (mode 0600), or rejects; then what was begun is no store. */
export async function copyToFile(
  source: Kysely<Schema>,
  path: string,
  nowMs: number,
  progress?: (done: number) => void,
): Promise<RowCounts> {
  await requireOwnSchema(source)
  closeSync(openSync(path, 'wx', 0o600))
  const file = openSqlite(path)
  let counts: RowCounts
  try {
    await migrate(file, nowMs)
    const tables = await tablesOf(file.read)
    counts = await file.write.transaction().execute((target) => copyTables({ source, target }, tables, progress))
  } finally {
    await file.close()
  }
  leaveOneFile(path)
  return counts
}

/** Reads a database server as it is at one moment, however long that takes and whatever is changed meanwhile. */
export const readOneMoment = <Result>(
  { read }: Pick<Database, 'read'>,
  work: (snapshot: Kysely<Schema>) => Promise<Result>,
): Promise<Result> =>
  read.transaction().execute(async (snapshot) => {
    await sql`set transaction isolation level repeatable read, read only`.execute(snapshot)
    return await work(snapshot)
  })

/** A transaction that has a whole database server to itself. */
export interface WholeServer extends Pick<Database, 'capabilities'> {
  readonly transaction: Transaction<Schema>
}

const attemptsMax = 5

/**
 * Works on all tables of a database server while nobody else reads or changes them, in one transaction: all of it or nothing. Whoever is in the
 * middle of a change ends it before.
 */
export async function withWholeServer<Result>(
  { write, capabilities }: Pick<Database, 'write' | 'capabilities'>,
  tables: readonly StoredTable[],
  work: (server: WholeServer) => Promise<Result>,
): Promise<Result> {
  const names = sql.join(tables.map(({ name }) => sql.table(name)))
  for (let attempt = 1; ; attempt++) {
    let begun = false
    try {
      return await write.transaction().execute(async (transaction) => {
        if (capabilities.partitions) await holdPartitions(transaction)
        await sql`lock table ${names} in access exclusive mode`.execute(transaction)
        begun = true
        return await work({ transaction, capabilities })
      })
    } catch (error) {
      if (begun || attempt === attemptsMax || !isDeadlock(error)) throw error
    }
  }
}

/** Two waited for each other crosswise, and the database ended this one. */
const isDeadlock = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === '40P01'

/** Whether no table has a row. */
export async function isEmpty(database: Kysely<Schema>, tables: readonly StoredTable[]): Promise<boolean> {
  return Object.values(await countRows(database, tables)).every((count) => count === 0)
}

/** Puts what a database file holds in the place of all that a database server holds, within a transaction. */
export async function fillFrom(
  file: Kysely<Schema>,
  { transaction, capabilities }: WholeServer,
  tables: readonly StoredTable[],
  progress?: (done: number) => void,
): Promise<RowCounts> {
  for (const database of [file, transaction]) await requireOwnSchema(database)
  const names = sql.join(tables.map(({ name }) => sql.table(name)))
  await unprotectLog(transaction, capabilities)
  await sql`truncate ${names}`.execute(transaction)
  await protectLog(transaction, capabilities)
  if (capabilities.partitions) await makeArrivingPartitions(file, transaction)
  const counts = await copyTables({ source: file, target: transaction }, tables, progress)
  // The first checks need not wait until the database has looked at its new tables by itself.
  await sql`analyze ${names}`.execute(transaction)
  return counts
}

import { type Kysely, sql } from 'kysely'
import { StartError } from '../start-error.ts'
import type { Database, DatabaseCapabilities } from './database.ts'
import { migrations as allMigrations } from './migrations/all.ts'
import type { Migration } from './migrations/migration.ts'
import type { Schema } from './schema.ts'

type SchemaVersions = {
  readonly schema_versions: { readonly version: number; readonly name: string; readonly applied_at_ms: number }
}

/** Any number that is always the same: whoever migrates holds this lock. */
const lockNumber = 7_305_811_402

/**
 * Brings the schema to the newest version that this program knows; answers the names of what was applied. Refuses a newer one. Several processes may
 * do so at once. Where nothing is to be done, nothing is asked but to read.
 */
export async function migrate(
  { read, write, capabilities }: Pick<Database, 'read' | 'write' | 'capabilities'>,
  nowMs: number,
  migrations: readonly Migration[] = allMigrations,
): Promise<readonly string[]> {
  const found = await readVersion(read)
  if (found === migrations.length) return []
  if (found > migrations.length) throw newerSchema(found, migrations.length)
  return await write.transaction().execute(async (transaction) => {
    const database = transaction.withTables<SchemaVersions>()
    await prepareVersions(database, capabilities)
    const version = await schemaVersion(database)
    if (version > migrations.length) throw newerSchema(version, migrations.length)
    const applied: string[] = []
    for (const [index, migration] of migrations.entries()) {
      if (index < version) continue
      await migration.up(transaction, capabilities)
      const row = { version: index + 1, name: migration.name, applied_at_ms: nowMs }
      await database.insertInto('schema_versions').values(row).execute()
      applied.push(migration.name)
    }
    return applied
  })
}

const newerSchema = (version: number, known: number): StartError =>
  new StartError(
    `The database has schema version ${version}, made by a newer Keywright, and this one knows versions up to ${known}; start the newer Keywright, or restore a backup from before the upgrade.`,
  )

/** Refuses a database that is not of the schema that this program reads, without changing it. */
export async function requireCurrentSchema({ read }: Pick<Database, 'read'>): Promise<void> {
  const version = await readVersion(read)
  if (version === 0)
    throw new StartError(
      'The database holds no Keywright store; correct KEYWRIGHT_DATABASE_URL, or KEYWRIGHT_DATA or --data.',
    )
  if (version > allMigrations.length) throw newerSchema(version, allMigrations.length)
  if (version < allMigrations.length) {
    throw new StartError(
      `The database has schema version ${version}, and this program reads version ${allMigrations.length}; bring it up to date with \`keywright migrate\`.`,
    )
  }
}

async function prepareVersions(
  database: Kysely<Schema & SchemaVersions>,
  capabilities: DatabaseCapabilities,
): Promise<void> {
  // Several nodes may start at once.
  if (capabilities.rowLocks) {
    // Neither the wait for another node nor a change of a large table is cut short.
    await sql`set local lock_timeout = 0`.execute(database)
    await sql`set local statement_timeout = 0`.execute(database)
    await sql`select pg_advisory_xact_lock(${sql.raw(String(lockNumber))})`.execute(database)
  }
  const { wholeNumber, text, tableEnd } = capabilities
  await sql
    .raw(
      `create table if not exists schema_versions (version ${wholeNumber} primary key, name ${text} not null, applied_at_ms ${wholeNumber} not null) ${tableEnd}`,
    )
    .execute(database)
}

/** The version of the schema; 0 where there is none. */
export async function readVersion(read: Kysely<Schema>): Promise<number> {
  const tables = await read.introspection.getTables()
  if (!tables.some(({ name }) => name === 'schema_versions')) return 0
  return await schemaVersion(read.withTables<SchemaVersions>())
}

async function schemaVersion(database: Kysely<Schema & SchemaVersions>): Promise<number> {
  const row = await database
    .selectFrom('schema_versions')
    .select(({ fn }) => fn.max('version').as('version'))
    .executeTakeFirst()
  return row?.version ?? 0
}

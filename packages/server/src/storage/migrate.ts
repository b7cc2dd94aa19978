import { type Kysely, sql } from 'kysely'
import type { Database, DatabaseCapabilities } from './database.ts'
import { migrations as allMigrations } from './migrations/all.ts'
import type { Migration } from './migrations/migration.ts'
import type { Schema } from './schema.ts'
import { mayServe, newerSchema, readSchema, type SchemaVersions } from './schema-versions.ts'

/** Any number that is always the same: whoever migrates holds this lock. */
const lockNumber = 7_305_811_402

/**
 * Brings the schema to the newest version that this program knows; answers the names of what was applied. A newer one is left as it is where its
 * steps let this program go on, else refused. Several processes may do so at once. Where nothing is to be done, nothing is asked but to read.
 */
export async function migrate(
  { read, write, capabilities }: Pick<Database, 'read' | 'write' | 'capabilities'>,
  nowMs: number,
  migrations: readonly Migration[] = allMigrations,
): Promise<readonly string[]> {
  const known = migrations.length
  const found = await readSchema(read, known)
  if (mayServe(found, known)) return []
  if (found.version > known) throw newerSchema(found.version, known)
  return await write.transaction().execute(async (transaction) => {
    const database = transaction.withTables<SchemaVersions>()
    await prepareVersions(database, capabilities)
    const now = await readSchema(transaction, known)
    if (mayServe(now, known)) return []
    if (now.version > known) throw newerSchema(now.version, known)
    const applied: string[] = []
    for (const [index, migration] of migrations.entries()) {
      if (index < now.version) continue
      await migration.up(transaction, capabilities)
      const { name, compatibleFrom } = migration
      const row = { version: index + 1, name, applied_at_ms: nowMs, compatible_from: compatibleFrom }
      await database.insertInto('schema_versions').values(row).execute()
      applied.push(name)
    }
    return applied
  })
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
  const tables = await database.introspection.getTables()
  const columns = tables.find(({ name }) => name === 'schema_versions')?.columns ?? []
  if (columns.some(({ name }) => name === 'compatible_from')) return
  await sql.raw(`alter table schema_versions add column compatible_from ${wholeNumber}`).execute(database)
}

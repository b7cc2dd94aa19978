import { type Kysely, sql } from 'kysely'
import { StartError } from '../start-error.ts'
import type { Database } from './database.ts'
import { migrations } from './migrations/all.ts'
import type { Schema } from './schema.ts'
import { StoreUnavailableError } from './store-unavailable.ts'

/** The table in which each step of the schema is noted; it is older than the first step, and no part of the schema. */
export type SchemaVersions = {
  readonly schema_versions: {
    readonly version: number
    readonly name: string
    readonly applied_at_ms: number
    /** The oldest version whose programs go on working; `null` where it was not yet said: none but those that know it. */
    readonly compatible_from: number | null
  }
}

/** The schema that a database has. */
export interface FoundSchema {
  /** Its version; 0: it has none. */
  readonly version: number
  /** The oldest version whose programs may use it, as far as steps are concerned that a program does not know; 0: it knows all. */
  readonly compatibleFrom: number
}

/** Reads which schema a database has, for a program that knows so many versions. */
export async function readSchema(read: Kysely<Schema>, known: number = migrations.length): Promise<FoundSchema> {
  const tables = await read.introspection.getTables()
  const table = tables.find(({ name }) => name === 'schema_versions')
  if (table === undefined) return { version: 0, compatibleFrom: 0 }
  return await schemaIn(
    read,
    known,
    table.columns.some(({ name }) => name === 'compatible_from'),
  )
}

async function schemaIn(database: Kysely<Schema>, known: number, saysCompatible: boolean): Promise<FoundSchema> {
  const rows = await database
    .withTables<SchemaVersions>()
    .selectFrom('schema_versions')
    .select('version')
    .$if(saysCompatible, (query) => query.select('compatible_from'))
    .execute()
  const unknown = rows.filter(({ version }) => version > known)
  return {
    version: Math.max(0, ...rows.map(({ version }) => version)),
    compatibleFrom: Math.max(0, ...unknown.map(({ version, compatible_from }) => compatible_from ?? version)),
  }
}

/** Whether a program that knows so many versions may use a schema that has them all, and perhaps more. */
export const mayServe = ({ version, compatibleFrom }: FoundSchema, known: number = migrations.length): boolean =>
  version >= known && compatibleFrom <= known

/** Says that a schema is too new. */
export const newerSchema = (version: number, known: number = migrations.length): StartError =>
  new StartError(
    `The database has schema version ${version}, made by a newer Keywright, and this one knows versions up to ${known}; start the newer Keywright, or restore a backup from before the upgrade.`,
  )

/** Refuses a database that is not of the schema that this program reads, without changing it. */
export async function requireCurrentSchema({ read }: Pick<Database, 'read'>): Promise<void> {
  const found = await readSchema(read)
  if (found.version === 0)
    throw new StartError(
      'The database holds no Keywright store; correct KEYWRIGHT_DATABASE_URL, or KEYWRIGHT_DATA or --data.',
    )
  if (mayServe(found)) return
  if (found.version > migrations.length) throw newerSchema(found.version)
  throw new StartError(
    `The database has schema version ${found.version}, and this program reads version ${migrations.length}; bring it up to date with \`keywright migrate\`.`,
  )
}

/** Refuses a database of any other schema than this program's own, such as before everything in it is copied: a newer one may have more tables. */
export async function requireOwnSchema(read: Kysely<Schema>): Promise<void> {
  await requireCurrentSchema({ read })
  const { version } = await readSchema(read)
  if (version > migrations.length) throw newerSchema(version)
}

/** In SQL: the oldest version whose programs may use the schema, by the steps that this program does not know; NULL: it knows all. */
export const compatibleFromSql = sql<number | null>`
  (select max(coalesce(compatible_from, version)) from schema_versions where version > ${sql.lit(migrations.length)})`

const isCompatible = (compatibleFrom: number | null): boolean =>
  compatibleFrom === null || compatibleFrom <= migrations.length

/** Whether this program may use a schema that it found fit before. */
export async function schemaFits(read: Kysely<Schema>): Promise<boolean> {
  const { rows } = await sql<{ readonly compatible_from: number | null }>`
    select ${compatibleFromSql} as compatible_from`.execute(read)
  return isCompatible(rows[0]?.compatible_from ?? null)
}

/** Refuses to go on with a schema that a newer program has made meanwhile, and that this one would misread. */
export function requireCompatible(compatibleFrom: number | null): void {
  if (isCompatible(compatibleFrom)) return
  throw new StoreUnavailableError(
    new Error(
      'a newer Keywright has brought it to a schema that this one cannot use; start this node with the newer one',
    ),
  )
}

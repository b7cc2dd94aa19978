import { type Kysely, sql } from 'kysely'
import type { Schema } from './schema.ts'

/** The oldest version that is supported. */
const versionMin = 15

/** Why a server cannot hold an installation, as the end of a sentence; `null`: it can. */
export async function serverFault(read: Kysely<Schema>): Promise<string | null> {
  const { rows } = await sql<{
    readonly version: string
    readonly encoding: string
    readonly standby: boolean
  }>`select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding,
    pg_is_in_recovery() as standby`.execute(read)
  const [server] = rows
  if (server === undefined) return 'does not say what it is'
  const version = Math.floor(Number(server.version) / 10_000)
  if (version < versionMin) return `is version ${version}; Keywright needs ${versionMin} or later`
  if (server.encoding !== 'UTF8') return `keeps text as ${server.encoding}; create the database anew with encoding UTF8`
  if (server.standby) return 'is a standby, which takes no changes; name the primary'
  return null
}

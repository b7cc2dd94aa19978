import { databaseFile } from '../installation.ts'
import { openServerDatabase } from '../open-database.ts'
import type { Settings } from '../settings.ts'
import type { Database } from '../storage/database.ts'
import { requireCurrentSchema } from '../storage/schema-versions.ts'
import { openSqliteToRead } from '../storage/sqlite.ts'
import { requireDatabase } from './store-call.ts'

/** Opens the store of the settings, only to read it, also while servers run; nothing is made or migrated. */
export async function withStoreToRead<Result>(
  settings: Settings,
  work: (database: Pick<Database, 'read'>) => Promise<Result>,
): Promise<Result> {
  const path = databaseFile(settings.dataFolder)
  requireDatabase(settings, path)
  const database =
    settings.databaseUrl === null ? openSqliteToRead(path) : await openServerDatabase(settings, { patient: true })
  try {
    await requireCurrentSchema(database)
    return await work(database)
  } finally {
    await database.close()
  }
}

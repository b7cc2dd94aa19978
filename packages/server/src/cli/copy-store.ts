import { systemClock } from '../clock.ts'
import { databaseFile } from '../installation.ts'
import { openServerDatabase } from '../open-database.ts'
import type { Settings } from '../settings.ts'
import { requireCurrentSchema } from '../storage/schema-versions.ts'
import { openSqlite } from '../storage/sqlite.ts'
import { copyToFile, leaveOneFile, readOneMoment } from '../storage/whole-store.ts'
import type { CopyProgress } from './server-store.ts'
import { requireDatabase } from './store-call.ts'

/** Copies the store of the settings, of one consistent moment, into a new database file, also while servers run. */
export async function copyStore(settings: Settings, target: string, progress: CopyProgress): Promise<void> {
  if (settings.databaseUrl !== null) {
    const database = await openServerDatabase(settings, { patient: true })
    try {
      await requireCurrentSchema(database)
      await readOneMoment(database, (snapshot) => copyToFile(snapshot, target, systemClock.wallMs(), progress))
    } finally {
      await database.close()
    }
    return
  }
  const path = databaseFile(settings.dataFolder)
  requireDatabase(settings, path)
  const database = openSqlite(path)
  try {
    await database.backup?.(target)
    leaveOneFile(target)
  } finally {
    await database.close()
  }
}

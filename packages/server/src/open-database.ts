import type { Settings } from './settings.ts'
import { StartError } from './start-error.ts'
import type { Database } from './storage/database.ts'
import { migrate } from './storage/migrate.ts'

/** How a database server is opened: `patient` for commands that may take long, where nothing is cut short. */
export interface OpenOptions {
  readonly patient?: boolean
}

/** The PostgreSQL database of the settings, after a look at whether it can serve; a StartError says why not. */
export async function openServerDatabase({ databaseUrl }: Settings, options: OpenOptions = {}): Promise<Database> {
  if (databaseUrl === null) throw new Error('no database server is set')
  const url = databaseUrl.expose()
  const [{ openPostgres }, { refusalToStart }, { serverFault }] = await Promise.all([
    import('./storage/postgres.ts'),
    import('./storage/postgres-session.ts'),
    import('./storage/postgres-server.ts'),
  ])
  const database = openPostgres(url, options)
  try {
    const fault = await serverFault(database.read)
    if (fault !== null) throw new StartError(`The PostgreSQL server of KEYWRIGHT_DATABASE_URL ${fault}.`)
    return database
  } catch (error) {
    await database.close()
    throw error instanceof StartError ? error : refusalToStart(url, error)
  }
}

/** Brings the schema of the database of the settings up to date, where this user may; several nodes may do so at once. */
export async function migrateServerDatabase(settings: Settings, nowMs: number): Promise<readonly string[]> {
  const database = await openServerDatabase(settings, { patient: true })
  try {
    return await migrate(database, nowMs)
  } catch (error) {
    if (!isForbidden(error)) throw error
    throw new StartError(
      'The schema of the database is not that of this program, and its user may not change it; run `keywright migrate` with KEYWRIGHT_DATABASE_URL of the user that owns the tables.',
    )
  } finally {
    await database.close()
  }
}

/** Whether PostgreSQL refused something that the user of a connection may not do. */
export const isForbidden = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '42501'

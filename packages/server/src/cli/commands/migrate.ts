import { systemClock } from '../../clock.ts'
import type { Settings } from '../../settings.ts'
import type { CommandSpec } from '../command.ts'
import { CommandError, exitCodes } from '../exit.ts'
import { settingOptions, settingsOf } from '../store-call.ts'

const names = ['dataFolder', 'applicationRole'] as const

/** `keywright migrate` */
export const migrate: CommandSpec = {
  name: 'migrate',
  meaning: "bring the database's schema to this version",
  more: `A server does so by itself when it starts, where its user may. A schema of a newer version is refused. On PostgreSQL, with
--application-role and KEYWRIGHT_DATABASE_URL of the user that owns the tables, that role is given what servers need: everything
but to change or remove entries of the log. Run it so with each new version, before the servers that connect as that role. Partitions
of usage and activity that are missing are made.`,
  server: false,
  options: settingOptions(...names),
  run: async (call) => {
    const settings = settingsOf(call, names)
    const applied = await (settings.databaseUrl === null ? migrateEmbedded(settings) : migrateServer(settings))
    const { applicationRole } = settings
    if (call.json) call.terminal.write(`${JSON.stringify({ applied, applicationRole })}\n`)
    else {
      call.terminal.write(applied.length === 0 ? 'The schema is up to date.\n' : `Applied ${applied.join(', ')}.\n`)
      if (applicationRole !== null) call.terminal.write(`${applicationRole} may add to the log and not change it.\n`)
    }
    return undefined
  },
}

async function migrateEmbedded({ dataFolder, applicationRole }: Settings): Promise<readonly string[]> {
  if (applicationRole !== null)
    throw new CommandError(
      exitCodes.refused,
      'The embedded database has no roles; leave out KEYWRIGHT_APPLICATION_ROLE, or give KEYWRIGHT_DATABASE_URL.',
    )
  const [{ databaseFile, makeDataFolder }, { openSqlite }, storage] = await Promise.all([
    import('../../installation.ts'),
    import('../../storage/sqlite.ts'),
    import('../../storage/migrate.ts'),
  ])
  makeDataFolder(dataFolder)
  const database = openSqlite(databaseFile(dataFolder))
  try {
    return await storage.migrate(database, systemClock.wallMs())
  } finally {
    await database.close()
  }
}

async function migrateServer(settings: Settings): Promise<readonly string[]> {
  const { isForbidden, migrateServerDatabase, openServerDatabase } = await import('../../open-database.ts')
  const applied = await migrateServerDatabase(settings, systemClock.wallMs())
  const [{ grantToApplication }, { makePartitions, splitTables }] = await Promise.all([
    import('../../storage/application-role.ts'),
    import('../../storage/usage-partitions.ts'),
  ])
  const database = await openServerDatabase(settings, { patient: true })
  try {
    for (const table of splitTables) await makePartitions(database.write, table)
    if (settings.applicationRole === null) return applied
    const fault = await grantToApplication(database, settings.applicationRole)
    if (fault === null) return applied
    throw new CommandError(
      exitCodes.refused,
      `The role ${settings.applicationRole} cannot be that of the application: ${fault}.`,
    )
  } catch (error) {
    if (!isForbidden(error)) throw error
    throw new CommandError(
      exitCodes.refused,
      'The user of KEYWRIGHT_DATABASE_URL may not have partitions made, or not give rights; migrate with the address of the user that owns the tables.',
    )
  } finally {
    await database.close()
  }
}

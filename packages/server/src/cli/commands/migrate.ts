import { systemClock } from '../../clock.ts'
import type { CommandSpec } from '../command.ts'
import { settingOptions, settingsOf } from '../store-call.ts'

/** `keywright migrate` */
export const migrate: CommandSpec = {
  name: 'migrate',
  meaning: "bring the database's schema to this version",
  more: 'A server on the embedded database does so by itself when it starts. A schema of a newer version is refused.',
  server: false,
  options: settingOptions('dataFolder'),
  run: async (call) => {
    const settings = settingsOf(call, ['dataFolder'])
    const [{ databaseFile, makeDataFolder }, { openSqlite }, storage] = await Promise.all([
      import('../../installation.ts'),
      import('../../storage/sqlite.ts'),
      import('../../storage/migrate.ts'),
    ])
    makeDataFolder(settings.dataFolder)
    const database = openSqlite(databaseFile(settings.dataFolder))
    try {
      const applied = await storage.migrate(database, systemClock.wallMs())
      if (call.json) call.terminal.write(`${JSON.stringify({ applied })}\n`)
      else
        call.terminal.write(applied.length === 0 ? 'The schema is up to date.\n' : `Applied ${applied.join(', ')}.\n`)
      return undefined
    } finally {
      await database.close()
    }
  },
}

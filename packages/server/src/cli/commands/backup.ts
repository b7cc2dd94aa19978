import { existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { CommandSpec } from '../command.ts'
import { CommandError, exitCodes } from '../exit.ts'
import { requireDatabase, requireEmbedded, settingOptions, settingsOf } from '../store-call.ts'

/** Ends the write-ahead logging that the copy has inherited: whoever looked into it would leave two more files beside it, or could not on a medium that is read-only. */
function leaveOneFile(path: string): void {
  const copy = new DatabaseSync(path)
  try {
    copy.exec('pragma journal_mode = delete')
  } finally {
    copy.close()
  }
}

/** `keywright backup` */
export const backup: CommandSpec = {
  name: 'backup',
  meaning: 'copy the embedded database into a new file, also while a server runs',
  more: 'The copy is one consistent moment. It holds no pepper and no log key: keep those of the data folder apart from it, since a backup is of use only with them.',
  server: false,
  arguments: [{ name: 'file', meaning: 'where the copy goes; it must not exist' }],
  options: settingOptions('dataFolder'),
  run: async (call) => {
    const settings = settingsOf(call, ['dataFolder'])
    requireEmbedded(
      settings,
      'back it up with pg_dump or with a base backup, and keep pepper and log key apart from it',
    )
    const [{ databaseFile }, { openSqlite }, { inspectDatabase }] = await Promise.all([
      import('../../installation.ts'),
      import('../../storage/sqlite.ts'),
      import('../inspect-database.ts'),
    ])
    const path = databaseFile(settings.dataFolder)
    requireDatabase(settings, path)
    const target = resolve(call.terminal.folder, call.argument('file'))
    if (existsSync(target))
      throw new CommandError(exitCodes.refused, `${target} exists and is not overwritten; name a new file.`)
    const database = openSqlite(path)
    try {
      await database.backup?.(target)
      leaveOneFile(target)
    } catch (error) {
      // What was begun is no backup; a file that another made meanwhile is not ours to remove.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) rmSync(target, { force: true })
      throw new CommandError(
        exitCodes.refused,
        `The backup cannot be written to ${target} (${error instanceof Error ? error.message : 'unknown'}); choose a folder that this user may write in.`,
      )
    } finally {
      await database.close()
    }
    const { position, fault } = inspectDatabase(target)
    if (fault !== null || position === null)
      throw new CommandError(
        exitCodes.refused,
        `The copy in ${target} is damaged (${fault ?? 'it has no log'}); check the disk.`,
      )
    if (call.json)
      call.terminal.write(`${JSON.stringify({ file: target, epoch: position.epoch, number: position.number })}\n`)
    else {
      call.terminal.write(`${target}\n`)
      call.terminal.tell(
        `Backed up through entry ${position.number} of the log. The pepper and the log key are not in it: keep them safe elsewhere.\n`,
      )
    }
    return undefined
  },
}

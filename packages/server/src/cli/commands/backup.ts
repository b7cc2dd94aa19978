import { existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { StartError } from '../../start-error.ts'
import type { CommandSpec } from '../command.ts'
import { CommandError, exitCodes } from '../exit.ts'
import { progress } from '../show.ts'
import { settingOptions, settingsOf } from '../store-call.ts'

/** `keywright backup` */
export const backup: CommandSpec = {
  name: 'backup',
  meaning: 'copy the store into a new file, also while servers run',
  more: `The copy is one consistent moment, and a file of the embedded database, wherever the store is: \`keywright restore\` puts it back
into either. It holds no pepper and no log key: keep them apart from it, since a backup is of use only with them.`,
  server: false,
  arguments: [{ name: 'file', meaning: 'where the copy goes; it must not exist' }],
  options: settingOptions('dataFolder'),
  run: async (call) => {
    const settings = settingsOf(call, ['dataFolder'])
    const [{ copyStore }, { inspectDatabase }] = await Promise.all([
      import('../copy-store.ts'),
      import('../inspect-database.ts'),
    ])
    const target = resolve(call.terminal.folder, call.argument('file'))
    if (existsSync(target))
      throw new CommandError(exitCodes.refused, `${target} exists and is not overwritten; name a new file.`)
    try {
      await copyStore(settings, target, (done) => progress(call, `${done} rows`))
    } catch (error) {
      // What was begun is no backup; a file that another made meanwhile is not ours to remove.
      const isOurs = !(error instanceof Error && 'code' in error && error.code === 'EEXIST')
      for (const ending of isOurs ? ['', '-wal', '-shm', '-journal'] : []) rmSync(target + ending, { force: true })
      if (error instanceof StartError) throw error
      throw new CommandError(
        exitCodes.refused,
        `The backup cannot be written to ${target} (${error instanceof Error ? error.message : 'unknown'}); choose a folder that this user may write in.`,
      )
    }
    progress(call, '')
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

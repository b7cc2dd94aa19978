import { existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { systemClock } from '../../clock.ts'
import { LogSigner } from '../../crypto.ts'
import type { CommandSpec } from '../command.ts'
import { CommandError, exitCodes, usageError } from '../exit.ts'
import { progress, showRecord } from '../show.ts'
import { settingOptions, settingsOf } from '../store-call.ts'

/** `keywright events export` */
export const exportEvents: CommandSpec = {
  name: 'export',
  meaning: 'write entries of the log, with their chain, into a new file',
  more: `One JSON object a line, the last of which is signed and says where the log ended; personal data is not in it. The log is verified
before. It only reads, and may run beside servers. Made more often than backups and kept elsewhere, it tells \`keywright restore --events\`
what was revoked, paused, suspended or deleted after a backup.`,
  server: false,
  arguments: [{ name: 'file', meaning: 'where they go; it must not exist' }],
  options: [
    { name: 'after', value: 'number', meaning: 'only entries after this one, such as that of the last backup' },
    ...settingOptions('dataFolder'),
  ],
  run: async (call) => {
    const settings = settingsOf(call, ['dataFolder'])
    const given = call.option('after') ?? '0'
    if (!/^\d{1,15}$/.test(given)) throw usageError('--after takes the number of an entry, such as 1200.')
    const path = resolve(call.terminal.folder, call.argument('file'))
    if (existsSync(path))
      throw new CommandError(exitCodes.refused, `${path} exists and is not overwritten; name a new file.`)
    const [{ exportEntries }, { logKeysToVerify }, { verifyLog }, { withStoreToRead }] = await Promise.all([
      import('../exported-events.ts'),
      import('../../installation.ts'),
      import('../../storage/log/verify.ts'),
      import('../store-to-read.ts'),
    ])
    const checkpoint = await withStoreToRead(settings, async (database) => {
      const signer = new LogSigner(logKeysToVerify(settings))
      const { faults } = await verifyLog(database.read, signer, [], (done, total) =>
        progress(call, `${done} of ${total} entries`),
      )
      progress(call, '')
      if (faults.length > 0)
        throw new CommandError(
          exitCodes.refused,
          'The log is not whole, and nothing was exported; `keywright events verify` names what is wrong.',
        )
      try {
        return await exportEntries(database, signer, { path, after: Number(given), nowMs: systemClock.wallMs() })
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) rmSync(path, { force: true })
        throw new CommandError(
          exitCodes.refused,
          `The entries cannot be written to ${path} (${error instanceof Error ? error.message : 'unknown'}); choose a folder that this user may write in.`,
        )
      }
    })
    showRecord(call, { file: path, after: Number(given), through: checkpoint.number })
    return exitCodes.done
  },
}

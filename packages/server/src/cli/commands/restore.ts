import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { confirmRestore } from '../../restore-mark.ts'
import type { Call, CommandSpec } from '../command.ts'
import { CommandError, exitCodes, usageError } from '../exit.ts'
import { configOf, requireEmbedded, settingOptions, settingsOf } from '../store-call.ts'

const names = ['dataFolder', 'configFile', 'checkpointFile'] as const

function confirm(call: Call): number {
  const { dataFolder } = settingsOf(call, names)
  if (!confirmRestore(dataFolder))
    throw new CommandError(exitCodes.refused, `No restore waits for confirmation in ${dataFolder}.`)
  call.terminal.tell('Confirmed. The server can be started.\n')
  return exitCodes.done
}

/** `keywright restore` */
export const restore: CommandSpec = {
  name: 'restore',
  meaning: 'put a backup in the place of the embedded database',
  more: `The pepper and the log key of the backup must be in the data folder or given. The backup's log is verified first, and a new epoch
begins, so that every memory of the lost history is forgotten. With --replace the database that is there is kept under
another name, and keys that it says were revoked, paused or deleted after the backup, and accounts that were suspended or
deleted, are so again. What else happened after the backup is lost: new keys, rotations, narrowed grants.
Everybody has to sign in again, with the password of then, and open invitations are void. Therefore no key is
accepted until an operator has run \`keywright restore --confirm\`.`,
  server: false,
  arguments: [{ name: 'file', meaning: 'what `keywright backup` wrote', optional: true }],
  options: [
    { name: 'replace', meaning: 'there is a database already: put it aside' },
    { name: 'confirm', meaning: 'accept what was restored, so that the server starts' },
    ...settingOptions(...names),
  ],
  run: async (call) => {
    const file = call.optionalArgument('file')
    requireEmbedded(
      settingsOf(call, names),
      'restore it with pg_restore while no server runs, and revoke again what was revoked since',
    )
    if (call.given('confirm')) {
      if (file !== undefined)
        throw usageError(
          'Restore first; then look at what was restored; then run `keywright restore --confirm` without a file.',
        )
      return confirm(call)
    }
    if (file === undefined) throw usageError('Name the backup: keywright restore <file>.')
    const settings = settingsOf(call, names)
    const backup = resolve(call.terminal.folder, file)
    if (!existsSync(backup)) throw new CommandError(exitCodes.refused, `${backup}: there is no such file.`)
    const { restoreStore } = await import('../restore-store.ts')
    const restored = await restoreStore(settings, await configOf(settings), { backup, replace: call.given('replace') })
    if (call.json) call.terminal.write(`${JSON.stringify(restored, null, 2)}\n`)
    else call.terminal.tell(report(restored))
    return exitCodes.done
  },
}

type Restored = Awaited<ReturnType<typeof import('../restore-store.ts')['restoreStore']>>

function report({ through, at, keptAs, carried, review }: Restored): string {
  const lines = [`Restored through entry ${through} of the log, of ${at}; a new epoch has begun.`]
  if (keptAs !== null) lines.push(`The database that was there is kept as ${keptAs}.`)
  if (carried.length > 0)
    lines.push('Done again, as the replaced database has it:', ...carried.map((line) => `  ${line}`))
  if (review.length > 0)
    lines.push('Look at these, which could not be done again:', ...review.map((line) => `  ${line}`))
  if (keptAs === null) lines.push('Revocations after the backup are not known here: compare with your own records.')
  lines.push('No key is accepted until you run: keywright restore --confirm')
  return `${lines.join('\n')}\n`
}

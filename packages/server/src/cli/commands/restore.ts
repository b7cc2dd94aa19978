import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { isForbidden } from '../../open-database.ts'
import { StartError } from '../../start-error.ts'
import type { Call, CommandSpec } from '../command.ts'
import { CommandError, exitCodes, usageError } from '../exit.ts'
import { progress } from '../show.ts'
import { configOf, requireDatabase, settingOptions, settingsOf } from '../store-call.ts'

const names = ['dataFolder', 'configFile', 'checkpointFile'] as const

async function confirm(call: Call): Promise<number> {
  const settings = settingsOf(call, names)
  const [
    { databaseFile },
    { openServerDatabase },
    { confirmRestore, readRestoreMark },
    { requireCurrentSchema },
    { openSqlite },
    { setCheckpointsOfLostAside },
  ] = await Promise.all([
    import('../../installation.ts'),
    import('../../open-database.ts'),
    import('../../storage/restore-mark.ts'),
    import('../../storage/schema-versions.ts'),
    import('../../storage/sqlite.ts'),
    import('../checkpoints-aside.ts'),
  ])
  const path = databaseFile(settings.dataFolder)
  requireDatabase(settings, path)
  const embedded = settings.databaseUrl === null
  const database = embedded ? openSqlite(path) : await openServerDatabase(settings, { patient: true })
  try {
    await requireCurrentSchema(database)
    const mark = await readRestoreMark(database.read)
    if (mark !== null) await setCheckpointsOfLostAside(settings.checkpointFile, database, mark)
    if (mark === null || !(await confirmRestore(database.write).catch(asOwner)))
      throw new CommandError(
        exitCodes.refused,
        `No restore waits for confirmation in ${embedded ? settings.dataFolder : 'the database of KEYWRIGHT_DATABASE_URL'}.`,
      )
  } finally {
    await database.close()
  }
  call.terminal.tell(
    embedded ? 'Confirmed. The server can be started.\n' : 'Confirmed. Servers answer again within moments.\n',
  )
  return exitCodes.done
}

/** Servers connect as a role that may not say so. */
function asOwner(error: unknown): never {
  if (!isForbidden(error)) throw error
  throw new StartError(
    'The user of KEYWRIGHT_DATABASE_URL may not confirm a restore; give the address of the user that owns the tables.',
  )
}

/** `keywright restore` */
export const restore: CommandSpec = {
  name: 'restore',
  meaning: 'put a backup in the place of the store',
  more: `The pepper and the log key of the backup must be in the data folder or given. The backup's log is verified first, and a new epoch
begins, so that every memory of the lost history is forgotten. With KEYWRIGHT_DATABASE_URL (of the user that owns the tables) the backup
goes into that database, all at once or not at all. With --replace what is there is kept under another name, as a file in the data folder,
and keys that it says were revoked, paused or deleted after the backup, and accounts that were suspended or
deleted, are so again; with --events so is what a later export of the log says. What else happened after the backup is lost: new keys,
rotations, narrowed grants. Everybody has to sign in again, with the password of then, and open invitations are void. Therefore no key is
accepted until an operator has run \`keywright restore --confirm\`.`,
  server: false,
  arguments: [{ name: 'file', meaning: 'what `keywright backup` wrote', optional: true }],
  options: [
    { name: 'replace', meaning: 'there is a store already: put it aside' },
    { name: 'events', value: 'file', meaning: 'what `keywright events export` wrote after the backup' },
    { name: 'confirm', meaning: 'accept what was restored, so that the server starts' },
    ...settingOptions(...names),
  ],
  run: async (call) => {
    const file = call.optionalArgument('file')
    if (call.given('confirm')) {
      if (file !== undefined)
        throw usageError(
          'Restore first; then look at what was restored; then run `keywright restore --confirm` without a file.',
        )
      return await confirm(call)
    }
    if (file === undefined) throw usageError('Name the backup: keywright restore <file>.')
    const settings = settingsOf(call, names)
    const existing = (name: string) => {
      const path = resolve(call.terminal.folder, name)
      if (!existsSync(path)) throw new CommandError(exitCodes.refused, `There is no file ${path}.`)
      return path
    }
    const events = call.option('events')
    const { restoreStore } = await import('../restore-store.ts')
    const restored = await restoreStore(
      {
        settings,
        config: await configOf(settings),
        backup: existing(file),
        exported: events === undefined ? null : existing(events),
        replace: call.given('replace'),
      },
      (done) => progress(call, `${done} rows`),
    )
    progress(call, '')
    if (call.json) call.terminal.write(`${JSON.stringify(restored, null, 2)}\n`)
    else call.terminal.tell(report(restored))
    return exitCodes.done
  },
}

type Restored = Awaited<ReturnType<typeof import('../restore-store.ts')['restoreStore']>>

function report({ through, at, keptAs, knownThrough, carried, review }: Restored): string {
  const lines = [`Restored through entry ${through} of the log, of ${at}; a new epoch has begun.`]
  if (keptAs !== null) lines.push(`What was there is kept as ${keptAs}.`)
  if (carried.length > 0) lines.push('Done again, as it was after the backup:', ...carried.map((line) => `  ${line}`))
  if (review.length > 0)
    lines.push('Look at these, which could not be done again:', ...review.map((line) => `  ${line}`))
  if (knownThrough !== null)
    lines.push(`Revocations through entry ${knownThrough} are known: keys made after the backup cannot come back.`)
  else if (keptAs === null)
    lines.push('Revocations after the backup are not known here: compare with your own records.')
  lines.push('No key is accepted until you run: keywright restore --confirm')
  return `${lines.join('\n')}\n`
}

import { randomBytes } from 'node:crypto'
import { chmodSync, constants, copyFileSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { ResolvedConfig } from '@keywright/core'
import { systemClock } from '../clock.ts'
import { databaseFile, installationKeys, makeDataFolder } from '../installation.ts'
import { markRestore } from '../restore-mark.ts'
import type { Settings } from '../settings.ts'
import { StartError } from '../start-error.ts'
import { forgetSignIns } from '../storage/forget-sign-ins.ts'
import { beginNewEpoch } from '../storage/installation.ts'
import { verifyLog } from '../storage/log/verify.ts'
import { openStore } from '../storage/open-store.ts'
import { openSqlite } from '../storage/sqlite.ts'
import { storageOf } from '../storage/storage.ts'
import { carryOver } from './carry-over.ts'
import { readCheckpointFile } from './checkpoint-file.ts'
import { type Inspection, inspectDatabase } from './inspect-database.ts'
import { commandCaller } from './store-call.ts'

/** What a restore did. */
export interface Restored {
  /** The last entry of the log that the backup holds, and when it was written. */
  readonly through: number
  readonly at: string
  /** Where the database lies that was replaced; `null`: there was none. */
  readonly keptAs: string | null
  /** What the replaced database said was taken away after the backup, and is again. */
  readonly carried: readonly string[]
  /** What it said and could not be done again. */
  readonly review: readonly string[]
}

/** Puts a backup in the place of the database of a data folder, or changes nothing and throws a StartError. */
export async function restoreStore(
  settings: Settings,
  config: ResolvedConfig,
  { backup, replace }: { readonly backup: string; readonly replace: boolean },
): Promise<Restored> {
  const inspection = inspectBackup(backup)
  makeDataFolder(settings.dataFolder)
  const path = databaseFile(settings.dataFolder)
  const occupied = existsSync(path)
  if (occupied && !replace) {
    throw new StartError(
      `There is a database in ${settings.dataFolder}; add --replace to put it aside, or name another folder with --data.`,
    )
  }
  if (occupied) settle(path)
  const fresh = `${path}.restoring`
  rmSync(fresh, { force: true })
  copyFileSync(backup, fresh, constants.COPYFILE_EXCL)
  chmodSync(fresh, 0o600)
  try {
    const taken = await prepare(settings, config, { fresh, inspection, replaced: occupied ? path : null })
    settle(fresh)
    // Marked before the database is in its place: a crash between the two leaves nothing that is served unseen.
    markRestore(settings.dataFolder, { through: inspection.position.number, at: taken.at })
    const keptAs = occupied
      ? `${path}.before-restore-${new Date(systemClock.wallMs()).toISOString().replaceAll(/[:.]/g, '-')}`
      : null
    for (const ending of keptAs === null ? [] : ['-wal', '-shm', '']) {
      if (existsSync(path + ending)) renameSync(path + ending, keptAs + ending)
    }
    renameSync(fresh, path)
    setCheckpointsAside(settings.checkpointFile, inspection.position.number)
    return { through: inspection.position.number, keptAs, ...taken }
  } catch (error) {
    for (const ending of ['', '-wal', '-shm']) rmSync(`${fresh}${ending}`, { force: true })
    throw error
  }
}

type Backup = Inspection & { readonly position: NonNullable<Inspection['position']> }

function inspectBackup(file: string): Backup {
  const inspection = inspectDatabase(file)
  const { fault, position } = inspection
  if (fault !== null || position === null)
    throw new StartError(`${file} is no backup of Keywright (${fault ?? 'it has no log'}).`)
  return { ...inspection, position }
}

const sqliteBusy = 5

/** Brings everything into the one file, which fails while another program has it open. */
function settle(path: string): void {
  const database = new DatabaseSync(path)
  try {
    database.exec('pragma journal_mode = delete')
  } catch (error) {
    const busy = error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy
    if (busy) throw new StartError(`The database ${path} is in use; stop the server first.`)
    // A damaged database is put aside as it is.
  } finally {
    database.close()
  }
}

interface Preparation {
  readonly fresh: string
  readonly inspection: Backup
  readonly replaced: string | null
}

async function prepare(
  settings: Settings,
  config: ResolvedConfig,
  { fresh, inspection, replaced }: Preparation,
): Promise<Pick<Restored, 'at' | 'carried' | 'review'>> {
  const database = openSqlite(fresh)
  try {
    const keys = await installationKeys(settings, database)
    const parts = { database, clock: systemClock, randomBytes, config: () => config, applied: async () => {}, ...keys }
    const store = await openStore(parts)
    const outside = readCheckpointFile(settings.checkpointFile).checkpoints
    // Checkpoints after the backup speak of entries that it cannot have.
    const held = outside.filter(({ number }) => number <= inspection.position.number)
    const { faults } = await verifyLog(store.read, store.log.signer, held)
    const [first] = faults
    if (first !== undefined)
      throw new StartError(
        `The log of the backup is not whole: entry ${first.number}: ${first.fault}. Nothing was restored.`,
      )
    const at = new Date(inspection.newest?.atMs ?? 0).toISOString()
    const caller = commandCaller(`restored from a backup of ${at}`)
    await beginNewEpoch(store.context.write, store.log, caller)
    await forgetSignIns(store.transact)
    const result =
      replaced === null
        ? { carried: [], review: [] }
        : await carryOver({ storage: storageOf(store), caller }, { replaced, fresh }, inspection.position)
    return { at, ...result }
  } finally {
    await database.close()
  }
}

/** Checkpoints of the history that was left would be missed for ever; they are kept in a file of their own. */
function setCheckpointsAside(path: string, end: number): void {
  const { checkpoints } = readCheckpointFile(path)
  const held = checkpoints.filter(({ number }) => number <= end)
  if (held.length === checkpoints.length) return
  copyFileSync(path, `${path}.before-restore-${systemClock.wallMs()}`)
  writeFileSync(path, held.map((checkpoint) => `${JSON.stringify(checkpoint)}\n`).join(''), {
    mode: 0o600,
    flush: true,
  })
}

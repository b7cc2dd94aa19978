import { randomBytes } from 'node:crypto'
import { chmodSync, constants, copyFileSync } from 'node:fs'
import type { ResolvedConfig } from '@keywright/core'
import { systemClock } from '../clock.ts'
import { databaseFile, installationKeys, makeDataFolder } from '../installation.ts'
import type { Settings } from '../settings.ts'
import { StartError } from '../start-error.ts'
import type { Database } from '../storage/database.ts'
import { forgetSignIns } from '../storage/forget-sign-ins.ts'
import { beginNewEpoch } from '../storage/installation.ts'
import { verifyLog } from '../storage/log/verify.ts'
import { openStore } from '../storage/open-store.ts'
import { markRestore } from '../storage/restore-mark.ts'
import { openSqlite } from '../storage/sqlite.ts'
import { storageOf } from '../storage/storage.ts'
import { type Carried, carryOver, carryOverEvents } from './carry-over.ts'
import { readCheckpointFile } from './checkpoint-file.ts'
import { readLaterEntries } from './exported-events.ts'
import { type Inspection, inspectDatabase } from './inspect-database.ts'
import { removeDatabase } from './one-file.ts'
import { commandCaller } from './store-call.ts'

/** What a restore did. */
export interface Restored extends Carried {
  /** The last entry of the log that the backup holds, and when it was written. */
  readonly through: number
  readonly at: string
  /** Where the database lies that was replaced; `null`: there was none. */
  readonly keptAs: string | null
  /** The last entry of the export of the log that was given; `null`: there was none. */
  readonly knownThrough: number | null
}

/** What a restore is made from. */
export interface RestoreSource {
  readonly settings: Settings
  readonly config: ResolvedConfig
  readonly backup: string
  /** An export of the log that was made later; `null`: there is none. */
  readonly exported: string | null
  readonly replace: boolean
}

/** A copy of a backup that is made ready beside the database that it is to replace. */
export interface Candidate {
  readonly source: RestoreSource
  readonly path: string
  readonly inspection: Inspection & { readonly position: NonNullable<Inspection['position']> }
}

/** Works on a copy of a backup, which is removed where that fails. */
export async function withCandidate<Result>(
  source: RestoreSource,
  work: (candidate: Candidate) => Promise<Result>,
): Promise<Result> {
  const { backup, settings } = source
  const inspection = inspectDatabase(backup)
  const { fault, position } = inspection
  if (fault !== null || position === null)
    throw new StartError(`${backup} is no backup of Keywright (${fault ?? 'it has no log'}).`)
  makeDataFolder(settings.dataFolder)
  const path = `${databaseFile(settings.dataFolder)}.restoring`
  // What an earlier try left that was cut off.
  removeDatabase(path)
  copyFileSync(backup, path, constants.COPYFILE_EXCL)
  chmodSync(path, 0o600)
  try {
    return await work({ source, path, inspection: { ...inspection, position } })
  } catch (error) {
    removeDatabase(path)
    throw error
  }
}

/**
 * Makes the copy what is to be served: its log is verified, a new epoch begun, sign-ins are forgotten, what was taken away later is taken away again, and the mark
 * that waits for confirmation is set. `replaced`: a file of the database that it takes the place of.
 */
export async function prepareRestore(
  { source: { settings, config, exported }, path, inspection: { position, newest } }: Candidate,
  database: Database,
  replaced: string | null,
): Promise<Omit<Restored, 'keptAs'>> {
  const keys = await installationKeys(settings, database)
  const parts = { database, clock: systemClock, randomBytes, config: () => config, applied: async () => {}, ...keys }
  const store = await openStore(parts)
  const outside = readCheckpointFile(settings.checkpointFile).checkpoints
  // Checkpoints after the backup speak of entries that it cannot have.
  const held = outside.filter(({ number }) => number <= position.number)
  const { faults } = await verifyLog(store.read, store.log.signer, held)
  const [first] = faults
  if (first !== undefined)
    throw new StartError(
      `The log of the backup is not whole: entry ${first.number}: ${first.fault}. Nothing was restored.`,
    )
  const later = exported === null ? null : await readLaterEntries(exported, position, store.log.signer)
  const atMs = newest?.atMs ?? 0
  const at = new Date(atMs).toISOString()
  const caller = commandCaller(`restored from a backup of ${at}`)
  await beginNewEpoch(store.context.write, store.log, caller)
  await forgetSignIns(store.transact)
  const into = { storage: storageOf(store), caller, path }
  const carried = replaced === null ? none : await carryOver(into, replaced, position)
  const repeated = later === null ? none : await carryOverEvents(into, later.entries, position)
  await markRestore(store.transact, { through: position.number, atMs })
  return {
    through: position.number,
    at,
    knownThrough: later?.through ?? null,
    carried: [...carried.carried, ...repeated.carried],
    review: [...new Set([...carried.review, ...repeated.review])],
  }
}

const none: Carried = { carried: [], review: [] }

/** Opens the copy of a backup and closes it after the work. */
export async function withOpenCandidate<Result>(
  { path }: Pick<Candidate, 'path'>,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const database = openSqlite(path)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

/** The name under which a database is kept that was replaced. */
export const asideName = (path: string): string =>
  `${path}.before-restore-${new Date(systemClock.wallMs()).toISOString().replaceAll(/[:.]/g, '-')}`

import { closeSync, existsSync, openSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { systemClock } from '../clock.ts'
import { digestChain, LogSigner } from '../crypto.ts'
import { databaseFile, type InstallationKeys, installationKeys } from '../installation.ts'
import type { Settings } from '../settings.ts'
import { StartError } from '../start-error.ts'
import { type RowCounts, tablesOf } from '../storage/copy-tables.ts'
import type { Database } from '../storage/database.ts'
import { verifyLog } from '../storage/log/verify.ts'
import { migrate } from '../storage/migrate.ts'
import { openSqlite } from '../storage/sqlite.ts'
import { readCheckpointFile } from './checkpoint-file.ts'
import { inUse, isBusy, removeDatabase } from './one-file.ts'
import { type CopyProgress, onWholeServer, putInto } from './server-store.ts'

/** What a move did. */
export interface Moved {
  /** The last entry of the log. */
  readonly through: number
  readonly rows: RowCounts
  /** Where the database lies that was moved. */
  readonly keptAs: string
  /** What every server on the database has to be given. */
  readonly set: Readonly<Record<string, string>>
}

/** Moves the store of the data folder into the empty database of the settings, or changes nothing and throws a StartError. */
export async function moveStore(settings: Settings, progress?: CopyProgress): Promise<Moved> {
  if (settings.databaseUrl === null)
    throw new StartError(
      'Name the PostgreSQL database that the store moves to, in KEYWRIGHT_DATABASE_URL_FILE or KEYWRIGHT_DATABASE_URL.',
    )
  const path = databaseFile(settings.dataFolder)
  if (!existsSync(path))
    throw new StartError(
      `There is no database in ${settings.dataFolder} that could be moved; correct KEYWRIGHT_DATA or --data.`,
    )
  const staged = `${path}.moving`
  const held = hold(path)
  try {
    removeDatabase(staged)
    closeSync(openSync(staged, 'wx', 0o600))
    await backup(held, staged, { rate: 2_147_483_647 })
    const moved = await moveStaged(settings, staged, progress)
    const keptAs = `${path}.moved-${new Date(systemClock.wallMs()).toISOString().replaceAll(/[:.]/g, '-')}`
    renameSync(path, keptAs)
    return { ...moved, keptAs, set: toBeSet(settings) }
  } finally {
    held.close()
    removeDatabase(staged)
  }
}

/** Opens the database of a data folder so that no server can, until it is closed. */
function hold(path: string): DatabaseSync {
  const database = new DatabaseSync(path)
  try {
    // In this order: the change of the journal takes the lock, and an exclusive one is not given back.
    database.exec('pragma locking_mode = exclusive; pragma journal_mode = delete; begin exclusive; commit')
    const found = database.prepare('pragma quick_check(1)').get()?.['quick_check']
    if (found !== 'ok') throw new Error(String(found))
    return database
  } catch (error) {
    database.close()
    if (isBusy(error)) throw inUse(path)
    throw new StartError(
      `${path} is damaged or no database of Keywright (${error instanceof Error ? error.message : 'unknown'}); restore a backup first.`,
    )
  }
}

async function moveStaged(
  settings: Settings,
  staged: string,
  progress: CopyProgress | undefined,
): Promise<Pick<Moved, 'through' | 'rows'>> {
  const file = openSqlite(staged)
  try {
    await migrate(file, systemClock.wallMs())
    // Servers on a database server are given them; whoever moves may leave them where they are.
    const keys = await installationKeys({ ...settings, databaseUrl: null }, file)
    await refuseOtherPepper(file, keys)
    const signer = new LogSigner(keys.logKeys)
    const outside = readCheckpointFile(settings.checkpointFile).checkpoints
    const { faults, through } = await verifyLog(file.read, signer, outside)
    const [first] = faults
    if (first !== undefined)
      throw new StartError(
        `The log of the store is not whole: entry ${first.number}: ${first.fault}. Nothing was moved; \`keywright events verify\` names everything.`,
      )
    const rows = await onWholeServer(settings, await tablesOf(file.read), async (server) => {
      if (!server.empty)
        throw new StartError(
          'There is a store in the database of KEYWRIGHT_DATABASE_URL already; nothing was moved. Name an empty database: two stores cannot become one.',
        )
      return await putInto(server, file, signer, progress)
    })
    return { through, rows }
  } finally {
    await file.close()
  }
}

/** Whoever opens a store notes which pepper it was opened with: also second factors and webhooks depend on it. */
async function refuseOtherPepper({ read }: Pick<Database, 'read'>, { peppers }: InstallationKeys): Promise<void> {
  const { id } = digestChain([{ kind: 'hmac-sha256', pepper: peppers.current.id }])
  const noted = await read.selectFrom('digest_chains').select('id').execute()
  if (noted.length === 0 || noted.some((chain) => chain.id === id)) return
  throw new StartError(
    `The pepper ${peppers.current.id} was given, and the store was never opened with it; give the one of the store (KEYWRIGHT_PEPPER_FILE, or the file pepper in the data folder). Nothing was moved.`,
  )
}

/** The variables that every server needs, without their values where those are secret. */
function toBeSet({ dataFolder, pepper, logKey }: Settings): Readonly<Record<string, string>> {
  return {
    KEYWRIGHT_DATABASE_URL: 'as it was given to this command, or the address of the role that servers connect as',
    ...(pepper === null
      ? { KEYWRIGHT_PEPPER_FILE: join(dataFolder, 'pepper') }
      : { KEYWRIGHT_PEPPER: 'as it was given to this command' }),
    ...(logKey === null
      ? { KEYWRIGHT_LOG_KEY_FILE: join(dataFolder, 'log-key') }
      : { KEYWRIGHT_LOG_KEY: 'as it was given to this command' }),
  }
}

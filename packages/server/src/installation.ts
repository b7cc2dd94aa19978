import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ResolvedConfig } from '@keywright/core'
import { type Clock, systemClock } from './clock.ts'
import { type KeyRing, logKeysOf, type Peppers, peppersOf } from './crypto.ts'
import { type InstallationSecret, makeInstallationSecret, readInstallationSecret } from './installation-secret.ts'
import { migrateServerDatabase, openServerDatabase } from './open-database.ts'
import type { Settings } from './settings.ts'
import type { Spans } from './spans.ts'
import { StartError } from './start-error.ts'
import type { Database } from './storage/database.ts'
import { openStore } from './storage/open-store.ts'
import type { Applied, Storage } from './storage/ports.ts'
import type { PulseRelay } from './storage/pulse.ts'
import { type SignInDatabase, signInDatabase } from './storage/sign-in-database.ts'
import { openSqlite } from './storage/sqlite.ts'
import { storageOf } from './storage/storage.ts'
import { storeUse } from './storage/store-use.ts'

/** The embedded database of a data folder. */
export const databaseFile = (folder: string): string => join(folder, 'keywright.db')

/** The secrets that lie beside the database. */
export interface InstallationKeys {
  readonly peppers: Peppers
  readonly logKeys: KeyRing
}

const pepperOf = (settings: Settings): InstallationSecret => ({
  label: 'pepper',
  file: 'pepper',
  variable: 'KEYWRIGHT_PEPPER',
  given: settings.pepper,
})

const logKeyOf = (settings: Settings): InstallationSecret => ({
  label: 'log key',
  file: 'log-key',
  variable: 'KEYWRIGHT_LOG_KEY',
  given: settings.logKey,
})

/** The secrets of an installation on a database server: every node has to be given the same ones, so that none is ever made. */
function givenKeys(settings: Settings): InstallationKeys {
  const bytesOf = ({ label, variable, given }: InstallationSecret): Uint8Array => {
    if (given !== null) return Buffer.from(given.expose(), 'utf8')
    throw new StartError(
      `With KEYWRIGHT_DATABASE_URL the ${label} must be given, the same to every server: set ${variable} or ${variable}_FILE; make one for a new database with \`openssl rand -hex 32\`.`,
    )
  }
  return { peppers: peppersOf(bytesOf(pepperOf(settings))), logKeys: logKeysOf(bytesOf(logKeyOf(settings))) }
}

/** Reads the secrets of an installation. Missing ones are made while nothing depends on them; afterwards a missing one is a StartError. */
export async function installationKeys(
  settings: Settings,
  database: Pick<Database, 'read'>,
): Promise<InstallationKeys> {
  if (settings.databaseUrl !== null) return givenKeys(settings)
  const use = await storeUse(database)
  const bytesOf = (secret: InstallationSecret, needed: boolean): Uint8Array => {
    const found = readInstallationSecret(settings.dataFolder, secret)
    if (found !== undefined) return found
    if (!needed) return makeInstallationSecret(settings.dataFolder, secret)
    throw new StartError(
      `The database in ${settings.dataFolder} needs its ${secret.label}, and there is none; put the file ${secret.file} back into the folder or give ${secret.variable}. A new one would not fit what is stored.`,
    )
  }
  return {
    peppers: peppersOf(bytesOf(pepperOf(settings), use.digests)),
    logKeys: logKeysOf(bytesOf(logKeyOf(settings), use.log)),
  }
}

/** Reads the log key of an installation, only to verify: a missing one is never made. */
export function logKeysToVerify(settings: Settings): KeyRing {
  if (settings.databaseUrl !== null) return givenKeys(settings).logKeys
  const secret = logKeyOf(settings)
  const found = readInstallationSecret(settings.dataFolder, secret)
  if (found !== undefined) return logKeysOf(found)
  throw new StartError(
    `The log cannot be verified without its ${secret.label}; put the file ${secret.file} back into ${settings.dataFolder} or give ${secret.variable}.`,
  )
}

/** Makes the data folder, and those above it, where they are not there. */
export function makeDataFolder(folder: string): void {
  try {
    makeFolder(folder)
  } catch {
    throw new StartError(
      `The data folder ${folder} cannot be made; choose one that this user may write in (KEYWRIGHT_DATA).`,
    )
  }
}

/** Makes a folder and those above it. Node's own recursive making never ends in places such as /proc, which are there and yet answer that they are not. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  const above = dirname(folder)
  if (!existsSync(above)) makeFolder(above)
  mkdirSync(folder, { mode: 0o700 })
}

/** What an installation is opened with besides its settings. */
export interface InstallationParts {
  readonly config: ResolvedConfig
  readonly clock?: Clock
  /** Awaited after each change; where nothing remembers anything, there is nothing to do. */
  readonly applied?: Applied
  /** Other processes that serve the same store hear by it what changes beside the log. */
  readonly pulse?: PulseRelay | undefined
  /** Times transactions; absent where nothing is traced. */
  readonly spans?: Spans | undefined
  /** For commands that may take long on a database server: nothing is cut short. */
  readonly patient?: boolean
}

/** An open installation. Closing the storage closes all of it. */
export interface Installation {
  readonly storage: Storage
  /** The tables by which people sign in. */
  readonly signIn: SignInDatabase
  /** The bytes of the pepper: the keys of what is signed for people are derived from them. */
  readonly pepper: Uint8Array
}

/** Opens the store of the settings: a database server, or the embedded one with the secrets that lie beside it. The first opening makes all of it. */
export const openInstallation = async (settings: Settings, parts: InstallationParts): Promise<Storage> =>
  (await openWhole(settings, parts)).storage

async function openDatabase(settings: Settings, clock: Clock, patient: boolean): Promise<Database> {
  if (settings.databaseUrl === null) {
    makeDataFolder(settings.dataFolder)
    return openSqlite(databaseFile(settings.dataFolder))
  }
  // Asked first, so that a server without its secrets leaves an empty database empty.
  givenKeys(settings)
  await migrateServerDatabase(settings, clock.wallMs())
  return await openServerDatabase(settings, { patient })
}

/** The same with what a server needs besides, to let people sign in. */
export async function openWhole(
  settings: Settings,
  { config, clock = systemClock, applied = async () => {}, pulse, spans, patient = false }: InstallationParts,
): Promise<Installation> {
  const database = await openDatabase(settings, clock, patient)
  try {
    const keys = await installationKeys(settings, database)
    const store = await openStore({ database, clock, randomBytes, config: () => config, applied, spans, ...keys })
    const pepper = new Uint8Array(keys.peppers.current.key.export())
    return { storage: storageOf(store, pulse), signIn: signInDatabase(store), pepper }
  } catch (error) {
    await database.close()
    throw error
  }
}

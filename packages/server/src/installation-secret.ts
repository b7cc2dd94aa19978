import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Secret } from './secret.ts'
import { StartError } from './start-error.ts'

/** One of the two secrets that an installation keeps outside its database. */
export interface InstallationSecret {
  /** How people call it: `pepper`, `log key`. */
  readonly label: string
  /** Its file in the data folder. */
  readonly file: string
  /** The environment variable that gives it instead. */
  readonly variable: string
  readonly given: Secret | null
}

/** Bytes of a secret: those given by the environment, else those of its file; `undefined`: there are none. */
export function readInstallationSecret(folder: string, secret: InstallationSecret): Uint8Array | undefined {
  if (secret.given !== null) return Buffer.from(secret.given.expose(), 'utf8')
  const path = join(folder, secret.file)
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new StartError(`The ${secret.label} in ${path} cannot be read; let the user that runs Keywright read it.`)
  }
  if (text.length < 32)
    throw new StartError(
      `The ${secret.label} in ${path} is damaged: it is too short; put the whole file back from where it is kept safe.`,
    )
  return Buffer.from(text, 'utf8')
}

/** Makes a secret and writes its file (mode 0600, never over another), durably, before anything depends on it. */
export function makeInstallationSecret(folder: string, secret: InstallationSecret): Uint8Array {
  const path = join(folder, secret.file)
  const text = randomBytes(32).toString('hex')
  try {
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, `${text}\n`)
    fsyncSync(file)
    closeSync(file)
  } catch {
    throw new StartError(
      `The ${secret.label} cannot be written to ${path}; make the folder writable for the user that runs Keywright.`,
    )
  }
  return Buffer.from(text, 'utf8')
}

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from './start-error.ts'

/** What a restored store cannot know of itself, kept beside it until an operator has confirmed it. */
export interface RestoreMark {
  /** The last entry of the log that the backup holds. */
  readonly through: number
  /** When that entry was written, RFC 3339. */
  readonly at: string
}

const fileOf = (folder: string): string => join(folder, 'restore-unconfirmed.json')

/** Keeps a data folder from being served until the restore is confirmed. */
export function markRestore(folder: string, mark: RestoreMark): void {
  writeFileSync(fileOf(folder), `${JSON.stringify(mark)}\n`, { mode: 0o600, flush: true })
}

/** The mark of a restore that nobody has confirmed yet. A damaged mark counts as one. */
export function readRestoreMark(folder: string): RestoreMark | null {
  const path = fileOf(folder)
  if (!existsSync(path)) return null
  const unknown = { through: 0, at: 'an unknown time' }
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof value !== 'object' || value === null || !('through' in value) || !('at' in value)) return unknown
    return typeof value.through === 'number' && typeof value.at === 'string'
      ? { through: value.through, at: value.at }
      : unknown
  } catch {
    return unknown
  }
}

/** Throws a StartError while a restore is unconfirmed: a key that was revoked after the backup would be accepted again. */
export function refuseUnconfirmedRestore(folder: string): void {
  const mark = readRestoreMark(folder)
  if (mark === null) return
  throw new StartError(
    `The store in ${folder} was restored from a backup that ends at entry ${mark.through} of the log (${mark.at}). Revocations, pauses and narrowed grants after it are not in it, so that keys could be accepted again; no key is accepted until you have looked and run \`keywright restore --confirm\`.`,
  )
}

/** Takes the mark away; false where there was none. */
export function confirmRestore(folder: string): boolean {
  if (!existsSync(fileOf(folder))) return false
  rmSync(fileOf(folder))
  return true
}

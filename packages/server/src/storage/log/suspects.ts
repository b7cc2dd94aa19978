import type { LogSigner } from '../../crypto.ts'
import type { LogEntryRow } from '../schema.ts'
import { entryHash } from './chain.ts'
import type { Faults } from './faults.ts'

/** An entry whose hash does not follow from the entry before it as that is stored. */
export interface Suspect {
  readonly entry: LogEntryRow
  /** The hashes that could have been before it. */
  readonly previous: readonly string[]
}

const suspectsMax = 64

/**
 * Tells which suspects are themselves at fault. One that follows from the hash of another suspect is intact: the entry before it was moved or altered. One
 * that is intact under the number of another was put in its place.
 */
export function judgeSuspects(signer: LogSigner, suspects: readonly Suspect[], faults: Faults): void {
  const weighed = suspects.slice(0, suspectsMax)
  const pool = [...new Set(weighed.flatMap(({ entry, previous }) => [entry.hash, ...previous]))]
  const follows = (entry: LogEntryRow): boolean => pool.some((hash) => entryHash(signer, hash, entry) === entry.hash)
  const guilty = suspects.filter(({ entry }, index) => index >= suspectsMax || !follows(entry))
  for (const { entry } of guilty) {
    const origin = guilty.slice(0, suspectsMax).find(({ entry: other }) => follows({ ...entry, number: other.number }))
    faults.add(
      entry.number,
      origin === undefined
        ? 'the entry was altered'
        : `what stands here is entry ${origin.entry.number}, which was moved`,
    )
  }
}

import { type RawBuilder, sql } from 'kysely'
import { place, type StatementValues } from './database.ts'

/** The open places of the digests that a presented text may be stored under. */
export const digestPlaces = (count: number): RawBuilder<unknown> =>
  sql.join(Array.from({ length: count }, (_, index) => sql`${place(`digest${index}`)}`))

/** What those places are given; nearly every store has one way to a digest. */
export const digestValues = (digests: readonly string[]): StatementValues =>
  digests.length === 1
    ? { digest0: digests[0] as string }
    : Object.fromEntries(digests.map((digest, index) => [`digest${index}`, digest]))

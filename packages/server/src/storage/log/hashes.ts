import type { Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

/** The most numbers of one statement. */
const numbersMax = 1_000

/** The hashes of entries by their numbers; those that are not there are missing. */
export async function hashesOf(read: Kysely<Schema>, numbers: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const hashes = new Map<number, string>()
  for (let from = 0; from < numbers.length; from += numbersMax) {
    const rows = await read
      .selectFrom('log_entries')
      .select(['number', 'hash'])
      .where('number', 'in', numbers.slice(from, from + numbersMax))
      .execute()
    for (const { number, hash } of rows) hashes.set(number, hash)
  }
  return hashes
}

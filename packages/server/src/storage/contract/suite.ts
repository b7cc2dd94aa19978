import { afterEach, beforeAll, describe } from 'vitest'
import { openTestDatabase, type TestDatabaseKind, type TestOptions, testDatabases } from '../testing.ts'
import { openParts, type Parts } from './parts.ts'

/** Opens a store of the kind that is being tried; it is closed after the test. */
export type Open = (options?: Omit<TestOptions, 'kind' | 'clock'>) => Promise<Parts>

/** Runs a part of the storage contract on every kind of database. */
export function contractSuite(name: string, cases: (open: Open, kind: TestDatabaseKind) => void): void {
  for (const kind of testDatabases) {
    const suite = kind === 'postgres' ? describe.skipIf(!process.env['KEYWRIGHT_TEST_POSTGRES']) : describe
    suite(`${name} on ${kind}`, () => contractOn(kind, cases))
  }
}

function contractOn(kind: TestDatabaseKind, cases: (open: Open, kind: TestDatabaseKind) => void): void {
  const opened: Parts[] = []
  // The first opening starts PostgreSQL, which no test should be charged with.
  beforeAll(async () => (await openTestDatabase(kind)).close(), 60_000)
  afterEach(async () => {
    for (const parts of opened.splice(0)) await parts.close()
  })
  cases(async (options = {}) => {
    const parts = await openParts({ kind, ...options })
    opened.push(parts)
    return parts
  }, kind)
}

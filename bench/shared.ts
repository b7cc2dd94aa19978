import { randomBytes } from 'node:crypto'
import { startPostgres } from '../packages/server/src/storage/testing-postgres.ts'

/** What several nodes share. */
interface Shared {
  /** What each node is given for it. */
  readonly environment: Readonly<Record<string, string>>
  readonly url: string
  stop(): Promise<void>
}

/** Starts a PostgreSQL of its own that keeps what it has confirmed, with an empty database. */
export async function startShared(): Promise<Shared> {
  process.env['KEYWRIGHT_TEST_POSTGRES'] ??= '/usr/lib/postgresql/15/bin'
  const postgres = await startPostgres('fsync=on')
  const url = await postgres.createDatabase('bench')
  return {
    environment: {
      KEYWRIGHT_DATABASE_URL: url,
      KEYWRIGHT_PEPPER: randomBytes(32).toString('hex'),
      KEYWRIGHT_LOG_KEY: randomBytes(32).toString('hex'),
    },
    url,
    stop: () => postgres.stop(),
  }
}

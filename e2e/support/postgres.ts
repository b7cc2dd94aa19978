import { randomBytes } from 'node:crypto'
import { startPostgres, type TestPostgres } from '../../packages/server/src/storage/testing-postgres.ts'
import { type ChildServer, startServer } from './child-server.ts'
import { afterwards, temporaryFolder } from './cleanup.ts'

/** What every node of an installation on PostgreSQL is given. */
export type Installation = Readonly<Record<string, string>> & { readonly KEYWRIGHT_OPERATOR_KEY: string }

/** Starts a PostgreSQL server that ends with the file's tests. */
export async function ownPostgres(...settings: readonly string[]): Promise<TestPostgres> {
  const postgres = await startPostgres(...settings)
  afterwards(() => postgres.stop())
  return postgres
}

/** An installation on an empty database of a server, with secrets of its own. */
export async function installationOn(
  postgres: TestPostgres,
  database: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Installation> {
  return {
    KEYWRIGHT_DATABASE_URL: await postgres.createDatabase(database),
    KEYWRIGHT_PEPPER: randomBytes(32).toString('hex'),
    KEYWRIGHT_LOG_KEY: randomBytes(32).toString('hex'),
    KEYWRIGHT_OPERATOR_KEY: randomBytes(32).toString('hex'),
    ...more,
  }
}

/** Starts so many servers of an installation at once, each in a process and a folder of its own. */
export const startNodes = (
  installation: Readonly<Record<string, string>>,
  count: number,
): Promise<readonly ChildServer[]> =>
  Promise.all(Array.from({ length: count }, () => startServer({ ...installation, KEYWRIGHT_DATA: temporaryFolder() })))

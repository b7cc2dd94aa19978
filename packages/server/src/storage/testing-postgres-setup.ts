import { startPostgres, type TestPostgres } from './testing-postgres.ts'

let server: TestPostgres | undefined

/** Starts one PostgreSQL server for all test files of a run, each of which makes databases of its own in it. */
export async function setup(): Promise<void> {
  if (process.env['KEYWRIGHT_TEST_POSTGRES'] === undefined) return
  server = await startPostgres()
  process.env['KEYWRIGHT_TEST_POSTGRES_URL'] = server.url('postgres')
}

/** Ends it. */
export async function teardown(): Promise<void> {
  await server?.stop()
}

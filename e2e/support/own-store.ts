import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startRedis, type TestRedis } from '../../packages/server/src/redis/testing.ts'
import { runOn } from '../../packages/server/src/storage/testing-postgres.ts'
import { afterwards } from './cleanup.ts'
import type { MovedClock, TimeElsewhere } from './moved-clock.ts'

/** Whether this run puts each server on PostgreSQL and Redis instead of the embedded database. */
export const onDatabaseServer = process.env['KEYWRIGHT_TEST_STORE'] === 'postgres'

/** Variables of a server. */
type Environment = Readonly<Record<string, string>>

const redises = new Map<string, TestRedis>()

/**
 * What a server is given for a store that nobody else uses, until the file's tests are over: nothing where that is the data folder; otherwise
 * an empty database in the run's PostgreSQL, a Redis, and secrets. Both keep the time of the clock, where there is one.
 */
export async function ownStore(clock?: MovedClock): Promise<Environment> {
  if (!onDatabaseServer) return {}
  const [url, redis] = await Promise.all([createDatabase(), startRedis()])
  redises.set(redis.url, redis)
  afterwards(() => redis.stop())
  if (clock !== undefined) {
    await runOn(url, ownTimeSql)
    await clock.follow(async (time, passedMs) => {
      await runOn(url, timeSql(time))
      await letPass(redis, passedMs)
    })
  }
  return {
    KEYWRIGHT_DATABASE_URL: url,
    KEYWRIGHT_REDIS_URL: redis.url,
    // A busy machine is given time: none of these tests is about how long an answer takes, and what a node did it sees at once.
    KEYWRIGHT_FRESHNESS_MS: '5000',
    KEYWRIGHT_PEPPER: randomBytes(32).toString('hex'),
    KEYWRIGHT_LOG_KEY: randomBytes(32).toString('hex'),
  }
}

/** Makes an empty database in the PostgreSQL of the run, and answers its address. */
async function createDatabase(): Promise<string> {
  const server = process.env['KEYWRIGHT_TEST_POSTGRES_URL']
  if (server === undefined) throw new Error('no PostgreSQL server was started for the tests')
  const name = `keywright_own_${process.pid}_${randomBytes(4).toString('hex')}`
  await runOn(server, `create database ${name}`)
  afterwards(() => runOn(server, `drop database ${name} with (force)`))
  return Object.assign(new URL(server), { pathname: name }).href
}

/** In front of the database's own clock, for whoever asks for it by its plain name, one that is told what time it is. */
const ownTimeSql = `
  create schema testing;
  create table testing.clock (stands_at_ms double precision, behind_ms double precision not null);
  insert into testing.clock values (null, 0);
  create function testing.clock_timestamp() returns timestamptz language sql volatile as $$
    select coalesce(
      to_timestamp(stands_at_ms / 1000), pg_catalog.clock_timestamp() - behind_ms * interval '1 millisecond'
    ) from testing.clock
  $$;
  do $$ begin execute format('alter database %I set search_path = public, testing, pg_catalog', current_database()); end $$`

const timeSql = (time: TimeElsewhere): string =>
  'standsAtMs' in time
    ? `update testing.clock set stands_at_ms = ${time.standsAtMs}, behind_ms = 0`
    : `update testing.clock set stands_at_ms = null, behind_ms = ${time.behindMs}`

/** Redis has no clock that could be moved: what it counts is made so much older instead, which is the same to whoever asks. */
const letPass = (redis: TestRedis, passedMs: number): Promise<unknown> =>
  redis.client.eval(
    `for _, key in ipairs(redis.call('KEYS', '*:limit:*')) do
      local fields = cmsgpack.unpack(redis.call('GET', key))
      fields[1] = fields[1] - tonumber(ARGV[1]) * 1000
      redis.call('SET', key, cmsgpack.pack(fields), 'KEEPTTL')
    end`,
    0,
    String(passedMs),
  )

/** Everything that a server's store holds, by where it was found: files of the data folder, or the database and Redis as they are written out. */
export async function everythingStored(environment: Environment): Promise<ReadonlyMap<string, Buffer | string>> {
  const folder = environment['KEYWRIGHT_DATA'] ?? ''
  // The two secrets are kept apart from the database.
  const files = readdirSync(folder).filter((name) => name !== 'pepper' && name !== 'log-key')
  const places = new Map<string, Buffer | string>(files.map((name) => [name, readFileSync(join(folder, name))]))
  if (!onDatabaseServer) return places
  places.set('the database', dumped(environment))
  const client = redises.get(environment['KEYWRIGHT_REDIS_URL'] ?? '')?.client
  if (client === undefined) throw new Error('the store of this environment was not made by ownStore')
  for (const key of await client.keys('*')) places.set(`Redis: ${key}`, (await client.getBuffer(key)) ?? '')
  return places
}

/** The whole database as PostgreSQL's own program writes it out. */
export const dumped = (environment: Environment): Buffer =>
  execFileSync(
    join(process.env['KEYWRIGHT_TEST_POSTGRES'] ?? '', 'pg_dump'),
    ['--inserts', environment['KEYWRIGHT_DATABASE_URL'] ?? ''],
    { maxBuffer: 2 ** 28 },
  )

/** What a server's store holds of a key: its own row, and every row of every table as JSON. */
export async function storedRows(
  environment: Environment,
  id: string,
): Promise<{ readonly row: Readonly<Record<string, unknown>> | undefined; readonly all: string }> {
  const rows = onDatabaseServer ? await rowsOfServer(environment) : rowsOfFile(environment)
  return { row: rows.get('keys')?.find((row) => row['id'] === id), all: JSON.stringify([...rows]) }
}

type Rows = ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>

function rowsOfFile(environment: Environment): Rows {
  const database = new DatabaseSync(join(environment['KEYWRIGHT_DATA'] ?? '', 'keywright.db'), { readOnly: true })
  try {
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all()
    return new Map(tables.map(({ name }) => [String(name), database.prepare(`select * from "${String(name)}"`).all()]))
  } finally {
    database.close()
  }
}

async function rowsOfServer(environment: Environment): Promise<Rows> {
  const url = environment['KEYWRIGHT_DATABASE_URL'] ?? ''
  const tables = await runOn(url, "select tablename as name from pg_tables where schemaname = 'public'")
  const rows = new Map<string, readonly Readonly<Record<string, unknown>>[]>()
  for (const { name } of tables) rows.set(String(name), await runOn(url, `select * from "${String(name)}"`))
  return rows
}

import { isProblem } from '@keywright/core'
import { sql } from 'kysely'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { checksOf } from './checks.ts'
import { accountEvent, storeKey } from './contract/parts.ts'
import type { Database } from './database.ts'
import { headReader } from './log/head.ts'
import { verifyLog } from './log/verify.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations/all.ts'
import type { Migration } from './migrations/migration.ts'
import { openStore, type Store } from './open-store.ts'
import { openPostgres } from './postgres.ts'
import { storageOf } from './storage.ts'
import { StoreUnavailableError } from './store-unavailable.ts'
import {
  openTestPostgres,
  type TestClock,
  testClock,
  testConfig,
  testLogKeys,
  testOperator,
  testPeppers,
  testRandomBytes,
} from './testing.ts'

/** One event that nothing else waits for. */
const change = (store: Store, accountId = 'acc_1') =>
  store.context.write(testOperator, async ({ append }) => append(accountEvent(accountId)))

const headOf = (store: Store) => headReader(store.database, store.log.signer, store.clock)

describe.skipIf(!process.env['KEYWRIGHT_TEST_POSTGRES'])('a PostgreSQL server', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  const storeOn = (database: Database, clock: TestClock = testClock(), seed = 1): Promise<Store> =>
    openStore({
      database,
      clock,
      randomBytes: testRandomBytes(seed),
      peppers: testPeppers,
      logKeys: testLogKeys,
      config: () => testConfig(),
      applied: async () => {},
    })

  /** Another process on the same database. */
  const another = (url: string): Database => {
    const database = openPostgres(url)
    closing.push(() => database.close())
    return database
  }

  /** An empty database with its own time, opened by as many nodes. */
  async function nodes(count: number): Promise<{ readonly url: string; readonly stores: readonly Store[] }> {
    const { database, url, close } = await openTestPostgres({})
    closing.push(close)
    const databases = [database, ...Array.from({ length: count - 1 }, () => another(url))]
    const stores = await Promise.all(databases.map((each, index) => storeOn(each, testClock(), index + 1)))
    return { url, stores }
  }

  /** A connection of the test's own. */
  async function client(url: string): Promise<pg.Client> {
    const opened = new pg.Client({ connectionString: url })
    await opened.connect()
    closing.push(() => opened.end())
    return opened
  }

  const endAll = async (url: string) => {
    const own = await client(url)
    await own.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'keywright'",
    )
  }

  it('is opened by several nodes at once, of which one makes the schema and begins the log', async () => {
    const { stores } = await nodes(4)
    const [store] = stores as [Store]
    const entries = await store.read.selectFrom('log_entries').select('type').execute()
    expect(entries).toEqual([{ type: 'installation.created' }])
    for (const each of stores) await change(each)
    expect((await verifyLog(store.read, store.log.signer, [])).faults).toEqual([])
  })

  it('is migrated once by nodes of two releases that start at the same moment, all of which go on', async () => {
    const { database, url, close } = await openTestPostgres({})
    closing.push(close)
    const next: Migration = {
      name: 'next',
      compatibleFrom: migrations.length,
      up: async (transaction) => void (await sql`create table next_table (id integer)`.execute(transaction)),
    }
    const lists = [migrations, [...migrations, next]]
    const applied = await Promise.all(
      [database, another(url), another(url), another(url)].map((each, index) => migrate(each, 1, lists[index % 2])),
    )
    expect(applied.flat().sort()).toEqual([...migrations, next].map(({ name }) => name).sort())
    for (const list of lists) expect(await migrate(database, 1, list)).toEqual([])
    await change(await storeOn(another(url)))
  })

  it('tells the time of events, facts and the head, however wrong the clock of a node is', async () => {
    const { database, url, close } = await openTestPostgres({})
    closing.push(close)
    const own = await client(url)
    const databaseMs = async () =>
      Number((await own.query('select extract(epoch from clock_timestamp()) * 1000 as ms')).rows[0]?.ms)
    // Years behind, and standing still.
    const store = await storeOn(database, testClock(0))
    const text = await storeKey(store, 'key_1')
    const before = await databaseMs()
    await change(store)
    const head = await headOf(store)(null)
    const { storeTimeMs } = await checksOf(store, headOf(store)).key(text)
    const nowMs = await store.context.now()
    const after = await databaseMs()
    const entry = await store.read
      .selectFrom('log_entries')
      .select('at_ms')
      .orderBy('number', 'desc')
      .executeTakeFirstOrThrow()
    for (const told of [entry.at_ms, head.storeTimeMs, storeTimeMs, nowMs]) {
      expect(told).toBeGreaterThanOrEqual(Math.floor(before))
      expect(told).toBeLessThanOrEqual(Math.ceil(after))
    }
  })

  it('commits durably although the database is set not to, and leaves a stricter setting alone', async () => {
    const { url, close } = await openTestPostgres({})
    closing.push(close)
    const own = await client(url)
    const name = new URL(url).pathname.slice(1)
    const shown = async (opened: Database) =>
      (await sql<{ synchronous_commit: string }>`show synchronous_commit`.execute(opened.write)).rows[0]
        ?.synchronous_commit
    closing.push(() => own.query(`alter database ${name} reset synchronous_commit`))
    for (const [set, expected] of [
      ['off', 'on'],
      ['local', 'on'],
      ['remote_apply', 'remote_apply'],
    ]) {
      await own.query(`alter database ${name} set synchronous_commit = '${set}'`)
      expect(await shown(another(url))).toBe(expected)
    }
  })

  it('answers checks while every connection for listings and for changes is busy', async () => {
    const { url, stores } = await nodes(1)
    const [store] = stores as [Store]
    const text = await storeKey(store, 'key_1')
    const holder = await client(url)
    await holder.query('select pg_advisory_lock(1)')
    const blocked = [store.database.read, store.database.write].flatMap((database) =>
      Array.from({ length: 20 }, () => sql`select pg_advisory_xact_lock(1)`.execute(database)),
    )
    const checks = checksOf(store, headOf(store))
    expect((await checks.key(text)).facts?.id).toBe('key_1')
    expect((await checks.head(null)).position.number).toBe(2)
    await holder.query('select pg_advisory_unlock(1)')
    await Promise.all(blocked)
  })

  it('outlives the end of all its connections, and says that it could not be reached rather than that something broke', async () => {
    const { url, stores } = await nodes(1)
    const [store] = stores as [Store]
    const checks = checksOf(store, headOf(store))
    await checks.head(null)
    await checks.account('acc_1')
    const slow = sql`select pg_sleep(60)`.execute(store.database.read)
    const changing = store.context.write(testOperator, async ({ database }) => {
      await sql`select pg_sleep(60)`.execute(database)
    })
    const outcomes = Promise.allSettled([slow, changing])
    const own = await client(url)
    await expect
      .poll(async () => (await own.query("select 1 from pg_stat_activity where wait_event = 'PgSleep'")).rowCount)
      .toBe(2)
    await endAll(url)
    for (const outcome of await outcomes) {
      expect(outcome.status).toBe('rejected')
      expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(StoreUnavailableError)
    }
    // Whoever comes first may meet a connection that has just gone; after that everything is as before.
    await expect.poll(async () => (await checks.head(null)).position.number).toBe(1)
    await expect.poll(async () => (await checks.account('acc_1')).facts).toBe(undefined)
    await change(store)
    expect((await checks.head(null)).position.number).toBe(2)
  })

  it('repeats a change that the database ended since it waited crosswise with another', async () => {
    const { stores } = await nodes(2)
    const [first, second] = stores as [Store, Store]
    let waiting = 0
    let go: () => void = () => {}
    const both = new Promise<void>((resolve) => {
      go = resolve
    })
    const crosswise = (store: Store, locks: readonly number[]) =>
      store.transact(async (database) => {
        await sql`set local deadlock_timeout = 50`.execute(database).catch(() => {})
        const [one, two] = locks
        await sql`select pg_advisory_xact_lock(${sql.lit(one)})`.execute(database)
        if (++waiting === 2) go()
        await both
        await sql`select pg_advisory_xact_lock(${sql.lit(two)})`.execute(database)
        return { result: 'done', keep: true }
      })
    expect(await Promise.all([crosswise(first, [11, 12]), crosswise(second, [12, 11])])).toEqual(['done', 'done'])
    expect(waiting).toBe(3)
  })

  it('goes on with statements that were prepared before another release added a column', async () => {
    const { url, stores } = await nodes(1)
    const [store] = stores as [Store]
    await storeKey(store, 'key_1')
    const lock = () =>
      store.transact(async (database) => ({
        result: (await store.context.statements.lockAccount(database, { id: 'acc_1' })).rows.length,
        keep: true,
      }))
    for (let round = 0; round < 3; round++) await lock()
    await (await client(url)).query('alter table accounts add column later text')
    expect(await lock()).toBe(1)
  })

  describe('tells other nodes', () => {
    /** What a listener heard. */
    function listening(store: Store) {
      const heard = { positions: [] as number[], connected: 0 }
      const listener = storageOf(store).listen({
        moved: ({ number }) => void heard.positions.push(number),
        connected: () => void heard.connected++,
      })
      closing.push(() => listener.close())
      return heard
    }

    it('of each change, with its position, when it is committed and not before', async () => {
      const { stores } = await nodes(2)
      const [first, second] = stores as [Store, Store]
      const heard = listening(second)
      await expect.poll(() => heard.connected).toBe(1)
      await first.context
        .write(testOperator, async ({ append }) => {
          append(accountEvent('acc_1'))
          throw new Error('not to be kept')
        })
        .catch(() => {})
      await change(first)
      await change(first)
      await expect.poll(() => heard.positions).toEqual([2, 3])
    })

    it('again after the connection was cut, and says that something may have been missed', async () => {
      const { url, stores } = await nodes(2)
      const [first, second] = stores as [Store, Store]
      const heard = listening(second)
      await expect.poll(() => heard.connected).toBe(1)
      await endAll(url)
      await expect.poll(() => heard.connected, { timeout: 5_000 }).toBe(2)
      await change(first).catch(() => change(first))
      await expect.poll(() => heard.positions.length).toBe(1)
    })

    it('U3: a page that waits for an account hears of a change, and of usage, on another node', async () => {
      const { stores } = await nodes(2)
      const [here, there] = stores.map((store) => storageOf(store)) as [
        ReturnType<typeof storageOf>,
        ReturnType<typeof storageOf>,
      ]
      let connected = false
      const listener = here.listen({ moved: () => {}, connected: () => (connected = true) })
      closing.push(() => listener.close())
      await expect.poll(() => connected).toBe(true)
      const account = await there.accounts.create(testOperator, { name: 'An account' })
      if (isProblem(account)) throw new Error(account.problem)
      const { id } = account.record
      const key = await there.keys.create(testOperator, id, { name: 'A key' })
      if (isProblem(key)) throw new Error(key.problem)
      const wait = async (after: string) => {
        const answer = await here.insights.changes(id, after, { waitMs: 10_000 })
        if (isProblem(answer)) throw new Error(answer.problem)
        return answer
      }
      const start = await here.insights.changes(id, null)
      if (isProblem(start)) throw new Error(start.problem)
      const renamed = wait(start.cursor)
      await there.accounts.update(testOperator, id, { name: 'Another name' })
      const first = await renamed
      expect(first.changed).toEqual(['account'])
      const used = wait(first.cursor)
      const usage = [{ keyId: key.record.id, hourMs: 0, code: 'VALID' as const, tag: '', count: 1 }]
      await there.usage.store({ process: 'there', number: 1, usage, lastUsed: [], activity: [], refusals: [] })
      expect((await used).changed).toEqual(['usage'])
    })
  })
})

import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { Digests } from '../crypto.ts'
import { storeKey } from './contract/parts.ts'
import { tablesOf } from './copy-tables.ts'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations/all.ts'
import { openStore, type Store } from './open-store.ts'
import type { UsageBatch } from './ports.ts'
import { openPostgres } from './postgres.ts'
import { StoreUnavailableError } from './store-unavailable.ts'
import {
  openTestPostgres,
  openTestSqlite,
  testClock,
  testConfig,
  testLogKeys,
  testPeppers,
  testRandomBytes,
} from './testing.ts'
import { usageOf } from './usage.ts'
import { dropPartitions, findParts, makePartitions } from './usage-partitions.ts'
import { fillFrom, withWholeServer } from './whole-store.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const weekMs = 7 * dayMs
/** The first Monday of the epoch. */
const mondayMs = 4 * dayMs

const weekOf = (atMs: number): number => atMs - ((atMs - mondayMs) % weekMs)
const dayOf = (atMs: number): number => atMs - (atMs % dayMs)
const nameOf = (table: string, startMs: number): string =>
  `${table}_from_${new Date(startMs).toISOString().slice(0, 10).replaceAll('-', '_')}`

const batchOf = (number: number, moments: readonly number[]): UsageBatch => ({
  process: 'process-1',
  number,
  usage: moments.map((atMs) => ({ keyId: 'key_1', hourMs: atMs - (atMs % hourMs), code: 'VALID', tag: '', count: 1 })),
  activity: moments.map((atMs) => {
    const asked = { permission: null, network: null, userAgent: null, tag: null }
    return { keyId: 'key_1', atMs, code: 'VALID', ...asked }
  }),
  lastUsed: [],
  refusals: [],
})

describe.skipIf(!process.env['KEYWRIGHT_TEST_POSTGRES'])('usage that is split by time', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  const storeOn = (database: Database): Promise<Store> =>
    openStore({
      database,
      clock: testClock(),
      randomBytes: testRandomBytes(),
      peppers: testPeppers,
      logKeys: testLogKeys,
      config: () => testConfig(),
      applied: async () => {},
    })

  const run = async (store: Pick<Store, 'database'>, statement: string) =>
    await sql.raw(statement).execute(store.database.write)

  /** An open store on an empty database, whose time is that of the database, with one key. */
  async function opened() {
    const { database, url, close } = await openTestPostgres({})
    closing.push(close)
    const store = await storeOn(database)
    await storeKey(store, 'key_1')
    return { store, url, usage: usageOf(store), nowMs: await store.context.now() }
  }

  /** In which part each row lies, in the order of time. */
  async function placesOf({ read }: Store, table: 'usage' | 'activity'): Promise<readonly string[]> {
    const moment = table === 'usage' ? 'hour_ms' : 'at_ms'
    const { rows } = await sql<{ readonly place: string }>`
      select tableoid::regclass::text as place from ${sql.table(table)} order by ${sql.ref(moment)}`.execute(read)
    return rows.map(({ place }) => place)
  }

  async function partsOf({ read }: Pick<Store, 'read'>): Promise<readonly string[]> {
    const { rows } = await sql<{ readonly name: string }>`
      select relname as name from pg_class where relispartition and relkind = 'r' order by relname`.execute(read)
    return rows.map(({ name }) => name)
  }

  /** A part of a time for which none is made any more. */
  const makePart = (store: Store, table: 'usage' | 'activity', startMs: number, lengthMs: number) =>
    run(
      store,
      `create table ${nameOf(table, startMs)} partition of ${table} for values from (${startMs}) to (${startMs + lengthMs})`,
    )

  it('lies in the part of its week or day, and a batch that is delivered again counts once', async () => {
    const { store, usage, nowMs } = await opened()
    const moments = [nowMs, nowMs + hourMs, nowMs + 6 * dayMs]
    const batch = batchOf(1, moments)
    expect(await usage.store(batch)).toBe(true)
    expect(await usage.store(batch)).toBe(false)
    expect(await placesOf(store, 'usage')).toEqual(moments.map((atMs) => nameOf('usage', weekOf(atMs))))
    expect(await placesOf(store, 'activity')).toEqual(moments.map((atMs) => nameOf('activity', dayOf(atMs))))
    // The same hour is the same row.
    await usage.store(batchOf(2, [nowMs]))
    const fromMs = nowMs - (nowMs % hourMs)
    expect(await usage.read('key_1', { fromMs, toMs: fromMs + hourMs, granularity: 'hour' })).toEqual([
      { startMs: fromMs, code: 'VALID', tag: '', count: 2 },
    ])
  })

  it('is read from the parts of the time that is asked, and from no other', async () => {
    const { store, nowMs } = await opened()
    const week = weekOf(nowMs)
    await makePart(store, 'usage', week - weekMs, weekMs)
    const { rows } = await sql<{ readonly 'QUERY PLAN': string }>`
      explain select code, sum(count) from usage where key_id = 'key_1'
        and hour_ms >= ${sql.lit(week)} and hour_ms < ${sql.lit(week + dayMs)} group by code`.execute(store.read)
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    const named = (await partsOf(store)).filter((part) => plan.includes(`on ${part}`))
    expect(named).toEqual([nameOf('usage', week)])
    expect(plan).toMatch(/Index/)
  })

  it('is kept where its part is missing, and moves into it once there is one', async () => {
    const { store, usage, nowMs } = await opened()
    const weekMsAhead = nowMs + weekMs
    for (const { table, throughMs, mayMake } of await findParts(store.read))
      expect([table, throughMs > weekMsAhead, mayMake]).toEqual([table, true, true])
    for (const part of (await partsOf(store)).filter((name) => name.includes('_from_')))
      await run(store, `drop table ${part}`)
    expect((await findParts(store.read)).map(({ table, throughMs }) => [table, throughMs])).toEqual([
      ['usage', 0],
      ['activity', 0],
    ])
    await usage.store(batchOf(1, [nowMs - dayMs, nowMs]))
    const before = await store.read.selectFrom('usage').selectAll().orderBy('hour_ms').execute()
    expect(await placesOf(store, 'activity')).toEqual(['activity_default', 'activity_default'])
    await usage.sweep()
    expect(await placesOf(store, 'activity')).toEqual(['activity_default', nameOf('activity', dayOf(nowMs))])
    expect(await store.read.selectFrom('usage').selectAll().orderBy('hour_ms').execute()).toEqual(before)
    expect(await usage.store(batchOf(1, [nowMs]))).toBe(false)
    await usage.store(batchOf(2, [nowMs]))
    expect(
      (await store.read.selectFrom('usage').select('count').execute()).reduce((sum, { count }) => sum + count, 0),
    ).toBe(3)
  })

  it('goes day by day when activity is older than it is kept, late rows as well; counts stay', async () => {
    const { store, usage, nowMs } = await opened()
    const { keepDays } = store.context.config().activity
    const [gone, kept] = [dayOf(nowMs) - (keepDays + 1) * dayMs, dayOf(nowMs) - (keepDays - 1) * dayMs]
    for (const day of [gone, kept]) await makePart(store, 'activity', day, dayMs)
    await usage.store(batchOf(1, [gone - dayMs, gone, kept, nowMs]))
    expect(await placesOf(store, 'activity')).toEqual([
      'activity_default',
      ...[gone, kept, dayOf(nowMs)].map((day) => nameOf('activity', day)),
    ])
    await usage.sweep()
    expect(await partsOf(store)).not.toContain(nameOf('activity', gone))
    expect(await placesOf(store, 'activity')).toEqual([kept, dayOf(nowMs)].map((day) => nameOf('activity', day)))
    expect(await store.read.selectFrom('usage').select('count').execute()).toHaveLength(4)
    expect(await dropPartitions(store.database.write, 'usage', weekOf(nowMs))).toBe(0)
    expect(await store.read.selectFrom('usage').select('count').execute()).not.toHaveLength(4)
  })

  it('has its parts made by one of several nodes that look at the same moment', async () => {
    const { store, url } = await opened()
    const another = openPostgres(url)
    closing.push(() => another.close())
    const before = await partsOf(store)
    for (let round = 0; round < 5; round++) {
      for (const part of before.filter((name) => name.startsWith('activity_from_')))
        await run(store, `drop table ${part}`)
      const made = await Promise.all(
        [store.database.write, another.write, store.database.write, another.write].map((database) =>
          makePartitions(database, 'activity'),
        ),
      )
      expect(made.reduce((sum, count) => sum + count, 0)).toBe(8)
      expect(await partsOf(store)).toEqual(before)
    }
  })

  it('has its parts made while keys are being changed and usage is stored, and gives up soon where its rows are held', async () => {
    const { store, url, usage, nowMs } = await opened()
    const holder = openPostgres(url)
    closing.push(() => holder.close())
    const day = nameOf('activity', dayOf(nowMs))
    const makeWhile = async (held: string) => {
      await run(store, `drop table ${day}`)
      const transaction = await holder.write.startTransaction().execute()
      try {
        await sql.raw(held).execute(transaction)
        return await makePartitions(store.database.write, 'activity')
      } finally {
        await transaction.rollback().execute()
      }
    }
    expect(await makeWhile("update keys set version = 2 where id = 'key_1'")).toBe(1)
    expect(await makeWhile(`insert into usage values ('key_1', ${nowMs}, 'VALID', 'held', 1)`)).toBe(1)
    await expect(makeWhile('select from activity_default')).rejects.toBeInstanceOf(StoreUnavailableError)
    expect(await usage.store(batchOf(1, [nowMs]))).toBe(true)
    expect(await placesOf(store, 'activity')).toEqual(['activity_default'])
    await usage.sweep()
    expect(await placesOf(store, 'activity')).toEqual([day])
  })

  it('goes with its key', async () => {
    const { store, usage, nowMs } = await opened()
    await storeKey(store, 'key_2')
    await usage.store(batchOf(1, [nowMs - 30 * dayMs, nowMs]))
    await run(store, 'delete from accounts')
    for (const table of ['usage', 'activity'] as const)
      expect(await store.read.selectFrom(table).selectAll().execute()).toEqual([])
  })

  /** A file with a key that was used at some moments, put in the place of what a store holds. */
  async function arrive({ database }: Store, moments: readonly number[]): Promise<void> {
    const file = openTestSqlite()
    closing.push(file.close)
    const source = await storeOn(file.database)
    await storeKey(source, 'key_1')
    await usageOf(source).store(batchOf(1, moments))
    const tables = await tablesOf(source.read)
    await withWholeServer(database, tables, (server) => fillFrom(source.read, server, tables))
  }

  it('that arrives in a copy lies in parts of its own weeks and days, as many as are sane, and goes by them', async () => {
    const { store, usage, nowMs } = await opened()
    const { keepDays } = store.context.config().activity
    const [recent, gone] = [dayOf(nowMs) - 2 * dayMs, dayOf(nowMs) - (keepDays + 5) * dayMs]
    // One that was there and whose time it is again, one that was taken off, and one that spans several.
    await makePart(store, 'usage', weekOf(gone), weekMs)
    await run(store, `create table ${nameOf('activity', dayOf(nowMs) - 20 * dayMs)} (kept text)`)
    const years = [nowMs - 900 * dayMs, nowMs - 3_000 * dayMs]
    const moments = [nowMs, recent, gone, nowMs - 20 * dayMs, nowMs - 200 * dayMs, ...years]
    const before = await partsOf(store)
    await arrive(store, moments)
    const placed = (
      table: 'usage' | 'activity',
      startOf: (atMs: number) => number,
      elsewhere: (atMs: number) => string,
    ) =>
      moments
        .toSorted((one, other) => one - other)
        .map((atMs) => (years.includes(atMs) ? `${table}_before` : elsewhere(atMs) || nameOf(table, startOf(atMs))))
    expect(await placesOf(store, 'usage')).toEqual(placed('usage', weekOf, () => ''))
    const detached = (atMs: number) => (atMs === nowMs - 20 * dayMs ? 'activity_default' : '')
    expect(await placesOf(store, 'activity')).toEqual(placed('activity', dayOf, detached))
    expect((await partsOf(store)).length - before.length).toBeLessThan(2 * moments.length)

    await usage.sweep()
    expect(await placesOf(store, 'activity')).toEqual([recent, nowMs].map((atMs) => nameOf('activity', dayOf(atMs))))
    expect((await partsOf(store)).filter((name) => name.startsWith('activity'))).not.toContain(nameOf('activity', gone))
    expect(await store.read.selectFrom('usage').select('count').execute()).toHaveLength(moments.length)
    // A second copy finds the parts of the first.
    await arrive(store, moments.slice(0, 3))
    expect(await placesOf(store, 'usage')).not.toContain('usage_default')
    expect(await placesOf(store, 'activity')).toEqual(
      [gone, recent, nowMs].map((atMs) => nameOf('activity', dayOf(atMs))),
    )
  })

  it('that somebody else than the owner of the tables copies in lies in parts that are the owner’s', async () => {
    const { store, nowMs } = await opened()
    const owner = `owner_of_parts_${process.pid}`
    await run(store, `create role ${owner}`)
    closing.push(async () => {
      for (const statement of ['drop owned by', 'drop role']) await run(store, `${statement} ${owner}`)
    })
    for (const table of ['usage', 'activity']) await run(store, `alter table ${table} owner to ${owner}`)
    await arrive(store, [nowMs - 30 * dayMs])
    const { rows } = await sql<{ readonly owner: string }>`
      select tableowner as owner from pg_tables where tablename = ${nameOf('activity', dayOf(nowMs) - 30 * dayMs)}`.execute(
      store.read,
    )
    expect(rows).toEqual([{ owner }])
  })

  it('of before stays where it lies, through the migration, and nothing of it is lost', async () => {
    const { database, close } = await openTestPostgres({})
    closing.push(close)
    await migrate(database, 1, migrations.slice(0, 4))
    const store = { database, read: database.read }
    const nowMs = Date.now()
    await run(store, `insert into accounts values ('acc_1', 'A', null, 'active', 'default', '[]', null, 0, 0, 1)`)
    await run(store, `insert into lineages values ('lin_1', 'acc_1', null, '[]', null)`)
    const { id, steps } = new Digests(testPeppers, []).current
    await database.write
      .insertInto('digest_chains')
      .values({ id, steps_json: JSON.stringify(steps) })
      .execute()
    await run(
      store,
      `insert into keys (id, account_id, lineage_id, digest, digest_chain, type, prefix, first_characters, last_characters, state, grant_json, limits_json,
        created_by_kind, created_by_id, created_at_ms, updated_at_ms, version)
        values ('key_1', 'acc_1', 'lin_1', 'd', '${id}', 'secret', 'exa', 'a', 'b', 'active', '"unrestricted"', '[]', 'operator', 'o', 0, 0, 1)`,
    )
    for (const atMs of [0, nowMs - 40 * dayMs, nowMs, nowMs + 400 * dayMs]) {
      await run(store, `insert into usage values ('key_1', ${atMs}, 'VALID', '', 3)`)
      await run(store, `insert into activity values ('a${atMs}', 'key_1', ${atMs}, 'VALID', null, null, null, null)`)
    }
    const rowsOf = async () => [
      await database.read.selectFrom('usage').selectAll().orderBy('hour_ms').execute(),
      await database.read.selectFrom('activity').selectAll().orderBy('at_ms').execute(),
    ]
    const before = await rowsOf()
    expect(await migrate(database, 1)).toEqual(migrations.slice(4).map(({ name }) => name))
    expect(await rowsOf()).toEqual(before)
    const opened = await storeOn(database)
    expect(await placesOf(opened, 'usage')).toEqual([...Array(3).fill('usage_before'), 'usage_default'])
    const usage = usageOf(opened)
    await usage.store(batchOf(1, [nowMs, nowMs + weekMs - dayMs]))
    expect((await placesOf(opened, 'activity')).filter((place) => place === 'activity_before')).toHaveLength(4)
    await usage.sweep()
    // A day or a week goes as a whole, and that of before has not ended.
    expect(await opened.read.selectFrom('activity').select('id').execute()).toHaveLength(6)
    await dropPartitions(database.write, 'activity', nowMs + 2 * dayMs)
    expect(await partsOf(opened)).not.toContain('activity_before')
  })
})

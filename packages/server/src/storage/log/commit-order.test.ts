import { sql } from 'kysely'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { accountEvent } from '../contract/parts.ts'
import { openStore, type Store } from '../open-store.ts'
import { openPostgres } from '../postgres.ts'
import {
  openTestPostgres,
  testClock,
  testConfig,
  testLogKeys,
  testOperator,
  testPeppers,
  testRandomBytes,
} from '../testing.ts'
import { headReader } from './head.ts'
import { verifyLog } from './verify.ts'

describe.skipIf(!process.env['KEYWRIGHT_TEST_POSTGRES'])('the order of commits', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  /** An empty database and so many nodes on it. */
  async function nodes(count: number): Promise<{ readonly url: string; readonly stores: readonly Store[] }> {
    const { database, url, close } = await openTestPostgres({})
    closing.push(close)
    const stores: Store[] = []
    for (let index = 0; index < count; index++) {
      const own = index === 0 ? database : openPostgres(url)
      if (index > 0) closing.push(() => own.close())
      stores.push(
        await openStore({
          database: own,
          clock: testClock(),
          randomBytes: testRandomBytes(index + 1),
          peppers: testPeppers,
          logKeys: testLogKeys,
          config: () => testConfig(),
          applied: async () => {},
        }),
      )
    }
    return { url, stores }
  }

  it('the trap itself: a reader of numbers from a sequence passes by a number whose transaction commits later', async () => {
    const { url } = await nodes(1)
    const [slow, fast] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })]
    for (const client of [slow, fast]) {
      await client.connect()
      closing.push(() => client.end())
    }
    await fast.query('create table feed (number bigint generated always as identity, what text)')
    await slow.query('begin')
    await slow.query("insert into feed (what) values ('slow')")
    await fast.query("insert into feed (what) values ('fast')")
    const read = async (after: number) =>
      (await fast.query('select number, what from feed where number > $1 order by number', [after])).rows.map(
        ({ number, what }) => ({ number: Number(number), what: String(what) }),
      )
    const first = await read(0)
    expect(first).toEqual([{ number: 2, what: 'fast' }])
    await slow.query('commit')
    // The reader goes on after what it saw, and never sees the other one.
    expect(await read(first.at(-1)?.number ?? 0)).toEqual([])
  })

  it('the log does not have it: a number is given only when all before it are committed', async () => {
    const { stores } = await nodes(2)
    const [first, second] = stores as [Store, Store]
    let isIn: () => void = () => {}
    const entered = new Promise<void>((resolve) => {
      isIn = resolve
    })
    let finish: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      finish = resolve
    })
    const slow = first.context.write(testOperator, async ({ database, append }) => {
      append(accountEvent('slow'))
      await sql`select 1`.execute(database)
      isIn()
      await held
    })
    await entered
    await second.context.write(testOperator, async ({ append }) => append(accountEvent('fast')))
    const head = headReader(first.database, first.log.signer, first.clock)
    const seen = await head(null)
    finish()
    await slow
    const { changes } = await head(seen.position)
    expect(seen.position.number).toBe(2)
    expect(changes.map(({ number, scopes }) => [number, ...scopes])).toEqual([[3, 'account:slow']])
  })

  it('a reader sees every number in order while four nodes write as fast as they can', async () => {
    const { stores } = await nodes(4)
    const [reading] = stores as [Store]
    const head = headReader(reading.database, reading.log.signer, reading.clock)
    const perNode = 60
    let writing = true
    const written = Promise.all(
      stores.flatMap((store, node) =>
        Array.from({ length: 4 }, async (_, writer) => {
          for (let turn = 0; turn < perNode / 4; turn++) {
            await store.context.write(testOperator, async ({ database, append }) => {
              append(accountEvent(`acc_${node}_${writer}_${turn}`))
              // Transactions that take as long as they like, before they are numbered.
              if (turn % 3 === 0) await sql`select pg_sleep(0.002)`.execute(database)
            })
          }
        }),
      ),
    ).finally(() => {
      writing = false
    })
    const numbers: number[] = []
    let { position } = await head(null)
    const began = position.number
    const look = async () => {
      const answer = await head(position)
      expect(answer.reset).toBe(false)
      numbers.push(...answer.changes.map(({ number }) => number))
      position = answer.position
    }
    while (writing) await look()
    await written
    await look()
    const total = perNode * stores.length + 1
    expect(numbers).toEqual(Array.from({ length: total - began }, (_, index) => began + index + 1))
    expect((await verifyLog(reading.read, reading.log.signer, [])).faults).toEqual([])
  })
})

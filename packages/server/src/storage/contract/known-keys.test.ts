import type { Position } from '@keywright/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { peppersOf } from '../../crypto.ts'
import { checksOf } from '../checks.ts'
import { beginNewEpoch } from '../installation.ts'
import { KnownKeys, type KnownKeysOptions } from '../known-keys.ts'
import { headReader } from '../log/head.ts'
import { openStore, type Store } from '../open-store.ts'
import { storageOf } from '../storage.ts'
import { testLogKeys, testOperator, testPeppers, testRandomBytes } from '../testing.ts'
import { accountEvent } from './parts.ts'
import { accepted, allActions, configWith, multiply, openWorld, secretOf, type World } from './resources.ts'
import { contractSuite, type Open } from './suite.ts'

const unknown = 'exa_nobody'

/** Another node on the same database. */
const beside = ({ store, clock }: Pick<World, 'store' | 'clock'>, peppers = testPeppers): Promise<Store> =>
  openStore({
    database: store.database,
    clock,
    randomBytes: testRandomBytes(77),
    peppers,
    logKeys: testLogKeys,
    config: () => configWith({ actions: allActions }),
    applied: async () => {},
  })

/** The reads of a store with a filter of their own, and how often the log was read for it. */
async function filtered(store: Store, options?: KnownKeysOptions, gather = true) {
  const plainHead = headReader(store.database, store.log.signer, store.clock)
  const reads: (Position | null)[] = []
  const failing = { now: false }
  const head = async (after: Position | null) => {
    reads.push(after)
    if (failing.now) throw new Error('the database is away')
    return await plainHead(after)
  }
  const known = new KnownKeys(store, head, options)
  if (gather) await known.gather()
  reads.length = 0
  return { known, checks: checksOf(store, plainHead, known), reads, failing, head: plainHead }
}

async function worldWithKey(open: Open) {
  const world = await openWorld(open)
  const made = async () =>
    secretOf(accepted(await world.storage.keys.create(testOperator, world.accountId, { name: 'K' })))
  return { ...world, made, first: await made() }
}

contractSuite('the filter of known keys', (open) => {
  it('keeps unknown keys from the keys, at the position that the log has, and lets known ones through', async () => {
    const { store, first } = await worldWithKey(open)
    const { checks, known, head, reads } = await filtered(store)
    const { position } = await head(null)
    expect(await checks.key(unknown)).toMatchObject({ position, facts: undefined })
    expect(reads).toHaveLength(1)
    expect((await checks.key(first)).facts).toBeDefined()
    expect(reads).toHaveLength(1)
    expect(known.state).toMatchObject({ keys: 1, tooMany: false, answeredByFilter: 1, answeredByStore: 0 })
  })

  it('reads the log once in eight milliseconds at most, however many unknown keys come one after the other', async () => {
    const { store, clock } = await worldWithKey(open)
    const pauses: number[] = []
    const pause = async (ms: number) => {
      pauses.push(ms)
      clock.advance(ms)
    }
    const { checks, reads } = await filtered(store, { pause })
    for (let index = 0; index < 5; index++) await checks.key(`${unknown}${index}`)
    expect([reads.length, pauses]).toEqual([5, [8, 8, 8, 8]])
    clock.advance(8)
    await checks.key(unknown)
    expect(pauses).toHaveLength(4)
  })

  it('answers sixteen unknown keys by a read, in the order in which they came, and known ones meanwhile', async () => {
    const { store, clock, first } = await worldWithKey(open)
    const waits: (() => void)[] = []
    const pause = (ms: number) => new Promise<void>((resolve) => waits.push(() => resolve(clock.advance(ms))))
    const { checks, reads } = await filtered(store, { pause })
    const answered: number[] = []
    const misses = Array.from({ length: 40 }, async (_, index) => {
      await checks.key(`${unknown}${index}`)
      answered.push(index)
    })
    const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)
    for (const count of [16, 32]) {
      await expect.poll(() => waits.length).toBe(1)
      expect([answered, reads.length]).toEqual([upTo(count), count / 16])
      expect((await checks.key(first)).facts).toBeDefined()
      waits.pop()?.()
    }
    await Promise.all(misses)
    expect([answered, reads.length]).toEqual([upTo(40), 3])
  })

  it('turns away whom it could not answer within a second, and says how many', async () => {
    const { store } = await worldWithKey(open)
    const { checks, known } = await filtered(store, { pause: async () => {} })
    const misses = Array.from({ length: 2_048 + 3 }, async (_, index) => await checks.key(`${unknown}${index}`))
    const ended = await Promise.allSettled(misses)
    expect(ended.findIndex(({ status }) => status === 'rejected')).toBe(2_048)
    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(3)
    expect(known.state).toMatchObject({ answeredByFilter: 2_048, answeredByStore: 0, turnedAway: 3 })
  })

  it('leaves everything to the database until it is gathered', async () => {
    const { store, first } = await worldWithKey(open)
    const { checks, known } = await filtered(store, {}, false)
    expect((await checks.key(unknown)).facts).toBeUndefined()
    expect((await checks.key(first)).facts).toBeDefined()
    expect(known.state).toMatchObject({ keys: null, answeredByFilter: 0, answeredByStore: 1 })
  })

  it('knows a key at once that was made right after it was presented, here or by another node', async () => {
    const world = await worldWithKey(open)
    const { checks, known } = await filtered(world.store)
    const other = storageOf(await beside(world))
    for (const { keys } of [world.storage, other]) {
      expect((await checks.key(unknown)).facts).toBeUndefined()
      const secret = secretOf(accepted(await keys.create(testOperator, world.accountId, { name: 'New' })))
      expect((await checks.key(secret)).facts?.name).toBe('New')
    }
    expect(known.state.answeredByFilter).toBe(2)
  })

  it('knows what rotation made, also where the older key is gone by then', async () => {
    const { store, storage, key } = await worldWithKey(open)
    const { checks } = await filtered(store)
    const older = await key()
    const rotated = accepted(await storage.keys.rotate(testOperator, older.id, { overlapSeconds: 0 }))
    accepted(await storage.keys.change(testOperator, older.id, 'delete'))
    expect((await checks.key(secretOf(rotated))).facts?.id).toBe(rotated.record.id)
  })

  it('reads the log once for all who wait at that moment', async () => {
    const { store } = await worldWithKey(open)
    const { checks, reads, known } = await filtered(store)
    const misses = Array.from({ length: 16 }, async (_, index) => await checks.key(`exa_nobody${index}`))
    expect((await Promise.all(misses)).filter(({ facts }) => facts !== undefined)).toEqual([])
    expect(reads).toHaveLength(1)
    expect(known.state.answeredByFilter).toBe(16)
  })

  it('never counts a read of the log that was sent before the key was presented', async () => {
    const world = await worldWithKey(open)
    const plainHead = headReader(world.store.database, world.store.log.signer, world.clock)
    let release = () => {}
    let gate: Promise<void> | undefined
    const late = async (after: Position | null) => {
      const answer = await plainHead(after)
      await gate
      return answer
    }
    const known = new KnownKeys(world.store, late, { turn: async () => {} })
    await known.gather()
    const checks = checksOf(world.store, plainHead, known)
    gate = new Promise((resolve) => {
      release = resolve
    })
    const before = checks.key(unknown)
    const secret = await world.made()
    const after = checks.key(secret)
    release()
    expect((await before).facts).toBeUndefined()
    expect((await after).facts).toBeDefined()
  })

  it('loses no key that is made while it is gathered, wherever the reading is', async () => {
    const world = await worldWithKey(open)
    await multiply(world, await world.key(), 2_500)
    const made: string[] = []
    const turn = async () => {
      made.push(await world.made())
    }
    const known = new KnownKeys(world.store, headReader(world.store.database, world.store.log.signer, world.clock), {
      turn,
    })
    await known.gather()
    expect(made.length).toBeGreaterThan(1)
    const digests = made.map((text) => world.store.context.digests.create('key', text).digest)
    expect(await Promise.all(digests.map((digest) => known.absentAt([digest])))).toEqual(digests.map(() => undefined))
  })

  it('asks for every digest that a text may be stored under', async () => {
    const world = await worldWithKey(open)
    const both = peppersOf(new Uint8Array(32).fill(8), new Uint8Array(32).fill(7))
    const reopened = await beside(world, both)
    const { checks } = await filtered(reopened)
    expect((await checks.key(world.first)).facts).toBeDefined()
    const newer = accepted(await storageOf(reopened).keys.create(testOperator, world.accountId, { name: 'Newer' }))
    expect((await checks.key(secretOf(newer))).facts?.name).toBe('Newer')
    expect((await checks.key(unknown)).facts).toBeUndefined()
  })

  it('is made anew where the log begins a new epoch, or everything may have changed', async () => {
    const { store, first } = await worldWithKey(open)
    const { checks, known } = await filtered(store)
    const changes = [
      () => beginNewEpoch(store.context.write, store.log, testOperator),
      () =>
        store.context.write(testOperator, async ({ append }) => append({ ...accountEvent('acc_1'), scopes: ['all'] })),
    ]
    for (const [index, change] of changes.entries()) {
      await change()
      expect((await checks.key(unknown)).facts).toBeUndefined()
      expect(known.state.answeredByStore).toBe(index + 1)
      await known.gather()
      expect((await checks.key(unknown)).facts).toBeUndefined()
      expect(known.state).toMatchObject({ answeredByStore: index + 1, answeredByFilter: index + 1 })
      expect((await checks.key(first)).facts).toBeDefined()
    }
  })

  it('is made anew with more room when it is full, and answers meanwhile', async () => {
    const world = await worldWithKey(open)
    const { checks, known } = await filtered(world.store, { roomFor: (count) => count + 2 })
    const small = known.state.bytes
    const made: string[] = []
    for (let index = 0; index < 40; index++) {
      made.push(await world.made())
      expect((await checks.key(unknown)).facts).toBeUndefined()
    }
    await expect.poll(() => known.state.bytes).toBeGreaterThan(small)
    expect(known.state.answeredByStore).toBeLessThan(40)
    for (const text of [world.first, ...made]) expect((await checks.key(text)).facts).toBeDefined()
  })

  it('is not made where there are too many keys, says so once, and leaves them to the database', async () => {
    const world = await worldWithKey(open)
    await world.made()
    const { known, checks } = await filtered(world.store, { keysMax: 1 }, false)
    let told = 0
    for (let time = 0; time < 2; time++) await known.gather(() => told++)
    expect([told, known.state.tooMany, known.state.keys]).toEqual([1, true, null])
    expect((await checks.key(unknown)).facts).toBeUndefined()
    expect((await checks.key(world.first)).facts).toBeDefined()
    expect(known.state.answeredByFilter).toBe(0)
  })

  it('says nothing while the log cannot be read, and is gathered again after a while where that failed', async () => {
    const { store, clock, first } = await worldWithKey(open)
    const { checks, known, failing } = await filtered(store, {}, false)
    failing.now = true
    await known.gather()
    expect((await checks.key(unknown)).facts).toBeUndefined()
    failing.now = false
    clock.advance(10_000)
    expect((await checks.key(unknown)).facts).toBeUndefined()
    await expect.poll(() => known.state.keys).toBe(1)
    failing.now = true
    // The database decides, since the filter could not be brought up to date.
    expect((await checks.key(unknown)).facts).toBeUndefined()
    expect((await checks.key(first)).facts).toBeDefined()
    expect(known.state).toMatchObject({ answeredByFilter: 0, answeredByStore: 3 })
  })

  it('never takes a key for unknown that exists, whatever two nodes do at the same time', async () => {
    const operation = fc.record({
      node: fc.nat({ max: 1 }),
      kind: fc.constantFrom('create', 'rotate', 'delete', 'miss', 'gather', 'epoch'),
      pick: fc.nat(),
      together: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 25 }), async (operations) => {
        const world = await openWorld(open, { randomBytes: testRandomBytes(operations.length * 7 + 1) })
        const second = await beside(world)
        const nodes = await Promise.all(
          [world.store, second].map(async (store) => ({
            store,
            storage: store === world.store ? world.storage : storageOf(store),
            ...(await filtered(store, { roomFor: (count) => count + 3 })),
          })),
        )
        const alive = new Map<string, string>()
        const work = async ({ node, kind, pick }: (typeof operations)[number]): Promise<void> => {
          const { storage, checks, known, store } = nodes[node] as (typeof nodes)[number]
          const [id] = [...alive.keys()].slice(pick % Math.max(1, alive.size))
          if (kind === 'create') {
            const made = accepted(await storage.keys.create(testOperator, world.accountId, { name: 'K' }))
            alive.set(made.record.id, secretOf(made))
          } else if (kind === 'rotate' && id !== undefined) {
            const made = await storage.keys.rotate(testOperator, id, { overlapSeconds: 3_600 })
            if ('secret' in made) alive.set(made.record.id, secretOf(made))
          } else if (kind === 'delete' && id !== undefined) {
            alive.delete(id)
            await storage.keys.change(testOperator, id, 'delete')
          } else if (kind === 'miss') await checks.key(`exa_nobody${pick}`)
          else if (kind === 'gather') void known.gather()
          else if (kind === 'epoch' && pick % 4 === 0) await beginNewEpoch(store.context.write, store.log, testOperator)
        }
        let others: Promise<void>[] = []
        for (const each of operations) {
          const running = work(each)
          if (each.together && each.kind !== 'create' && each.kind !== 'rotate') {
            others.push(running)
            continue
          }
          await running
          await Promise.all(others)
          others = []
          for (const { checks } of nodes)
            for (const [id, text] of alive) expect((await checks.key(text)).facts?.id).toBe(id)
        }
        await Promise.all(others)
        await Promise.all(nodes.map(({ known }) => known.close()))
      }),
      { numRuns: process.env['KEYWRIGHT_SOAK'] === '1' ? 200 : 12 },
    )
  }, 60_000)
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Decision } from '../decision.ts'
import { compileLimit } from '../limit.ts'
import { Bucket, Buckets, RateSets } from './rates.ts'
import { limit, newText, scriptedEngine, settle } from './testing.ts'

const rates = (...limits: ReturnType<typeof limit>[]) => limits.map(compileLimit)
const remaining = (decision: Decision) =>
  Object.fromEntries((decision.limits ?? []).map(({ name, remaining: left }) => [name, left]))

describe('limits', () => {
  test('T9: of many checks at once exactly as many are accepted as the limit has; the next one when it says', async () => {
    const { store, clock, engine, check, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1', limits: [limit('requests', 10, 10)] })
    const decisions = await Promise.all(Array.from({ length: 50 }, () => checked(text)))
    expect(decisions.filter(({ valid }) => valid)).toHaveLength(10)
    const refused = decisions.filter(({ code }) => code === 'RATE_LIMITED')
    expect(refused).toHaveLength(40)
    expect(refused[0]?.retryAfterMs).toBeCloseTo(1_000)
    expect(refused[0]?.limits).toMatchObject([{ name: 'requests', limit: 10, windowSeconds: 10, remaining: 0 }])
    clock.jump(980)
    await engine.refresh()
    expect(check(text)).toMatchObject({ code: 'RATE_LIMITED' })
    clock.jump(20)
    expect(check(text)).toMatchObject({ code: 'VALID' })
    expect(check(text)).toMatchObject({ code: 'RATE_LIMITED' })
  })

  test('U5: taken all or none: a check that one limit refuses takes nothing of the others', async () => {
    const { store, check, checked } = scriptedEngine()
    const text = store.create({
      id: 'key_1',
      limits: [limit('many', 100, 1_000), limit('few', 2, 1_000), limit('more', 50, 1_000)],
    })
    await checked(text)
    await checked(text)
    for (let index = 0; index < 20; index++) expect(check(text)).toMatchObject({ code: 'RATE_LIMITED' })
    expect(remaining(await checked(text))).toEqual({ many: 98, few: 0, more: 48 })
  })

  test('U5: a refusal for any other reason takes nothing, and neither does a cost of 0', async () => {
    const { store, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1', limits: [limit('requests', 5, 1_000)] })
    for (let index = 0; index < 20; index++) {
      expect((await checked(text, { permissions: ['jobs.edit'] })).code).toBe('INSUFFICIENT_PERMISSION')
      expect((await checked(text, { audiences: ['elsewhere'] })).code).toBe('WRONG_TYPE')
      expect((await checked(text, { cost: 0 })).code).toBe('VALID')
    }
    expect(remaining(await checked(text, { cost: 0 }))).toEqual({ requests: 5 })
    expect((await checked(text, { cost: 5 })).code).toBe('VALID')
    expect((await checked(text, { cost: 0 })).code).toBe('VALID')
    expect((await checked(text)).code).toBe('RATE_LIMITED')
  })

  test('a cost above the burst is never admitted, and says that waiting does not help; one that is no number is refused', async () => {
    const { store, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1', limits: [limit('requests', 5, 1_000)] })
    expect(await checked(text, { cost: 6 })).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: null })
    expect(await checked(text, { cost: Number.NaN })).toMatchObject({ code: 'RATE_LIMITED' })
    expect(await checked(text, { cost: -3 })).toMatchObject({ code: 'VALID' })
    expect(remaining(await checked(text, { cost: 0 }))).toEqual({ requests: 5 })
  })

  test('keys of an account share its limits; each has its own besides; of both the longer wait is said', async () => {
    const { store, check, checked } = scriptedEngine()
    store.changeAccount({ plan: 'both' })
    const [a, b] = [store.create({ id: 'key_a' }), store.create({ id: 'key_b' })]
    for (let index = 0; index < 10; index++) expect((await checked(a)).code).toBe('VALID')
    expect(await checked(a)).toMatchObject({ code: 'RATE_LIMITED' })
    for (let index = 0; index < 5; index++) expect((await checked(b)).code).toBe('VALID')
    const refused = check(b) as Decision
    expect(refused).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1_000 })
    expect(remaining(refused)).toEqual({ requests: 5, together: 0 })
  })

  test('a lineage counts once: rotating gains no second allowance, and what was used before counts after', async () => {
    const { store, engine, checked } = scriptedEngine()
    const limits = [limit('requests', 10, 1_000)]
    const old = store.create({ id: 'key_1', lineageId: 'lin_1', limits })
    for (let index = 0; index < 4; index++) await checked(old)
    store.change(old, { lineageShared: true })
    const next = store.create({ id: 'key_2', lineageId: 'lin_1', lineageShared: true, limits })
    await engine.applied(store.position)
    for (let index = 0; index < 3; index++) expect((await checked(next)).code).toBe('VALID')
    for (let index = 0; index < 3; index++) expect((await checked(old)).code).toBe('VALID')
    for (const text of [old, next]) expect((await checked(text)).code).toBe('RATE_LIMITED')
    store.remove(old)
    store.change(next, { lineageShared: false })
    await engine.applied(store.position)
    expect((await checked(next)).code).toBe('RATE_LIMITED')
  })

  test('keys of one lineage with different limits: going to and fro gains nothing', async () => {
    const { store, checked } = scriptedEngine()
    const shared = { lineageId: 'lin_1', lineageShared: true }
    const few = store.create({ id: 'key_1', ...shared, limits: [limit('requests', 5, 1_000)] })
    const many = store.create({ id: 'key_2', ...shared, limits: [limit('requests', 20, 1_000)] })
    const none = store.create({ id: 'key_3', ...shared, limits: [limit('other', 1_000, 1_000)] })
    let accepted = 0
    for (let round = 0; round < 30; round++) {
      for (const text of [few, many]) if ((await checked(text)).valid) accepted++
      await checked(none)
    }
    expect(accepted).toBeLessThanOrEqual(20)
  })

  test('what was taken outlives the key’s place in memory, a change of the key, and everything being forgotten', async () => {
    const { store, engine, checked } = scriptedEngine({
      bounds: { keysMax: 2, unknownMax: 5, accountsMax: 5, credentialsMax: 5 },
    })
    const text = store.create({ id: 'key_1', limits: [limit('requests', 3, 1_000)] })
    for (let index = 0; index < 3; index++) await checked(text)
    const refused = async () => expect((await checked(text)).code).toBe('RATE_LIMITED')
    await refused()
    for (let index = 0; index < 5; index++) await checked(store.create({ id: `other_${index}` }))
    await refused()
    await engine.applied(store.change(text, { name: 'renamed' }))
    await refused()
    await engine.applied(store.append('all'))
    await refused()
  })
})

describe('an operator’s overrides', () => {
  test('of a key count at once and until their time, and what was used counts as many units after as before', async () => {
    const { store, clock, engine, check, checked } = scriptedEngine()
    store.changeAccount({ plan: 'limited' })
    const text = store.create({ id: 'key_1', limits: [limit('requests', 1, 3_600)] })
    expect((await checked(text)).code).toBe('VALID')
    expect((await checked(text)).code).toBe('RATE_LIMITED')
    await engine.applied(
      store.change(text, { overrides: [{ limit: limit('requests', 1_000, 1_000), untilMs: clock.wallMs() + 500 }] }),
    )
    const raised = await checked(text)
    expect(raised.code).toBe('VALID')
    expect(remaining(raised)).toEqual({ requests: 998 })
    clock.jump(499)
    expect(check(text)).toMatchObject({ code: 'VALID' })
    clock.jump(1)
    expect(check(text)).toMatchObject({ code: 'RATE_LIMITED' })
  })

  test('of an account count for the plan’s limits of its keys, unless a key has its own, and for the shared ones', async () => {
    const { store, clock, engine, check, checked } = scriptedEngine()
    const untilMs = clock.wallMs() + 500
    store.changeAccount({
      plan: 'both',
      overrides: [
        { limit: limit('requests', 3, 1_000), untilMs },
        { limit: limit('together', 50, 1_000), untilMs },
      ],
    })
    const plain = store.create({ id: 'key_1' })
    const special = store.create({ id: 'key_2', overrides: [{ limit: limit('requests', 7, 1_000), untilMs: null }] })
    expect(remaining(await checked(plain))).toEqual({ requests: 2, together: 49 })
    expect(remaining(await checked(special))).toEqual({ requests: 6, together: 48 })
    clock.jump(500)
    expect((check(plain) as Decision).limits).toMatchObject([{ limit: 10 }, { limit: 15 }])
    expect((check(special) as Decision).limits).toMatchObject([{ limit: 7 }, { limit: 15 }])
    await engine.applied(store.changeAccount({ overrides: [{ limit: limit('requests', 1, 3_600), untilMs: null }] }))
    expect((await checked(plain)).limits).toMatchObject([{ limit: 1 }, { limit: 15 }])
  })

  test('that lower a limit do not refuse for longer than when all of it is used', () => {
    const bucket = new Bucket(rates(limit('requests', 1_000, 1)))
    bucket.take(1_000, 1_000)
    bucket.follow(rates(limit('requests', 10, 3_600)), 1_000)
    expect(bucket.retryAfterMs(1_000, 1)).toBe(360_000)
  })
})

describe('quotas', () => {
  const quota = { limit: 3, period: 'day' } as const

  test('T9: of many checks at once exactly as many are accepted as the quota has; refusals say when it begins anew and take no limits', async () => {
    const { store, quotas, clock, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1', quota, limits: [limit('requests', 100, 1_000)] })
    const decisions = await Promise.all(Array.from({ length: 50 }, () => checked(text)))
    expect(decisions.filter(({ valid }) => valid)).toHaveLength(3)
    expect(decisions.filter(({ code }) => code === 'QUOTA_EXCEEDED')).toHaveLength(47)
    expect(decisions.find(({ code }) => code === 'QUOTA_EXCEEDED')?.retryAfterMs).toBe(
      Date.UTC(2026, 10, 21) - clock.wallMs(),
    )
    expect(remaining(await checked(text, { cost: 0 }))).toEqual({ requests: 97 })
    expect(quotas.used.get('lin_key_1')).toBe(3)
  })

  test('U5: a check that a limit refuses, or that costs nothing, does not ask the quota', async () => {
    const { store, quotas, checked } = scriptedEngine()
    const text = store.create({
      id: 'key_1',
      quota: { limit: 100, period: null },
      limits: [limit('requests', 1, 1_000)],
    })
    await checked(text)
    await checked(text)
    await checked(text, { cost: 0 })
    await checked(text, { permissions: ['jobs.edit'] })
    expect(quotas.taken).toBe(1)
  })

  test('26: a revocation while the quota is asked refuses, and everything is given back', async () => {
    const { store, quotas, engine, check, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1', quota, limits: [limit('requests', 10, 1_000)] })
    await checked(text)
    const { promise, resolve } = Promise.withResolvers<void>()
    quotas.waiting = promise
    const asked = check(text)
    await settle()
    expect(quotas.used.get('lin_key_1')).toBe(2)
    await engine.applied(store.change(text, { state: 'revoked' }))
    resolve()
    expect(await asked).toMatchObject({ code: 'REVOKED' })
    expect(quotas.used.get('lin_key_1')).toBe(1)
    await engine.applied(store.change(text, { state: 'active' }))
    expect(remaining(await checked(text, { cost: 0 }))).toEqual({ requests: 9 })
  })

  test('what a check holds of a limit while its key is loaded anew is let go there: no unit stays held for good', async () => {
    const { store, quotas, engine, check, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1', quota, limits: [limit('requests', 10, 1_000)] })
    await checked(text)
    const { promise, resolve } = Promise.withResolvers<void>()
    quotas.waiting = promise
    const asked = check(text, { cost: 2 })
    await settle()
    await engine.applied(store.change(text, { name: 'renamed' }))
    expect(remaining(await checked(text, { cost: 0 }))).toEqual({ requests: 7 })
    await engine.applied(store.change(text, { state: 'revoked' }))
    resolve()
    expect(await asked).toMatchObject({ code: 'REVOKED' })
    await engine.applied(store.change(text, { state: 'active' }))
    expect(remaining(await checked(text, { cost: 0 }))).toEqual({ requests: 9 })
  })

  test('a revocation that is answered in the very moment of the quota’s answer is not overtaken', async () => {
    for (let ticks = 0; ticks < 30; ticks++) {
      const { store, quotas, engine, check, checked } = scriptedEngine()
      const text = store.create({ id: 'key_1', quota })
      await checked(text)
      const { promise, resolve } = Promise.withResolvers<void>()
      quotas.waiting = promise
      const order: string[] = []
      engine.recorder.accepted = () => void order.push('accepted')
      void Promise.resolve(check(text))
      await settle()
      const applied = engine.applied(store.change(text, { state: 'revoked' })).then(() => void order.push('answered'))
      await settle(ticks)
      resolve()
      await applied
      await settle()
      expect(order.indexOf('accepted'), `${ticks}: ${order.join(', ')}`).toBeLessThan(order.indexOf('answered'))
    }
  })

  test('43: a quota that fails, or hangs, is unavailable in bounded time, takes no limit, and what it takes late is given back', async () => {
    const { store, quotas, clock, check, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1', quota, limits: [limit('requests', 10, 10_000)] })
    await checked(text, { cost: 0 })
    quotas.failing = true
    expect(await check(text)).toMatchObject({ code: 'UNAVAILABLE' })
    quotas.failing = false
    const { promise, resolve } = Promise.withResolvers<void>()
    quotas.waiting = promise
    const hung = check(text)
    await clock.advance(1_000)
    expect(await hung).toMatchObject({ code: 'UNAVAILABLE' })
    expect(quotas.used.get('lin_key_1')).toBe(1)
    resolve()
    await settle()
    expect(quotas.used.get('lin_key_1')).toBe(0)
    expect(remaining(await checked(text, { cost: 0 }))).toEqual({ requests: 10 })
  })

  test('an override of a quota counts until its time', async () => {
    const { store, clock, checked } = scriptedEngine()
    const text = store.create({
      id: 'key_1',
      quota: { limit: 1, period: null },
      quotaOverride: { quota: { limit: 3, period: null }, untilMs: clock.wallMs() + 500 },
    })
    for (let index = 0; index < 3; index++) expect((await checked(text)).code).toBe('VALID')
    expect((await checked(text)).code).toBe('QUOTA_EXCEEDED')
    clock.jump(500)
    expect((await checked(text)).code).toBe('QUOTA_EXCEEDED')
    expect((await checked(newText())).code).toBe('NOT_FOUND')
  })

  test('refused checks give others no more than they took: limits that are held and let go leave no trace', () => {
    const step = fc.record({
      waitMs: fc.nat(400),
      cost: fc.integer({ min: 1, max: 4 }),
      kind: fc.constantFrom('take', 'hold', 'letGo'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const set = rates(limit('requests', 10, 1), limit('more', 40, 10))
        const [bucket, alone] = [new Bucket(set), new Bucket(set)]
        const held: number[] = []
        let nowMs = 1_000
        for (const { waitMs, cost, kind } of steps) {
          nowMs += waitMs
          if (kind === 'letGo') bucket.letGo(held.shift() ?? 0)
          else if (bucket.admits(nowMs, cost)) {
            if (kind === 'hold') {
              bucket.hold(cost)
              held.push(cost)
            } else {
              expect(alone.admits(nowMs, cost)).toBe(true)
              bucket.take(nowMs, cost)
              alone.take(nowMs, cost)
            }
          }
        }
        for (const cost of held) bucket.letGo(cost)
        expect(bucket.states(nowMs)).toEqual(alone.states(nowMs))
      }),
    )
  })
})

describe('buckets', () => {
  test('that are settled are let go, others are kept', () => {
    const buckets = new Buckets()
    for (let index = 0; index < 2_000; index++) {
      const bucket = new Bucket(rates(limit('requests', 1, 1)))
      if (index % 100 === 0) bucket.take(1_000, 1)
      buckets.keep(`owner_${index}`, bucket, 1_000)
    }
    expect(buckets.size).toBeLessThan(1_100)
    for (let index = 0; index < 1_000; index += 100) expect(buckets.release(`owner_${index}`)).toBeDefined()
  })

  test('equal lists of limits share one set', () => {
    const sets = new RateSets()
    expect(sets.of([limit('a', 1, 1)])).toBe(sets.of([limit('a', 1, 1)]))
    expect(sets.of([limit('a', 1, 1)])).not.toBe(sets.of([limit('a', 2, 1)]))
  })
})

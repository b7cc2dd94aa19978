import { describe, expect, test } from 'vitest'
import type { NodeEngineOptions } from './node-engine.ts'
import { SharedLimits } from './shared-limits.ts'
import type { EngineLimitAnswer, EngineLimiter, EngineLimitRequest } from './source.ts'
import { FakeClock, limit, ScriptedQuotas, scriptedEngine, settle } from './testing.ts'

/** Limits that are counted in one place, whose answers a test can hold back, and that can fail. */
class ScriptedLimiter implements EngineLimiter {
  readonly #limits = new SharedLimits()
  readonly #nowMs: () => number
  readonly asked: { readonly owners: readonly string[]; readonly cost: number }[] = []
  givenBack = 0
  failing = false
  losingGiveBacks = false
  waiting: Promise<void> | null = null

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }
  async take(requests: readonly EngineLimitRequest[], cost: number): Promise<EngineLimitAnswer> {
    this.asked.push({ owners: requests.map(({ owner }) => owner), cost })
    if (this.failing) throw new Error('the limits cannot be asked')
    const answer = this.#limits.take(requests, cost, this.#nowMs())
    await this.waiting
    return answer
  }
  async giveBack(requests: readonly EngineLimitRequest[], cost: number): Promise<void> {
    if (this.losingGiveBacks) throw new Error('the limits cannot be asked')
    this.givenBack += cost
    this.#limits.giveBack(requests, cost, this.#nowMs())
  }
  /** How many units are left of each limit of an owner. */
  left(requests: readonly EngineLimitRequest[]): number[] {
    return this.#limits.take(requests, 0, this.#nowMs()).states.map(({ remaining }) => remaining)
  }
}

/** An engine whose limits are counted elsewhere, and the key of an account whose plan has limits of both kinds. */
async function asking(options: Partial<NodeEngineOptions> = {}) {
  const clock = new FakeClock()
  const limiter = new ScriptedLimiter(() => clock.monotonicMs())
  const scripted = scriptedEngine({ limiter, ...options })
  scripted.store.changeAccount({ plan: 'both' })
  const text = scripted.store.create({ id: 'key_1', quota: { limit: 5, period: null } })
  await scripted.engine.refresh()
  await scripted.checked(text, { cost: 0 })
  limiter.asked.length = 0
  return { ...scripted, limiter, text }
}

describe('limits that are counted elsewhere', () => {
  test('are asked with all owners at once, and what they answer is told', async () => {
    const { limiter, text, checked } = await asking()
    const decision = await checked(text, { cost: 2 })
    expect(limiter.asked).toEqual([{ owners: ['lin_key_1', 'acc_1'], cost: 2 }])
    expect(decision).toMatchObject({
      code: 'VALID',
      limits: [
        { name: 'requests', remaining: 8 },
        { name: 'together', remaining: 13 },
      ],
    })
  })

  test('T9: two engines together accept exactly what the limit has', async () => {
    const clock = new FakeClock()
    const limiter = new ScriptedLimiter(() => clock.monotonicMs())
    const engines = [scriptedEngine({ limiter }), scriptedEngine({ limiter })]
    const texts = engines.map(({ store }) => store.create({ id: 'key_1', limits: [limit('requests', 10, 10)] }))
    const asked = Array.from({ length: 40 }, (_, index) => engines[index % 2]?.checked(texts[index % 2] ?? ''))
    const codes = (await Promise.all(asked)).map((decision) => decision?.code)
    expect(codes.filter((code) => code === 'VALID')).toHaveLength(10)
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(30)
  })

  test('are not asked where there are none, and a check that is refused anyway asks nothing', async () => {
    const { limiter, store, text, checked, check } = await asking()
    await checked(text, { permissions: ['jobs.edit'] })
    await checked(text, { audiences: ['elsewhere'] })
    store.changeAccount({ id: 'acc_2', plan: 'free' })
    const free = store.create({ id: 'key_2', accountId: 'acc_2' })
    await checked(free)
    expect(check(free)).not.toBeInstanceOf(Promise)
    expect(limiter.asked).toEqual([])
  })

  test('a cost of 0 looks and takes nothing, of the quota neither', async () => {
    const { limiter, quotas, text, checked } = await asking()
    const decision = await checked(text, { cost: 0 })
    expect(decision).toMatchObject({ code: 'VALID', limits: [{ remaining: 10 }, { remaining: 15 }] })
    expect(limiter.asked).toEqual([{ owners: ['lin_key_1', 'acc_1'], cost: 0 }])
    expect([quotas.taken, limiter.givenBack]).toEqual([0, 0])
  })

  test('U5: a refusal by a limit does not ask the quota; a refusal by the quota gives the limits back', async () => {
    const { limiter, quotas, text, checked } = await asking()
    expect(await checked(text, { cost: 11 })).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: null })
    expect([quotas.taken, limiter.givenBack]).toEqual([0, 0])
    expect((await checked(text, { cost: 5 })).code).toBe('VALID')
    for (let index = 0; index < 20; index++) expect((await checked(text)).code).toBe('QUOTA_EXCEEDED')
    expect([quotas.taken, limiter.givenBack]).toEqual([5, 20])
    expect((await checked(text, { cost: 0 })).limits).toMatchObject([{ remaining: 5 }, { remaining: 10 }])
  })

  test('U5: a revocation while they are asked refuses, and everything is given back', async () => {
    const { limiter, quotas, store, engine, text, check } = await asking()
    const { promise, resolve } = Promise.withResolvers<void>()
    limiter.waiting = promise
    const asked = check(text)
    await settle()
    await engine.applied(store.change(text, { state: 'revoked' }))
    resolve()
    expect(await asked).toMatchObject({ code: 'REVOKED' })
    expect([limiter.givenBack, quotas.taken - quotas.givenBack]).toEqual([1, 0])
    expect(quotas.used.get('lin_key_1')).toBe(0)
  })

  test('that fail, or hang, are unavailable in bounded time; what they take late is given back', async () => {
    const { limiter, quotas, clock, engine, text, check } = await asking()
    limiter.failing = true
    expect(await check(text)).toMatchObject({ code: 'UNAVAILABLE', valid: false })
    limiter.failing = false
    const { promise, resolve } = Promise.withResolvers<void>()
    limiter.waiting = promise
    const asked = check(text)
    await clock.advance(1_000)
    expect(await asked).toMatchObject({ code: 'UNAVAILABLE' })
    resolve()
    await settle()
    expect([limiter.givenBack, quotas.taken]).toEqual([1, 0])
    expect(engine.state.limitGiveBacksFailed).toBe(0)
  })

  test('that cannot be given back are counted, and the check still answers', async () => {
    const { limiter, engine, text, checked } = await asking()
    await checked(text, { cost: 5 })
    limiter.losingGiveBacks = true
    expect((await checked(text)).code).toBe('QUOTA_EXCEEDED')
    expect(engine.state.limitGiveBacksFailed).toBe(1)
  })

  test('a quota that fails gives the limits back', async () => {
    const quotas = new ScriptedQuotas()
    const { limiter, text, checked } = await asking({ quotas })
    quotas.failing = true
    expect((await checked(text)).code).toBe('UNAVAILABLE')
    expect(limiter.givenBack).toBe(1)
  })
})

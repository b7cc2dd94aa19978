import { describe, expect, test } from 'vitest'
import type { CheckRequest, Decision } from '../decision.ts'
import { delegatingEngine, limit, scriptedEngine, settle } from './testing.ts'
import { plain, unavailable } from './verdict.ts'

/** An engine that asks another one over the same store, whose answers a test can hold back or replace. */
function delegating({ exactLimits = false } = {}) {
  const asked: CheckRequest[] = []
  const script: { waiting: Promise<void> | null; answer: Decision | null } = { waiting: null, answer: null }
  const other = scriptedEngine()
  const delegate = async (request: CheckRequest): Promise<Decision> => {
    asked.push(request)
    const decision = script.answer ?? plain(await other.engine.verify(request))
    await script.waiting
    return decision
  }
  const own = delegatingEngine(delegate, exactLimits)
  /** The same key in both stores. */
  const create = (facts: Parameters<typeof own.store.create>[0]) => {
    const text = own.store.create(facts)
    return other.store.create(facts, text)
  }
  const recorded = async () => {
    const counts: Record<string, number> = {}
    await own.engine.flush(async ({ usage }) => {
      for (const { code, count } of usage) counts[code] = (counts[code] ?? 0) + count
    })
    return counts
  }
  return { ...own, other, asked, script, create, recorded }
}

const quota = { limit: 2, period: null }

describe('where another engine gives the verdict', () => {
  test('T9: quotas are taken there, exactly, and recorded there alone', async () => {
    const { create, checked, other, quotas, recorded } = delegating()
    const text = create({ id: 'key_1', quota })
    const codes = (await Promise.all(Array.from({ length: 6 }, () => checked(text)))).map(({ code }) => code)
    expect(codes.filter((code) => code === 'VALID')).toHaveLength(2)
    expect(codes.filter((code) => code === 'QUOTA_EXCEEDED')).toHaveLength(4)
    expect([other.quotas.taken, quotas.taken]).toEqual([2, 0])
    expect(await recorded()).toEqual({})
  })

  test('it is not asked for what is refused here, costs nothing, or takes no quota', async () => {
    const { create, checked, asked, recorded } = delegating()
    const text = create({ id: 'key_1', quota })
    const plainKey = create({ id: 'key_2', limits: [limit('requests', 1, 1_000)] })
    expect((await checked(text, { permissions: ['jobs.edit'] })).code).toBe('INSUFFICIENT_PERMISSION')
    expect((await checked(text, { cost: 0 })).code).toBe('VALID')
    expect((await checked(plainKey)).code).toBe('VALID')
    expect((await checked(plainKey)).code).toBe('RATE_LIMITED')
    expect(asked).toEqual([])
    expect(await recorded()).toEqual({ INSUFFICIENT_PERMISSION: 1, VALID: 2, RATE_LIMITED: 1 })
  })

  test('exact limits are taken there as well', async () => {
    const { create, checked, asked } = delegating({ exactLimits: true })
    const text = create({ id: 'key_1', limits: [limit('requests', 1, 1_000)] })
    expect((await checked(text)).code).toBe('VALID')
    expect(await checked(text)).toMatchObject({ code: 'RATE_LIMITED', limits: [{ name: 'requests', remaining: 0 }] })
    expect((await checked(text, { cost: 0 })).code).toBe('VALID')
    expect(asked).toHaveLength(2)
  })

  test('T7: what it accepted is refused where the key was revoked before its answer was there, and is not counted twice', async () => {
    for (const change of ['revoked', 'paused', 'deleted'] as const) {
      const { create, check, checked, engine, store, script, recorded } = delegating()
      const text = create({ id: 'key_1', quota })
      await checked(text)
      const { promise, resolve } = Promise.withResolvers<void>()
      script.waiting = promise
      const asked = check(text)
      await settle()
      if (change === 'deleted') store.remove(text)
      else store.change(text, { state: change })
      await engine.refresh()
      resolve()
      const expected = { revoked: 'REVOKED', paused: 'PAUSED', deleted: 'NOT_FOUND' }[change]
      expect(await asked).toMatchObject({ valid: false, code: expected })
      expect(await recorded()).toEqual({})
    }
  })

  test('T7: an answer that comes late is not accepted by a memory that grew too old meanwhile', async () => {
    const { create, check, checked, source, clock, script } = delegating()
    const text = create({ id: 'key_1', quota })
    await checked(text)
    const { promise, resolve } = Promise.withResolvers<void>()
    script.waiting = promise
    const asked = check(text)
    await settle()
    source.failing = true
    await clock.advance(1_500)
    resolve()
    await clock.advance(1_500)
    expect(await asked).toMatchObject({ valid: false, code: 'UNAVAILABLE' })
  })

  test('what it refuses, or cannot say, is passed on as it is', async () => {
    const { create, checked, script, recorded } = delegating()
    const text = create({ id: 'key_1', quota })
    script.answer = unavailable(700)
    expect(await checked(text)).toEqual(unavailable(700))
    expect(await recorded()).toEqual({})
  })
})

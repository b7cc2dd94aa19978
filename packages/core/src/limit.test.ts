import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Limit } from './config/types.ts'
import { compileLimit, effectiveLimits, quotaPeriod, remainingOf, retryAfterOf, takeRate } from './limit.ts'

const someLimit: fc.Arbitrary<Limit> = fc
  .tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 3_600 }), fc.integer({ min: 1, max: 200 }))
  .map(([limit, windowSeconds, burst]) => ({ name: 'requests', limit, windowSeconds, burst: Math.min(burst, limit) }))

describe('the rate', () => {
  test('admits in no window more than a burst and the steady rate, whatever the pattern of calls', () => {
    const waits = fc.array(fc.tuple(fc.double({ min: 0, max: 2, noNaN: true }), fc.integer({ min: 1, max: 5 })), {
      maxLength: 300,
    })
    fc.assert(
      fc.property(someLimit, waits, (limit, calls) => {
        const rate = compileLimit(limit)
        const windowMs = limit.windowSeconds * 1000
        const admitted: { readonly atMs: number; readonly cost: number }[] = []
        let [nowMs, tatMs] = [1_000_000, 0]
        for (const [windows, cost] of calls) {
          nowMs += (windows * windowMs) / 50
          const next = takeRate(rate, tatMs, nowMs, cost)
          if (next === undefined) continue
          tatMs = next
          admitted.push({ atMs: nowMs, cost })
        }
        let [from, sum] = [0, 0]
        for (const call of admitted) {
          sum += call.cost
          while ((admitted[from]?.atMs ?? nowMs) <= call.atMs - windowMs) sum -= admitted[from++]?.cost ?? 0
          expect(sum).toBeLessThanOrEqual((limit.burst ?? limit.limit) + limit.limit)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('the bound is reached: a burst after idleness, then the steady rate', () => {
    const rate = compileLimit({ name: 'requests', limit: 10, windowSeconds: 10 })
    let [tatMs, admitted] = [0, 0]
    for (let nowMs = 50_000; nowMs < 60_000; nowMs += 10) {
      const next = takeRate(rate, tatMs, nowMs, 1)
      if (next !== undefined) [tatMs, admitted] = [next, admitted + 1]
    }
    expect(admitted).toBe(20)
  })

  test('U12: a steady caller at or below the limit is never refused', () => {
    fc.assert(
      fc.property(
        someLimit,
        fc.double({ min: 1, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (limit, slower, startMs) => {
          const rate = compileLimit(limit)
          let tatMs = 0
          for (let call = 0; call < 500; call++) {
            const next = takeRate(rate, tatMs, startMs + call * rate.emissionMs * slower, 1)
            expect(next).toBeDefined()
            tatMs = next ?? 0
          }
        },
      ),
    )
  })

  test('retryAfter is exact: refused before, admitted at; null where waiting never helps', () => {
    fc.assert(
      fc.property(
        someLimit,
        fc.integer({ min: 1, max: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (limit, cost, fill) => {
          const rate = compileLimit(limit)
          const nowMs = 1_000_000
          const tatMs = nowMs + rate.toleranceMs * fill
          const wait = retryAfterOf(rate, tatMs, nowMs, cost)
          if (cost > (limit.burst ?? limit.limit)) {
            expect(wait).toBeNull()
            expect(takeRate(rate, 0, nowMs, cost)).toBeUndefined()
            return
          }
          if (wait === null) return expect.fail('a wait is known')
          expect(takeRate(rate, tatMs, nowMs + wait, cost)).toBeDefined()
          // The forgiven hundredth of a unit is all that may be early.
          const earlier = nowMs + wait - rate.emissionMs * 0.02
          if (earlier >= nowMs) expect(takeRate(rate, tatMs, earlier, cost)).toBeUndefined()
          if (takeRate(rate, tatMs, nowMs, cost) === undefined) expect(wait).toBeGreaterThan(0)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('what remains is what is admitted', () => {
    fc.assert(
      fc.property(someLimit, fc.double({ min: 0, max: 1.2, noNaN: true }), (limit, fill) => {
        const rate = compileLimit(limit)
        const nowMs = 1_000_000
        const tatMs = nowMs + rate.toleranceMs * fill
        const remaining = remainingOf(rate, tatMs, nowMs)
        expect(takeRate(rate, tatMs, nowMs, remaining + 1)).toBeUndefined()
        if (remaining > 0) expect(takeRate(rate, tatMs, nowMs, remaining)).toBeDefined()
        expect(remainingOf(rate, 0, nowMs)).toBe(limit.burst ?? limit.limit)
      }),
    )
  })

  test('fails closed: a limit of 0 admits nothing, and neither does a cost that is not a number', () => {
    const nothing = compileLimit({ name: 'requests', limit: 0, windowSeconds: 60 })
    expect(takeRate(nothing, 0, 1_000, 1)).toBeUndefined()
    expect(retryAfterOf(nothing, 0, 1_000, 1)).toBeNull()
    expect(remainingOf(nothing, 0, 1_000)).toBe(0)
    const some = compileLimit({ name: 'requests', limit: 5, windowSeconds: 60 })
    for (const cost of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(takeRate(some, 0, 1_000, cost)).toBeUndefined()
      expect(retryAfterOf(some, 0, 1_000, cost)).toBeNull()
    }
  })
})

describe('limits in force', () => {
  const limit = (name: string, most: number, windowSeconds = 60, burst?: number): Limit => ({
    name,
    limit: most,
    windowSeconds,
    ...(burst === undefined ? {} : { burst }),
  })

  test('for each name: the override in force, else the smaller of the key’s and the plan’s', () => {
    const own = [limit('a', 5), limit('b', 50), limit('own', 1)]
    const plan = [limit('a', 10), limit('b', 10), limit('plan', 2)]
    const overrides = [
      { limit: limit('a', 100), untilMs: 2_000 },
      { limit: limit('new', 7), untilMs: null },
    ]
    const byName = (nowMs: number) =>
      Object.fromEntries(
        effectiveLimits(own, plan, overrides, nowMs).limits.map(({ name, limit: most }) => [name, most]),
      )
    expect(byName(1_999)).toEqual({ a: 100, b: 10, own: 1, plan: 2, new: 7 })
    expect(byName(2_000)).toEqual({ a: 5, b: 10, own: 1, plan: 2, new: 7 })
  })

  test('the smaller is the smaller rate, whatever the windows; of equal rates the smaller burst', () => {
    const smaller = (a: Limit, b: Limit) => effectiveLimits([a], [b], [], 0).limits
    expect(smaller(limit('x', 100, 86_400), limit('x', 1, 1))).toEqual([limit('x', 100, 86_400)])
    expect(smaller(limit('x', 60, 60), limit('x', 1, 1))).toEqual([limit('x', 1, 1)])
    expect(smaller(limit('x', 60, 60, 5), limit('x', 60, 60))).toEqual([limit('x', 60, 60, 5)])
  })

  test('hold until the first override in force ends, and are the same until then', () => {
    const override = fc
      .tuple(
        fc.constantFrom('a', 'b', 'c'),
        fc.integer({ min: 1, max: 9 }),
        fc.option(fc.integer({ min: 1, max: 100 }), { nil: null }),
      )
      .map(([name, most, untilMs]) => ({ limit: limit(name, most), untilMs }))
    fc.assert(
      fc.property(fc.array(override, { maxLength: 5 }), fc.nat(110), (overrides, nowMs) => {
        const { limits, validUntilMs } = effectiveLimits([limit('a', 5)], [limit('b', 5)], overrides, nowMs)
        const ends = overrides.flatMap(({ untilMs }) => (untilMs !== null && untilMs > nowMs ? [untilMs] : []))
        expect(validUntilMs).toBe(Math.min(Number.POSITIVE_INFINITY, ...ends))
        if (validUntilMs !== Number.POSITIVE_INFINITY)
          expect(effectiveLimits([limit('a', 5)], [limit('b', 5)], overrides, validUntilMs - 1).limits).toEqual(limits)
      }),
    )
  })
})

describe('periods of quotas', () => {
  const at = (text: string) => Date.parse(text)
  test('are calendar days and months in UTC, over ends of months, years and February', () => {
    const table: readonly ['day' | 'month', string, string, string][] = [
      ['day', '2026-11-20T00:00:00.000Z', '2026-11-20', '2026-11-21T00:00:00.000Z'],
      ['day', '2026-11-30T23:59:59.999Z', '2026-11-30', '2026-12-01T00:00:00.000Z'],
      ['day', '2026-12-31T23:59:59.999Z', '2026-12-31', '2027-01-01T00:00:00.000Z'],
      ['day', '2028-02-28T12:00:00.000Z', '2028-02-28', '2028-02-29T00:00:00.000Z'],
      ['day', '2027-02-28T12:00:00.000Z', '2027-02-28', '2027-03-01T00:00:00.000Z'],
      ['month', '2026-01-31T23:59:59.999Z', '2026-01', '2026-02-01T00:00:00.000Z'],
      ['month', '2028-02-29T00:00:00.000Z', '2028-02', '2028-03-01T00:00:00.000Z'],
      ['month', '2026-12-01T00:00:00.000Z', '2026-12', '2027-01-01T00:00:00.000Z'],
      // When clocks change somewhere, nothing happens here.
      ['day', '2026-03-29T01:30:00.000Z', '2026-03-29', '2026-03-30T00:00:00.000Z'],
    ]
    for (const [period, now, id, resets] of table)
      expect(quotaPeriod(period, at(now))).toEqual({ id, resetsAtMs: at(resets) })
    expect(quotaPeriod(null, at('2026-11-20T00:00:00Z'))).toEqual({ id: '', resetsAtMs: null })
  })

  test('follow each other without a gap: where one ends, the next begins', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('day' as const, 'month' as const),
        fc.integer({ min: 0, max: at('2099-12-31') }),
        (period, nowMs) => {
          const { id, resetsAtMs } = quotaPeriod(period, nowMs)
          const end = resetsAtMs ?? expect.fail('a period ends')
          expect(end).toBeGreaterThan(nowMs)
          expect(quotaPeriod(period, end - 1).id).toBe(id)
          expect(quotaPeriod(period, end).id > id).toBe(true)
        },
      ),
    )
  })
})

import { expect, test } from 'vitest'
import { storeClock } from './clock.ts'

const fiveMinutesMs = 300_000

test('T7: a node whose clock is wrong goes by the time of the store, also while nothing is proved, and before the first proof by its own', () => {
  let [wallMs, ageMs] = [fiveMinutesMs, Number.POSITIVE_INFINITY]
  const engine = {
    get state() {
      return { ageMs }
    },
    storeNowMs: () => (ageMs === Number.POSITIVE_INFINITY ? wallMs : wallMs - fiveMinutesMs),
  }
  const clock = storeClock({ wallMs: () => wallMs, monotonicMs: () => 7 }, engine)
  expect(clock.wallMs()).toBe(fiveMinutesMs)
  ageMs = 250
  expect(clock.wallMs()).toBe(0)
  wallMs += 1_000
  expect(clock.wallMs()).toBe(1_000)
  ageMs = Number.POSITIVE_INFINITY
  wallMs += 1_000
  expect([clock.wallMs(), clock.monotonicMs()]).toEqual([2_000, 7])
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KeyState } from './config/types.ts'
import { canTransition, endAfterRotation, type StoredState, stateAt, type Transition } from './lifecycle.ts'

test('a key expires exactly at its end, unless it is revoked, which is final (T27)', () => {
  const table: readonly [StoredState, number | null, number, KeyState][] = [
    ['active', null, 5, 'active'],
    ['active', 6, 5, 'active'],
    ['active', 5, 5, 'expired'],
    ['active', 4, 5, 'expired'],
    ['paused', null, 5, 'paused'],
    ['paused', 6, 5, 'paused'],
    ['paused', 5, 5, 'expired'],
    ['revoked', null, 5, 'revoked'],
    ['revoked', 6, 5, 'revoked'],
    ['revoked', 4, 5, 'revoked'],
  ]
  for (const [state, endsAtMs, nowMs, expected] of table) expect(stateAt({ state, endsAtMs }, nowMs)).toBe(expected)
})

test('the whole table of transitions', () => {
  const allowed: Record<Transition, readonly KeyState[]> = {
    pause: ['active'],
    reactivate: ['paused'],
    revoke: ['active', 'paused', 'expired'],
    rotate: ['active'],
    delete: ['active', 'paused', 'revoked', 'expired'],
  }
  for (const transition of Object.keys(allowed) as Transition[]) {
    for (const state of ['active', 'paused', 'revoked', 'expired'] as const) {
      expect(canTransition(state, transition), `${transition} from ${state}`).toBe(allowed[transition].includes(state))
    }
  }
})

test('T27: nothing leads from revoked or expired to a key that is accepted', () => {
  for (const state of ['revoked', 'expired'] as const) {
    for (const transition of ['reactivate', 'pause', 'rotate'] as const)
      expect(canTransition(state, transition)).toBe(false)
  }
})

test('U2: an overlap ends when it says, and never later than the key would have', () => {
  expect(endAfterRotation(1_000, 60, null)).toBe(61_000)
  expect(endAfterRotation(1_000, 60, 30_000)).toBe(30_000)
  expect(endAfterRotation(1_000, 0, null)).toBe(1_000)
  fc.assert(
    fc.property(fc.nat(), fc.nat(10_000_000), fc.option(fc.nat(), { nil: null }), (nowMs, overlapSeconds, endsAtMs) => {
      const end = endAfterRotation(nowMs, overlapSeconds, endsAtMs)
      expect(end).toBeLessThanOrEqual(endsAtMs ?? Number.POSITIVE_INFINITY)
      expect(end).toBeLessThanOrEqual(nowMs + overlapSeconds * 1000)
    }),
  )
})

import { expect, test } from 'vitest'
import type { Say } from '../../locales/words.tsx'
import { deliveryFault, isUnderWay } from './delivery-words.ts'

const say: Say = (phrase) => phrase

test('the class of a failure is said in words, an unknown one as it is', () => {
  expect(deliveryFault({ lastError: null }, say)).toBe('')
  expect(deliveryFault({ lastError: 'timed_out' }, say)).toBe('webhooks.fault.timed_out')
  expect(deliveryFault({ lastError: 'toString' }, say)).toBe('toString')
})

test('only a message whose attempt is due about now is asked after again', () => {
  const nowMs = Date.parse('2026-11-21T04:00:00Z')
  expect(isUnderWay({ state: 'pending', nextAttemptAt: '2026-11-21T04:00:05Z' }, nowMs)).toBe(true)
  expect(isUnderWay({ state: 'pending', nextAttemptAt: '2026-11-21T03:59:50Z' }, nowMs)).toBe(true)
  expect(isUnderWay({ state: 'pending', nextAttemptAt: '2026-11-21T05:00:00Z' }, nowMs)).toBe(false)
  expect(isUnderWay({ state: 'pending', nextAttemptAt: null }, nowMs)).toBe(false)
  expect(isUnderWay({ state: 'delivered', nextAttemptAt: null }, nowMs)).toBe(false)
})

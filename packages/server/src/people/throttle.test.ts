import { expect, it } from 'vitest'
import { testClock } from '../storage/testing.ts'
import { type Guess, SignInThrottle } from './throttle.ts'

const guess = (given: Partial<Guess> = {}): Guess => ({
  what: 'password',
  address: '192.0.2.1',
  person: 'ada@example.com',
  device: undefined,
  ...given,
})

function tries(throttle: SignInThrottle, times: number, given: (count: number) => Partial<Guess>): number {
  let heard = 0
  for (let count = 0; count < times; count++) if (!('problem' in throttle.attempt(guess(given(count))))) heard++
  return heard
}

it('one network is heard ten times in a quarter of an hour for one person, and told when the next attempt is heard', () => {
  const clock = testClock()
  const throttle = new SignInThrottle(clock)
  expect(tries(throttle, 20, () => ({}))).toBe(10)
  expect(throttle.attempt(guess())).toEqual({ problem: 'too_many_requests', retryAfterSeconds: 90 })
  clock.advance(90_000)
  expect(throttle.attempt(guess())).not.toHaveProperty('problem')
})

it('what was right does not count, however often', () => {
  const throttle = new SignInThrottle(testClock())
  for (let count = 0; count < 200; count++) {
    const attempt = throttle.attempt(guess())
    if ('problem' in attempt) throw new Error('refused')
    attempt.succeeded()
  }
})

it('one network is heard sixty times for all persons, a /64 being one network', () => {
  const throttle = new SignInThrottle(testClock())
  const address = (count: number): string => `2001:db8::${(count + 1).toString(16)}`
  expect(tries(throttle, 100, (count) => ({ address: address(count), person: `p${count}@example.com` }))).toBe(60)
  expect(tries(throttle, 1, () => ({ address: '2001:db8:0:1::1', person: 'p@example.com' }))).toBe(1)
})

it('one network alone, however long it tries, does not shut the person out elsewhere', () => {
  const clock = testClock()
  const throttle = new SignInThrottle(clock)
  for (let minute = 0; minute < 24 * 60; minute++) {
    tries(throttle, 5, () => ({}))
    clock.advance(60_000)
    if (minute % 60 === 0) {
      const owner = throttle.attempt(guess({ address: '198.51.100.9' }))
      if ('problem' in owner) throw new Error(`shut out after ${minute} minutes`)
      owner.succeeded()
    }
  }
})

it('guesses from everywhere count together, except on a device that is known for the person', () => {
  const throttle = new SignInThrottle(testClock())
  const everywhere = (count: number): string => `10.${count >> 8}.${count & 255}.1`
  expect(tries(throttle, 500, (count) => ({ address: everywhere(count) }))).toBe(100)
  expect(throttle.attempt(guess({ address: '198.51.100.9' }))).toHaveProperty('problem')
  expect(throttle.attempt(guess({ address: '198.51.100.9', person: 'bob@example.com' }))).not.toHaveProperty('problem')
  expect(tries(throttle, 20, () => ({ device: 'device-1' }))).toBe(10)
})

it('codes are guarded more closely than passwords, and apart from them', () => {
  const throttle = new SignInThrottle(testClock())
  expect(tries(throttle, 20, () => ({ what: 'code' }))).toBe(5)
  expect(tries(throttle, 20, () => ({}))).toBe(10)
})

it('names without end do not fill the memory: what was tried longest ago is forgotten', () => {
  const throttle = new SignInThrottle(testClock())
  tries(throttle, 20, () => ({}))
  const others = (count: number): Partial<Guess> => ({
    address: `10.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}`,
    person: `${count}${'x'.repeat(5_000)}`,
  })
  tries(throttle, 19_999, others)
  expect(throttle.attempt(guess())).toHaveProperty('problem')
  tries(throttle, 30_000, (count) => others(20_000 + count))
  expect(throttle.attempt(guess())).not.toHaveProperty('problem')
})

import { compileLimit } from '@keywright/core'
import { expect, test } from 'vitest'
import type { Gossip, Told } from './gossip.ts'
import { FailureThrottle } from './http/throttle.ts'
import { SignInThrottle } from './people/throttle.ts'
import { SharedArrivals } from './shared-arrivals.ts'

const clock = { monotonicMs: () => 1_000, wallMs: () => 1_700_000_000_000 }

/** Processes that tell each other everything at once. */
function gossips(count: number): readonly Gossip[] {
  const listeners = Array.from({ length: count }, () => new Map<string, (told: Told) => void>())
  return listeners.map((own) => ({
    tell: (topic, told) => {
      for (const other of listeners) if (other !== own) other.get(topic)?.(told)
    },
    hear: (topic, listener) => void own.set(topic, listener),
  }))
}

const rate = compileLimit({ name: 'few', limit: 4, windowSeconds: 60 })

test('what several processes took of one rate counts together, and what one gave back is free in all', () => {
  const [one, other] = gossips(2).map((gossip) => new SharedArrivals(10, { topic: 'few', clock, gossip })) as [
    SharedArrivals,
    SharedArrivals,
  ]
  for (const arrivals of [one, other, one, other]) {
    expect(arrivals.waitMs('name', rate, 1_000)).toBe(0)
    arrivals.take('name', rate, 1_000)
  }
  expect([one, other].map((arrivals) => arrivals.waitMs('name', rate, 1_000))).toEqual([15_000, 15_000])
  expect(one.waitMs('another name', rate, 1_000)).toBe(0)
  one.giveBack('name', rate)
  expect(other.waitMs('name', rate, 1_000)).toBe(0)
})

test('a network that guesses at credentials has one allowance over all processes', () => {
  const throttles = gossips(3).map((gossip) => new FailureThrottle(clock, gossip))
  const codes = Array.from({ length: 123 }, (_, index) => throttles[index % 3]?.failed('192.0.2.1').refused.problem)
  expect(codes.filter((code) => code === 'invalid_token')).toHaveLength(120)
  expect(codes.slice(120)).toEqual(['too_many_requests', 'too_many_requests', 'too_many_requests'])
})

test('a person whose password is guessed has one allowance over all processes', () => {
  const throttles = gossips(2).map((gossip) => new SignInThrottle(clock, gossip))
  const guess = { what: 'password', address: '192.0.2.1', person: 'ada@example.com', device: undefined } as const
  const heard = Array.from({ length: 12 }, (_, index) => {
    const answer = throttles[index % 2]?.attempt(guess)
    return answer !== undefined && !('problem' in answer)
  })
  expect(heard.filter(Boolean)).toHaveLength(10)
})

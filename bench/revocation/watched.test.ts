import { expect, test } from 'vitest'
import { Watched } from './watched.ts'

const ms = 1e6

test('a key was last accepted when its last accepted check ended; refusals after it do not count', () => {
  const watched = new Watched(['a', 'b'], () => {})
  watched.answered(0, 'VALID', 10, 20)
  watched.answered(0, 'VALID', 30, 40)
  watched.answered(0, 'UNAVAILABLE', 50, 60)
  watched.answered(0, 'REVOKED', 70, 80)
  expect(watched.report()).toEqual({ acceptedNs: [40, null], codes: ['REVOKED', ''], checks: 4, interrupted: 0 })
})

test('a check in the midst of which the process stood still counts from its beginning, and is told', () => {
  const watched = new Watched(['a'], () => {})
  watched.answered(0, 'VALID', 0, 19 * ms)
  expect(watched.report()).toMatchObject({ acceptedNs: [19 * ms], interrupted: 0 })
  watched.answered(0, 'VALID', 30 * ms, 1_500 * ms)
  expect(watched.report()).toMatchObject({ acceptedNs: [30 * ms], interrupted: 1 })
})

test('it is warm once, when every key was accepted', () => {
  let warm = 0
  const watched = new Watched(['a', 'b'], () => warm++)
  for (let round = 0; round < 3; round++) watched.answered(0, 'VALID', 1, 2)
  watched.answered(1, 'UNAVAILABLE', 3, 4)
  expect(warm).toBe(0)
  for (let round = 0; round < 3; round++) watched.answered(1, 'VALID', 5, 6)
  expect(warm).toBe(1)
})

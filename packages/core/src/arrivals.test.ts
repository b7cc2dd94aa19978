import { expect, it } from 'vitest'
import { Arrivals } from './arrivals.ts'
import { compileLimit } from './limit.ts'

const twoAMinute = compileLimit({ name: 'test', limit: 2, windowSeconds: 60 })

it('a name waits once it has taken what the rate gives, and no other name does', () => {
  const arrivals = new Arrivals(10)
  for (let count = 0; count < 5; count++) arrivals.take('one', twoAMinute, 1_000)
  expect(arrivals.waitMs('one', twoAMinute, 1_000)).toBe(30_000)
  expect(arrivals.waitMs('one', twoAMinute, 31_000)).toBe(0)
  expect(arrivals.waitMs('another', twoAMinute, 1_000)).toBe(0)
})

it('what is given back can be taken again', () => {
  const arrivals = new Arrivals(10)
  for (let count = 0; count < 2; count++) arrivals.take('one', twoAMinute, 1_000)
  arrivals.giveBack('one', twoAMinute)
  expect(arrivals.waitMs('one', twoAMinute, 1_000)).toBe(0)
})

it('so many names are remembered and no more; the one that was untouched the longest is forgotten', () => {
  const arrivals = new Arrivals(2)
  const takeAll = (name: string) => {
    for (let count = 0; count < 2; count++) arrivals.take(name, twoAMinute, 1_000)
  }
  takeAll('one')
  takeAll('another')
  arrivals.giveBack('one', twoAMinute)
  arrivals.take('one', twoAMinute, 1_000)
  takeAll('third')
  const waits = ['one', 'another', 'third'].map((name) => arrivals.waitMs(name, twoAMinute, 1_000))
  expect(waits).toEqual([30_000, 0, 30_000])
})

import type { Position, Scope } from '@keywright/core'
import { describe, expect, it } from 'vitest'
import type { HeadAnswer } from '../../storage/ports.ts'
import { LogWindow } from './window.ts'

const at = (number: number, past = 'a', epoch = 'first'): Position => ({ epoch, number, hash: `${past}${number}` })

/** What the store answers about its head: the entries after one number and through another, of one past. */
const answer = (after: number, through: number, past = 'a', reset = false): HeadAnswer => ({
  position: at(through, past),
  ageMs: 0,
  storeTimeMs: 0,
  changes: reset
    ? []
    : Array.from({ length: through - after }, (_, index) => ({
        number: after + index + 1,
        hash: `${past}${after + index + 1}`,
        scopes: [`key:${past}${after + index + 1}`] satisfies Scope[],
      })),
  complete: true,
  reset,
})

const numbers = (window: LogWindow, after: number, through: number) =>
  window.between(after, through).map(({ number }) => number)

describe('the window of the newest entries', () => {
  it('begins at the first head and holds what follows, without a gap', () => {
    const window = new LogWindow()
    window.observe(null, answer(7, 7))
    expect(window.has(at(7))).toBe(true)
    expect(window.has(at(6))).toBe(false)
    window.observe(at(7), answer(7, 9))
    window.observe(at(9), answer(9, 12))
    expect(numbers(window, 7, 12)).toEqual([8, 9, 10, 11, 12])
    expect(window.between(11, 12)[0]?.json).toBe('{"number":12,"scopes":["key:a12"]}')
  })

  it('knows a place by its hash and its epoch, never by its number alone', () => {
    const window = new LogWindow()
    window.observe(null, answer(7, 7))
    window.observe(at(7), answer(7, 9))
    expect(window.has(at(8))).toBe(true)
    expect(window.has(at(8, 'b'))).toBe(false)
    expect(window.has(at(8, 'a', 'second'))).toBe(false)
    expect(window.has({ ...at(8), hash: '' })).toBe(false)
  })

  it('takes answers that overlap, come twice or come late', () => {
    const window = new LogWindow()
    window.observe(null, answer(0, 0))
    window.observe(at(0), answer(0, 5))
    window.observe(at(2), answer(2, 7))
    window.observe(at(0), answer(0, 3))
    expect(numbers(window, 0, 7)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it('never joins two pasts: another hash, another epoch or a gap begins it anew', () => {
    const window = new LogWindow()
    window.observe(null, answer(0, 0))
    window.observe(at(0), answer(0, 5))
    // The store failed over to a past in which entries 4 and 5 are others.
    window.observe(at(3), { ...answer(3, 6, 'b') })
    expect(window.has(at(5))).toBe(false)
    expect(window.has(at(2))).toBe(false)
    expect(window.between(3, 6).map(({ hash }) => hash)).toEqual(['b4', 'b5', 'b6'])
    window.observe(at(9, 'b'), answer(9, 10, 'b'))
    expect(window.has(at(6, 'b'))).toBe(false)
    expect(numbers(window, 9, 10)).toEqual([10])
    window.observe(at(10, 'b'), answer(0, 4, 'c', true))
    expect(window.has(at(10, 'b'))).toBe(false)
    expect(window.has(at(4, 'c'))).toBe(true)
    window.observe({ ...at(4), epoch: 'second' }, { ...answer(4, 5), position: at(5, 'a', 'second') })
    expect(window.has(at(4, 'c'))).toBe(false)
    expect(window.has(at(5, 'a', 'second'))).toBe(true)
  })

  it('keeps what it has where the head is read from nowhere and is a place that it knows', () => {
    const window = new LogWindow()
    window.observe(null, answer(0, 0))
    window.observe(at(0), answer(0, 5))
    window.observe(null, answer(5, 5))
    expect(window.has(at(0))).toBe(true)
    window.observe(null, answer(6, 6))
    expect(window.has(at(5))).toBe(false)
  })

  it('holds so many entries and so many scopes, and lets go of the oldest', () => {
    const window = new LogWindow({ entriesMax: 3, scopesMax: 1_000 })
    window.observe(null, answer(0, 0))
    window.observe(at(0), answer(0, 10))
    expect(window.has(at(6))).toBe(false)
    expect(window.has(at(7))).toBe(true)
    expect(numbers(window, 7, 10)).toEqual([8, 9, 10])
    expect(() => window.between(5, 10)).toThrow('does not have')
    const wide = new LogWindow({ entriesMax: 1_000, scopesMax: 4 })
    wide.observe(null, answer(0, 0))
    wide.observe(at(0), answer(0, 10))
    expect([wide.has(at(5)), wide.has(at(6))]).toEqual([false, true])
  })
})

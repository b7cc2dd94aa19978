import { describe, expect, it } from 'vitest'
import { Pulse, type PulseRelay } from './pulse.ts'

const open = (bounds = {}) => {
  let nowMs = 0
  const pulse = new Pulse('process', () => nowMs, bounds)
  return { pulse, advance: (ms: number) => (nowMs += ms) }
}

describe('the pulse of accounts', () => {
  it('beats for the account and the kind that was touched', () => {
    const { pulse } = open()
    const before = pulse.beatsOf('acc_1')
    const other = pulse.beatsOf('acc_2')
    pulse.touch('acc_1', 'usage')
    const after = pulse.beatsOf('acc_1')
    expect([after.usage > before.usage, after.notices === before.notices]).toEqual([true, true])
    expect(pulse.beatsOf('acc_2')).toEqual(other)
  })

  it('never answers an older beat after it forgot an account', () => {
    const { pulse, advance } = open()
    const before = pulse.beatsOf('acc_1')
    advance(120_001)
    pulse.beatsOf('acc_2')
    pulse.touch('acc_1', 'usage')
    const after = pulse.beatsOf('acc_1')
    expect(after.usage).toBeGreaterThan(before.usage)
    expect(after.notices).toBeGreaterThan(before.notices)
  })

  it('takes so many who wait for one account and in all, and no more until one leaves', () => {
    const { pulse } = open({ perAccountMax: 2, max: 3 })
    const first = pulse.join('acc_1')
    expect(pulse.join('acc_1')).toBeDefined()
    expect(pulse.join('acc_1')).toBeUndefined()
    expect(pulse.join('acc_2')).toBeDefined()
    expect(pulse.join('acc_3')).toBeUndefined()
    first?.leave()
    first?.leave()
    expect(pulse.join('acc_3')).toBeDefined()
    expect(pulse.join('acc_4')).toBeUndefined()
  })

  it('does not lose a change between two looks, and wakes nobody who waits for another account', async () => {
    const { pulse } = open()
    const place = pulse.join('acc_1')
    pulse.wake('acc_1')
    await place?.next(600_000)
    const waiting = place?.next(600_000)
    pulse.wake('acc_2')
    const first = await Promise.race([waiting?.then(() => 'woken'), Promise.resolve('waiting')])
    expect(first).toBe('waiting')
    pulse.wake('acc_1')
    await waiting
  })
})

/** Processes on one store that tell each other at once; `deliver` holds it back until called. */
function together(count: number) {
  let markMs = 1_000
  const held: (() => void)[] = []
  type Listener = Parameters<PulseRelay['hear']>[0]
  const listeners: (Listener | undefined)[] = []
  const watching = new Set<number>()
  const pulses = Array.from({ length: count }, (_, index) => {
    const relay: PulseRelay = {
      process: 'all',
      mark: () => markMs,
      isWatchedElsewhere: () => [...watching].some((other) => other !== index),
      watching: () => void watching.add(index),
      touched: (accountId, what, at) => {
        for (const [other, listener] of listeners.entries()) {
          if (other !== index) held.push(() => listener?.([accountId], what, at))
        }
      },
      hear: (listener) => {
        listeners[index] = listener
      },
    }
    return new Pulse(`process ${index}`, () => 0, { relay })
  })
  const deliver = () => {
    const told = held.splice(0)
    for (const tell of told) tell()
    return told.length
  }
  return { pulses: pulses as [Pulse, Pulse], deliver, later: (ms: number) => (markMs += ms), all: () => listeners }
}

describe('the pulse of several processes on one store', () => {
  it('wakes who waits in one process when another one touches the account, with one cursor good for all', async () => {
    const { pulses, deliver, later } = together(2)
    const [one, other] = pulses
    expect(one.process).toBe(other.process)
    const before = one.beatsOf('acc_1')
    const place = one.join('acc_1')
    const woken = place?.next(60_000)
    later(5)
    expect(other.isWatching).toBe(true)
    other.touch('acc_1', 'usage')
    deliver()
    await woken
    place?.leave()
    const after = one.beatsOf('acc_1')
    expect(after.usage).toBeGreaterThan(before.usage)
    expect(after.notices).toBe(before.notices)
  })

  it('does not call changed in one process what its cursor has from another one', () => {
    const { pulses, deliver, later } = together(2)
    const [one, other] = pulses
    one.beatsOf('acc_1')
    other.beatsOf('acc_1')
    later(5)
    other.touch('acc_1', 'usage')
    deliver()
    expect(one.beatsOf('acc_1').usage).toBe(other.beatsOf('acc_1').usage)
  })

  it('counts what was on its way while a cursor was written as later than the cursor', () => {
    const { pulses, deliver, later } = together(2)
    const [one, other] = pulses
    one.beatsOf('acc_1')
    later(5)
    other.touch('acc_1', 'usage')
    later(5)
    one.touch('acc_1', 'usage')
    const cursor = one.beatsOf('acc_1')
    deliver()
    expect(one.beatsOf('acc_1').usage).toBeGreaterThan(cursor.usage)
  })

  it('wakes everybody when there were too many accounts to name', () => {
    const { pulses, all } = together(2)
    const [one] = pulses
    const before = [one.beatsOf('acc_1'), one.beatsOf('acc_2')]
    all()[0]?.(null, 'usage', 2_000)
    const after = [one.beatsOf('acc_1'), one.beatsOf('acc_2')]
    expect(after.map(({ usage }, index) => usage > (before[index]?.usage ?? 0))).toEqual([true, true])
  })

  it('tells nobody where nobody watches', () => {
    const { pulses, deliver } = together(2)
    const [one, other] = pulses
    other.touch('acc_1', 'usage')
    expect(one.isWatching).toBe(false)
    expect(deliver()).toBe(0)
    one.beatsOf('acc_1')
    other.touch('acc_1', 'usage')
    expect(deliver()).toBe(1)
  })
})

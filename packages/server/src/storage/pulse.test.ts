import { describe, expect, it } from 'vitest'
import { Pulse } from './pulse.ts'

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

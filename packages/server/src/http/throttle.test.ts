import { describe, expect, it } from 'vitest'
import { testClock } from '../storage/testing.ts'
import { FailureThrottle, MailThrottle } from './throttle.ts'

const fail = (throttle: FailureThrottle, address: string, times: number) => {
  for (let index = 0; index < times; index++) throttle.failed(address)
}

/** How the next failure of an address is refused: seconds to wait, or 0 where it is refused as any. */
const wait = (throttle: FailureThrottle, address: string): number =>
  Number(throttle.failed(address).headers?.['Retry-After'] ?? 0)

describe('failed authentications', () => {
  it('T11: are counted by the network that a customer cannot leave', () => {
    const throttle = new FailureThrottle(testClock())
    for (let index = 0; index < 120; index++) throttle.failed(`2001:db8:1:2::${index.toString(16)}`)
    expect(wait(throttle, '2001:db8:1:2:ffff::1')).toBeGreaterThan(0)
    expect(wait(throttle, '2001:db8:1:3::1')).toBe(0)
    fail(throttle, '192.0.2.1', 120)
    expect(wait(throttle, '::ffff:192.0.2.1')).toBeGreaterThan(0)
  })

  it('are forgiven with time', () => {
    const clock = testClock()
    const throttle = new FailureThrottle(clock)
    fail(throttle, '192.0.2.1', 200)
    clock.advance(wait(throttle, '192.0.2.1') * 1_000)
    expect(wait(throttle, '192.0.2.1')).toBe(0)
  })

  it('are remembered of a bounded number of networks, the newest', () => {
    const throttle = new FailureThrottle(testClock())
    fail(throttle, '192.0.2.1', 120)
    for (let index = 0; index < 9_999; index++) throttle.failed(`10.0.${index >> 8}.${index & 255}`)
    expect(wait(throttle, '192.0.2.1')).toBeGreaterThan(0)
    throttle.failed('10.1.0.0')
    expect(wait(throttle, '192.0.2.1')).toBe(0)
  })
})

describe('mail that strangers cause', () => {
  it('is bounded for each address and each network, and only what is sent counts', () => {
    const clock = testClock()
    const throttle = new MailThrottle(clock)
    const sent = (email: string, address: string, times: number) =>
      Array.from({ length: times }, () => throttle.takes(email, address)).filter(Boolean).length
    expect(sent('ada@example.com', '192.0.2.1', 10)).toBe(3)
    expect(sent('ada@example.com', '198.51.100.1', 10)).toBe(0)
    const others = Array.from({ length: 40 }, (_, index) => throttle.takes(`p${index}@example.com`, '192.0.2.1'))
    expect(others.filter(Boolean).length).toBe(27)
    clock.advance(3_600_000)
    expect(sent('ada@example.com', '192.0.2.1', 10)).toBe(3)
  })
})

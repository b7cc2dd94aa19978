import { expect, it } from 'vitest'
import { testClock, testRandomBytes } from '../storage/testing.ts'
import { knownDevice, rememberDevice } from './device.ts'

const parts = { key: new Uint8Array(32).fill(3), clock: testClock(), randomBytes: testRandomBytes() }
const cookieValue = (line: string): string => /^__Host-keywright_device=([^;]+); /.exec(line)?.[1] ?? ''

it('a device is known for the person who signed in on it, for 180 days, and for nobody else', () => {
  const line = rememberDevice(parts, 'ada@example.com')
  expect(line).toMatch(/; Max-Age=15552000; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  const value = cookieValue(line)
  expect(knownDevice(parts, value, 'ada@example.com')).toMatch(/^\w{16}$/)
  expect(knownDevice(parts, value, 'bob@example.com')).toBeUndefined()
  expect(knownDevice({ ...parts, key: new Uint8Array(32) }, value, 'ada@example.com')).toBeUndefined()
  const late = testClock()
  late.advance(180 * 86_400_000)
  expect(knownDevice({ ...parts, clock: late }, value, 'ada@example.com')).toBeUndefined()
})

it('what was altered or is none is not known', () => {
  const value = cookieValue(rememberDevice(parts, 'ada@example.com'))
  const [id, ends, seal] = value.split('.') as [string, string, string]
  for (const bad of [
    undefined,
    '',
    'x',
    `${id}.${Number(ends) + 1}.${seal}`,
    `A${id.slice(1)}.${ends}.${seal}`,
    `${id}.${ends}.`,
    `${value}x`,
  ])
    expect([bad, knownDevice(parts, bad, 'ada@example.com')]).toEqual([bad, undefined])
})

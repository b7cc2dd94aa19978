import { expect, it } from 'vitest'
import { proofWays } from './proof-ways.ts'

const passkeys = [{ id: 'pk_1', name: 'Laptop', createdAt: '2026-11-21T00:00:00Z' }]

it('the most convenient proof comes first, and only what the person has and the browser can', () => {
  const all = { passkeys, totp: true, password: true }
  expect(proofWays(all, true)).toEqual(['passkey', 'code', 'password'])
  expect(proofWays(all, false)).toEqual(['code', 'password'])
  expect(proofWays({ passkeys: [], totp: false, password: true }, true)).toEqual(['password'])
  expect(proofWays({ passkeys: [], totp: false, password: false }, true)).toEqual([])
})

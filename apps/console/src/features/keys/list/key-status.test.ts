import { expect, test } from 'vitest'
import { keyStatus } from './key-status.ts'

const nowMs = Date.parse('2026-11-21T10:00:00Z')
const dayMs = 86_400_000
const at = (days: number): string => new Date(nowMs + days * dayMs).toISOString()
const config = {
  rotation: { dueAfterDays: 90, overlapsSeconds: [], defaultOverlapSeconds: 0, maxOverlapSeconds: 0 },
}
const fresh = {
  state: 'active',
  expiresAt: null,
  endsAt: null,
  rotatedTo: null,
  dueForRotation: false,
  lastUsedAt: at(-1),
  createdAt: at(-2),
} as const
const kinds = (key: Parameters<typeof keyStatus>[0], atMs = nowMs): readonly string[] =>
  keyStatus(key, config, atMs).map(({ kind }) => kind)

test('a key with nothing to say of it is active', () => {
  expect(kinds(fresh)).toEqual(['active'])
})

test('what needs attention most comes first, the state last', () => {
  const key = { ...fresh, expiresAt: at(3), endsAt: at(3), dueForRotation: true, lastUsedAt: at(-100) }
  expect(kinds(key)).toEqual(['expiring', 'due', 'unused', 'active'])
})

test('a replaced key says when it ends rather than when it would have expired', () => {
  expect(kinds({ ...fresh, rotatedTo: 'key_2', endsAt: at(1), expiresAt: at(3) })).toEqual(['rotating', 'active'])
})

test('a key whose end has come is expired even if the list is older than that', () => {
  const key = { ...fresh, rotatedTo: 'key_2', endsAt: at(1) }
  expect(kinds(key, nowMs + dayMs - 1)).toEqual(['rotating', 'active'])
  expect(kinds(key, nowMs + dayMs)).toEqual(['expired'])
})

test('revoked stays revoked past its end, and nothing else is said of it', () => {
  expect(kinds({ ...fresh, state: 'revoked', endsAt: at(-1), dueForRotation: true })).toEqual(['revoked'])
})

test('a key that was never used counts from its creation', () => {
  const mark = keyStatus({ ...fresh, lastUsedAt: null, createdAt: at(-30) }, config, nowMs)[0]
  expect(mark).toMatchObject({ kind: 'unused', days: 30, tone: 'resting' })
  expect(kinds({ ...fresh, lastUsedAt: null, createdAt: at(-29) })).toEqual(['active'])
})

test('an expiry a week away is near, a later one is not', () => {
  expect(kinds({ ...fresh, expiresAt: at(7), endsAt: at(7) })).toEqual(['expiring', 'active'])
  expect(kinds({ ...fresh, expiresAt: at(8), endsAt: at(8) })).toEqual(['active'])
})

test('without a rotation age no key is due', () => {
  const none = { rotation: { ...config.rotation, dueAfterDays: null } }
  expect(keyStatus({ ...fresh, dueForRotation: true }, none, nowMs).map(({ kind }) => kind)).toEqual(['active'])
})

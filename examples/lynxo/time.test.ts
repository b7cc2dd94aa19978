import { setTimeout as pause } from 'node:timers/promises'
import type { Account, Key } from '@keywright/sdk'
import { beforeAll, expect, test } from 'vitest'
import { bodyOf, type Call, type ProblemBody } from '../../e2e/support/calls.ts'
import { type ManualClock, manualClock } from '../../e2e/support/moved-clock.ts'
import { createAccount, createKey } from '../../e2e/support/operating.ts'
import { onDatabaseServer } from '../../e2e/support/own-store.ts'
import { type System, startSystem } from './testing.ts'

const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000]
const [free, scale] = [60, 600]

let clock: ManualClock
let system: System

beforeAll(async () => {
  clock = manualClock('2026-11-21T09:00:00Z')
  system = await startSystem(clock)
})

const newKey = (account: Account) =>
  createKey(system.operator, account.id, {
    name: 'CRM Sync Production',
    environment: 'production',
    preset: 'read-only',
  })

/**
 * Calls until the first refusal, and answers that. So many calls as the limit says have to be answered before; where its clock runs, as that of
 * Redis always does, as many more as it let pass anew meanwhile.
 */
async function callUntilRefused(api: Call, limit: number, clockRuns = onDatabaseServer) {
  const beganMs = performance.now()
  for (let answered = 0; ; answered++) {
    const answer = await api<ProblemBody>('GET', '/v1/jobs')
    const anew = clockRuns ? Math.ceil(((performance.now() - beganMs) / minute) * limit) : 0
    if (answer.status === 200 && answered <= limit + anew) continue
    expect(answer.status, answer.text).toBe(429)
    expect(answered).toBeGreaterThanOrEqual(limit)
    expect(answered).toBeLessThanOrEqual(limit + anew)
    return answer
  }
}

test('LYN-8: past its limit a key is told "Rate Limit Exceeded" and when to retry', async () => {
  const account = await createAccount(system.operator, 'Limited')
  const [one, other] = [await newKey(account), await newKey(account)]
  const api = system.api('production', one.secret)
  const refusal = await callUntilRefused(api, free)
  expect(refusal.body.title).toBe('Rate Limit Exceeded')
  expect(refusal.body.check).toContain('Contact support if you need temporary limit increases.')
  const waitSeconds = Number(refusal.headers.get('retry-after'))
  expect(waitSeconds).toBe(1)
  expect(refusal.headers.get('ratelimit-policy')).toBe(`"requests";q=${free};w=60`)
  expect(refusal.headers.get('ratelimit')).toBe('"requests";r=0;t=1')

  // Limits are per key, and what was promised holds.
  expect((await system.api('production', other.secret)('GET', '/v1/jobs')).status).toBe(200)
  await clock.advance(waitSeconds * second)
  expect((await api('GET', '/v1/jobs')).status).toBe(200)
})

test('LYN-8: on the real clock, a client that honours Retry-After is refused once and then heard', async () => {
  const real = await startSystem()
  const account = await createAccount(real.operator, 'Patient')
  const { secret } = await createKey(real.operator, account.id, {
    name: 'CRM Sync Production',
    environment: 'production',
    preset: 'read-only',
  })
  const api = real.api('production', secret)
  const refusal = await callUntilRefused(api, free, true)
  const waitSeconds = Number(refusal.headers.get('retry-after'))
  expect(waitSeconds).toBeGreaterThanOrEqual(1)
  // Not a moment that the test needs: it is what the client was told.
  await pause(waitSeconds * second)
  expect((await api('GET', '/v1/jobs')).status).toBe(200)
})

test("LYN-8: an account's plan decides the default", async () => {
  const account = await createAccount(system.operator, 'Growing', { plan: 'scale' })
  const api = system.api('production', (await newKey(account)).secret)
  await callUntilRefused(api, scale)
})

const raised = (limit: number, until: string | null) => ({
  body: { limits: [{ name: 'requests', limit, windowSeconds: 60, until }] },
})

test("LYN-8: an operator raises one key's limit for a while", async () => {
  const account = await createAccount(system.operator, 'Campaign')
  const [one, other] = [await newKey(account), await newKey(account)]
  const until = new Date(clock.wallMs() + hour).toISOString()
  const body = await bodyOf(
    system.operator<Key & { overrides: object }>('PUT', `/v1/keys/${one.id}/override`, raised(100, until)),
  )
  expect(body.overrides).toMatchObject({ limits: [{ name: 'requests', limit: 100, windowSeconds: 60, until }] })
  const api = system.api('production', one.secret)
  await callUntilRefused(api, 100)
  await callUntilRefused(system.api('production', other.secret), free)
  await clock.advance(hour + minute)
  await callUntilRefused(api, free)
})

test("LYN-8: an operator raises one key's limit for good, and takes it back", async () => {
  const account = await createAccount(system.operator, 'Partner')
  const key = await newKey(account)
  await bodyOf(system.operator('PUT', `/v1/keys/${key.id}/override`, raised(100, null)))
  await clock.advance(400 * day)
  const api = system.api('production', key.secret)
  await callUntilRefused(api, 100)
  await bodyOf(system.operator('DELETE', `/v1/keys/${key.id}/override`))
  await clock.advance(10 * minute)
  await callUntilRefused(api, free)
})

test('LYN-7: a key does not expire by itself', async () => {
  const account = await createAccount(system.operator, 'Patient')
  const key = await newKey(account)
  expect(key.expiresAt).toBeNull()
  await clock.advance(3_650 * day)
  expect((await system.api('production', key.secret)('GET', '/v1/jobs')).status).toBe(200)
  expect((await bodyOf(system.operator<Key>('GET', `/v1/keys/${key.id}`))).state).toBe('active')
})

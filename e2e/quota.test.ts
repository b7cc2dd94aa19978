import type { Key } from '@keywright/sdk'
import { beforeAll, expect, test } from 'vitest'
import { bodyOf, type Call, callsWith } from './support/calls.ts'
import { configFile } from './support/everything.config.ts'
import { serveInProcess } from './support/in-process.ts'
import { manualClock } from './support/moved-clock.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'

interface Checked {
  readonly code: string
  readonly limits?: readonly { readonly remaining: number }[]
}

let operator: Call
let verifier: Call
const clock = manualClock('2026-11-21T09:00:00Z')

beforeAll(async () => {
  const server = await serveInProcess({ config: configFile, clock })
  operator = server.operator
  verifier = callsWith(server.url, await createVerifyCredential(operator, { environment: 'live', audiences: ['shop'] }))
})

const limits = [{ name: 'requests', limit: 1_000, windowSeconds: 60 }]

async function keyWithQuota(limit: number) {
  const { id } = await createAccount(operator, 'Metered')
  const key = await createKey(operator, id, {
    name: 'Metered',
    preset: 'reader',
    limits,
    quota: { limit, period: 'month' },
  })
  const check = async (more: object = {}): Promise<Checked> =>
    bodyOf(verifier<Checked>('POST', '/v1/verify', { body: { key: key.secret, ...more } }))
  const used = async () => (await bodyOf(operator<Key>('GET', `/v1/keys/${key.id}`))).quota?.used
  return { key, check, used }
}

const count = (checks: readonly Checked[], code: string): number => checks.filter((check) => check.code === code).length

test('T9: a quota of k accepts exactly k of many parallel checks, and the refused ones give everything back', async () => {
  const { key, check, used } = await keyWithQuota(25)
  const [single, batches] = await Promise.all([
    Promise.all(Array.from({ length: 60 }, () => check())),
    Promise.all(
      Array.from({ length: 6 }, async () => {
        const body = { checks: Array.from({ length: 10 }, () => ({ key: key.secret })) }
        return (await bodyOf(verifier<{ readonly results: readonly Checked[] }>('POST', '/v1/verify/batch', { body })))
          .results
      }),
    ),
  ])
  const checks = [...single, ...batches.flat()]
  expect(count(checks, 'VALID')).toBe(25)
  expect(count(checks, 'QUOTA_EXCEEDED')).toBe(95)
  expect(await used()).toBe(25)
  // The clock stands still, so what is left of the rate limit counts those that were accepted and nothing else.
  expect((await check({ cost: 0 })).limits?.[0]?.remaining).toBe(975)
})

test('U5: a check that is refused for another reason takes nothing, and cost 0 takes nothing', async () => {
  const { check, used } = await keyWithQuota(3)
  expect((await check({ permissions: ['jobs.create'] })).code).toBe('INSUFFICIENT_PERMISSION')
  expect((await check({ cost: 4 })).code).toBe('QUOTA_EXCEEDED')
  expect((await check({ cost: 0 })).code).toBe('VALID')
  expect(await used()).toBe(0)
  expect((await check({ cost: 2 })).code).toBe('VALID')
  expect((await check({ cost: 2 })).code).toBe('QUOTA_EXCEEDED')
  const last = await check()
  expect(last.code).toBe('VALID')
  expect(last.limits?.[0]?.remaining).toBe(997)
  expect(await used()).toBe(3)
})

test('a quota begins anew with its period', async () => {
  const { check, used } = await keyWithQuota(1)
  expect([(await check()).code, (await check()).code]).toEqual(['VALID', 'QUOTA_EXCEEDED'])
  await clock.advance(Date.parse('2026-12-01T00:00:01Z') - clock.wallMs())
  expect((await check()).code).toBe('VALID')
  expect(await used()).toBe(1)
})

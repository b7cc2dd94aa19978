import { randomBytes } from 'node:crypto'
import type { Account, CreatedKey } from '@keywright/sdk'
import { expect, test } from 'vitest'
import { bodyOf, type Call, callsWith } from './support/calls.ts'
import { keywright, startServer } from './support/child-server.ts'
import { temporaryFolder } from './support/cleanup.ts'
import { configFile } from './support/everything.config.ts'
import { createAccount, createKey, createVerifyCredential, type WithSecret } from './support/operating.ts'
import { until } from './support/poll.ts'

const newEnvironment = () => ({
  KEYWRIGHT_DATA: temporaryFolder(),
  KEYWRIGHT_CONFIG: configFile,
  KEYWRIGHT_OPERATOR_KEY: randomBytes(32).toString('hex'),
})

/** Everything that was answered before the power went. */
interface Answered {
  readonly created: WithSecret<CreatedKey>[]
  readonly revoked: Set<string>
  /** Keys whose revocation was asked for, answered or not. */
  readonly asked: Set<string>
}

/** Creates keys, and revokes every other one, until the server is gone. Only what was answered is noted. */
async function work(operator: Call, account: Account, answered: Answered): Promise<void> {
  for (let turn = 0; ; turn++) {
    try {
      const key = await createKey(operator, account.id, { name: 'In a storm' })
      answered.created.push(key)
      if (turn % 2 === 0) continue
      answered.asked.add(key.id)
      await bodyOf(operator('POST', `/v1/keys/${key.id}/revoke`))
      answered.revoked.add(key.id)
    } catch {
      return
    }
  }
}

test('kill -9 during writes: the log verifies, and no answered creation or revocation is lost', async () => {
  const environment = newEnvironment()
  const first = await startServer(environment)
  const operator = callsWith(first.url, environment.KEYWRIGHT_OPERATOR_KEY)
  const account = await createAccount(operator, 'Stormy')
  const verifySecret = await createVerifyCredential(operator, { environment: 'live', audiences: ['shop'] })
  const answered: Answered = { created: [], revoked: new Set(), asked: new Set() }
  const workers = Array.from({ length: 8 }, () => work(operator, account, answered))
  await until('some work to be answered', () => answered.created.length >= 60 && answered.revoked.size >= 20)
  await first.kill()
  await Promise.all(workers)

  const verified = await keywright(['events', 'verify', '--json'], environment)
  expect(verified.code, verified.told).toBe(0)
  expect(JSON.parse(verified.out)).toMatchObject({ whole: true, faults: [] })

  const second = await startServer(environment)
  const verifier = callsWith(second.url, verifySecret)
  for (let from = 0; from < answered.created.length; from += 100) {
    const keys = answered.created.slice(from, from + 100)
    const body = { checks: keys.map(({ secret }) => ({ key: secret })) }
    const { results } = await bodyOf(
      verifier<{ readonly results: readonly { readonly code: string }[] }>('POST', '/v1/verify/batch', { body }),
    )
    for (const [index, { id }] of keys.entries()) {
      const { code } = results[index] ?? {}
      if (answered.revoked.has(id)) expect(code).toBe('REVOKED')
      else if (!answered.asked.has(id)) expect(code).toBe('VALID')
      // A revocation whose answer never came may have happened or not.
      else expect(['VALID', 'REVOKED']).toContain(code)
    }
  }
  await second.stop()
})

test('kill -9 during checks: the usage lost is at most what the metric said was at stake', async () => {
  const environment = newEnvironment()
  const first = await startServer(environment)
  const operator = callsWith(first.url, environment.KEYWRIGHT_OPERATOR_KEY)
  const key = await createKey(operator, (await createAccount(operator, 'Busy')).id, { name: 'Busy' })
  const verifier = callsWith(
    first.url,
    await createVerifyCredential(operator, { environment: 'live', audiences: ['shop'] }),
  )
  let answered = 0
  const check = async () => {
    await bodyOf(verifier('POST', '/v1/verify', { body: { key: key.secret } }))
    answered++
  }
  const atStake = async (): Promise<number> => {
    const { text } = await operator('GET', '/metrics')
    const found = /^keywright_usage_at_stake (\d+)$/m.exec(text)?.[1]
    if (found === undefined) throw new Error('the metric is missing')
    return Number(found)
  }

  await Promise.all(Array.from({ length: 200 }, check))
  // With nothing more to count, an interval later nothing is at stake.
  await until('all usage to be stored', async () => (await atStake()) === 0, 5_000)
  await Promise.all(Array.from({ length: 100 }, check))
  const stake = await atStake()
  const before = answered
  await Promise.all(Array.from({ length: 50 }, check))
  await first.kill()
  expect(stake).toBeLessThanOrEqual(100)

  const second = await startServer(environment)
  const { totals } = await bodyOf(
    callsWith(second.url, environment.KEYWRIGHT_OPERATOR_KEY)<{ readonly totals: { readonly accepted: number } }>(
      'GET',
      `/v1/keys/${key.id}/usage`,
    ),
  )
  expect(totals.accepted).toBeGreaterThanOrEqual(before - stake)
  expect(totals.accepted).toBeLessThanOrEqual(answered)

  // A graceful stop loses nothing.
  const counted = totals.accepted
  const again = callsWith(second.url, environment.KEYWRIGHT_OPERATOR_KEY)
  const body = { key: key.secret, environment: 'live', audience: 'shop' }
  await Promise.all(Array.from({ length: 30 }, () => bodyOf(again('POST', '/v1/verify', { body }))))
  expect(await second.stop()).toBe(0)
  const third = await startServer(environment)
  const after = await bodyOf(
    callsWith(third.url, environment.KEYWRIGHT_OPERATOR_KEY)<{ readonly totals: { readonly accepted: number } }>(
      'GET',
      `/v1/keys/${key.id}/usage`,
    ),
  )
  expect(after.totals.accepted).toBe(counted + 30)
  await third.stop()
})

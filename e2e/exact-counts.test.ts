import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { bodyOf, type Call, callsWith } from './support/calls.ts'
import type { CheckingOrder, CheckingResult } from './support/checking-process.ts'
import { compileCache, startServer } from './support/child-server.ts'
import { afterwards, temporaryFolder } from './support/cleanup.ts'
import { configFile } from './support/everything.config.ts'
import { lossyProxy } from './support/lossy-proxy.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'
import { until } from './support/poll.ts'

const program = resolve(import.meta.dirname, 'support/checking-process.ts')

/** Runs a process that checks keys by itself, to its end. */
async function check(order: CheckingOrder): Promise<CheckingResult> {
  const child = spawn(process.execPath, [program], { env: { ...process.env, ...compileCache }, stdio: 'pipe' })
  const [said, told] = [text(child.stdout), text(child.stderr)]
  afterwards(() => (child.exitCode === null && child.signalCode === null ? child.kill('SIGKILL') : undefined))
  child.stdin.end(JSON.stringify(order))
  await once(child, 'close')
  const result = await said
  if (result === '') throw new Error(`a checking process ended without a word: ${await told}`)
  return JSON.parse(result) as CheckingResult
}

const newEnvironment = () => ({
  KEYWRIGHT_DATA: temporaryFolder(),
  KEYWRIGHT_CONFIG: configFile,
  KEYWRIGHT_OPERATOR_KEY: randomBytes(32).toString('hex'),
})

/** A server with keys, and a credential to check them by. */
async function prepared(keyCount: number) {
  const environment = newEnvironment()
  const server = await startServer(environment)
  const operator = callsWith(server.url, environment.KEYWRIGHT_OPERATOR_KEY)
  const { id: account } = await createAccount(operator, 'Counted')
  const keys = await Promise.all(
    Array.from({ length: keyCount }, (_, index) => createKey(operator, account, { name: `Key ${index}` })),
  )
  const credential = await createVerifyCredential(operator, { environment: 'live', audiences: ['shop'] })
  return { environment, server, operator, keys, credential }
}

/** How many accepted checks are stored of keys. */
async function stored(operator: Call, ids: readonly string[]): Promise<number> {
  const counts = ids.map(async (id) => {
    const usage = await bodyOf(
      operator<{ readonly totals: { readonly accepted: number } }>('GET', `/v1/keys/${id}/usage`),
    )
    return usage.totals.accepted
  })
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

test('a million checks in four processes add up to a million, through lost acknowledgements and a restart of the server', async () => {
  const { environment, server, keys, credential } = await prepared(8)
  let reports = 0
  const proxy = await lossyProxy(
    server.url,
    ({ method, url }) => method === 'POST' && url === '/v1/usage' && reports++ % 3 === 0,
  )
  const order = {
    url: proxy.url,
    credential,
    keys: keys.map(({ secret }) => secret),
    checks: 125_000,
    end: 'close',
  } as const
  // Each of the four ends and begins anew once, as an adopter's process does when it is deployed.
  const twice = async () => [await check(order), await check(order)]
  const working = Promise.all(Array.from({ length: 4 }, twice))
  await until('reports to be under way', () => reports >= 4)
  expect(await server.stop()).toBe(0)
  const next = await startServer(environment)
  proxy.leadTo(next.url)
  const results = (await working).flat()

  expect(results.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(1_000_000)
  expect(results.map(({ atStake, uncounted }) => atStake + uncounted)).toEqual(results.map(() => 0))
  expect(proxy.lost()).toBeGreaterThan(0)
  const operator = callsWith(next.url, environment.KEYWRIGHT_OPERATOR_KEY)
  expect(
    await stored(
      operator,
      keys.map(({ id }) => id),
    ),
  ).toBe(1_000_000)
  expect(await next.stop()).toBe(0)
}, 120_000)

test('kill -9 of a checking process: what is lost of its counts is at most what it said was at stake', async () => {
  const { server, operator, keys, credential } = await prepared(2)
  const { accepted, atStake } = await check({
    url: server.url,
    credential,
    keys: keys.map(({ secret }) => secret),
    checks: 40_000,
    end: 'kill',
  })
  expect(atStake).toBeGreaterThan(0)
  const counted = await stored(
    operator,
    keys.map(({ id }) => id),
  )
  expect(counted).toBeGreaterThanOrEqual(accepted - atStake)
  expect(counted).toBeLessThanOrEqual(accepted)
  await server.stop()
})

import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { KeyCreation } from '@keywright/sdk'
import { describe, expect, test } from 'vitest'
import { startRedis, type TestRedis } from '../packages/server/src/redis/testing.ts'
import { type Answer, bodyOf, type Call, callsWith } from './support/calls.ts'
import { type ChildServer, startServer } from './support/child-server.ts'
import { afterwards, temporaryFolder } from './support/cleanup.ts'
import { configFile } from './support/everything.config.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'
import { until } from './support/poll.ts'
import { freePort } from './support/ports.ts'

interface Checked {
  readonly code: string
  readonly limits?: readonly { readonly remaining: number; readonly scope?: string }[]
  readonly retryAfterSeconds?: number
}

const monthly = (limit: number) => ({ name: 'requests', limit, windowSeconds: 2_678_400 })

async function redisFor(...parameters: string[]): Promise<TestRedis> {
  const redis = await startRedis(...parameters)
  afterwards(() => redis.stop())
  return redis
}

interface Nodes {
  readonly servers: readonly ChildServer[]
  /** One caller for each node: of the operator, and of a verify credential. */
  readonly operators: readonly Call[]
  readonly verifiers: readonly Call[]
  readonly newKey: (creation: KeyCreation) => Promise<string>
}

/** So many processes on one store and one Redis. */
async function nodesWith(count: number, environment: Readonly<Record<string, string>>): Promise<Nodes> {
  const operatorKey = randomBytes(32).toString('hex')
  const shared = {
    KEYWRIGHT_DATA: temporaryFolder(),
    KEYWRIGHT_CONFIG: configFile,
    // A busy machine is given time: none of these tests is about how long an answer takes.
    KEYWRIGHT_FRESHNESS_MS: '3000',
    KEYWRIGHT_OPERATOR_KEY: operatorKey,
    ...environment,
  }
  const servers: ChildServer[] = []
  for (let index = 0; index < count; index++) servers.push(await startServer(shared))
  const operators = servers.map(({ url }) => callsWith(url, operatorKey))
  const operator = operators[0] as Call
  const credential = await createVerifyCredential(operator, { environment: 'live', audiences: ['shop'] })
  const account = await createAccount(operator, 'Limited')
  return {
    servers,
    operators,
    verifiers: servers.map(({ url }) => callsWith(url, credential)),
    newKey: async (creation) => (await createKey(operator, account.id, creation)).secret,
  }
}

const check = (verifier: Call | undefined, key: string, cost = 1): Promise<Answer<Checked>> =>
  (verifier as Call)<Checked>('POST', '/v1/verify', { body: { key, cost } })

/** The codes of many checks at once, spread over all nodes. */
const codesOf = async ({ verifiers }: Nodes, key: string, count: number): Promise<string[]> =>
  (await Promise.all(Array.from({ length: count }, (_, index) => check(verifiers[index % verifiers.length], key)))).map(
    ({ status, body }) => (status === 200 ? body.code : String(status)),
  )

const count = (codes: readonly string[], code: string): number => codes.filter((each) => each === code).length

describe.skipIf(!process.env['KEYWRIGHT_TEST_REDIS'])('limits in Redis', { timeout: 60_000 }, () => {
  test('T9: two nodes together accept exactly what a limit has, and a refusal by the quota gives the limit back', async () => {
    const redis = await redisFor()
    const nodes = await nodesWith(2, { KEYWRIGHT_REDIS_URL: redis.url })
    const limited = await nodes.newKey({ name: 'Limited', preset: 'reader', limits: [monthly(70)] })
    const codes = await codesOf(nodes, limited, 300)
    expect([count(codes, 'VALID'), count(codes, 'RATE_LIMITED')]).toEqual([70, 230])
    const quota = { limit: 25, period: 'month' } as const
    const metered = await nodes.newKey({ name: 'Metered', preset: 'reader', limits: [monthly(1_000)], quota })
    const counted = await codesOf(nodes, metered, 100)
    expect([count(counted, 'VALID'), count(counted, 'QUOTA_EXCEEDED')]).toEqual([25, 75])
    const { body } = await check(nodes.verifiers[1], metered, 0)
    expect(body.limits).toEqual([expect.objectContaining({ name: 'requests', remaining: 975 })])
    // The names of limits are the configuration's; ids and texts of keys are nobody's business there.
    const stored = (await redis.client.keys('*')).join('\n')
    expect(stored).toMatch(/^\{keywright\}:limit:/)
    expect(stored).not.toMatch(/lin_|acc_|key_|pub_/)
  })

  test('two nodes that are asked without a pause accept no more together than the burst and the rate of the time that went by', async () => {
    const redis = await redisFor()
    const nodes = await nodesWith(2, { KEYWRIGHT_REDIS_URL: redis.url })
    const [limit, burst] = [40, 15]
    const key = await nodes.newKey({
      name: 'Limited',
      preset: 'reader',
      limits: [{ name: 'requests', limit, windowSeconds: 1, burst }],
    })
    const forMs = process.env['KEYWRIGHT_SOAK'] === '1' ? 60_000 : 3_000
    const beganMs = performance.now()
    const codes: string[] = []
    const lane = async (_: unknown, index: number) => {
      while (performance.now() - beganMs < forMs) {
        const { status, body } = await check(nodes.verifiers[index % 2], key)
        codes.push(status === 200 ? body.code : String(status))
      }
    }
    await Promise.all(Array.from({ length: 8 }, lane))
    const seconds = (performance.now() - beganMs) / 1_000
    const accepted = count(codes, 'VALID')
    expect(accepted + count(codes, 'RATE_LIMITED')).toBe(codes.length)
    expect(accepted).toBeLessThanOrEqual(Math.floor(burst + limit * seconds + 0.01))
    // Who is asked more often than the limit says has let pass at least its burst.
    expect(accepted).toBeGreaterThanOrEqual(Math.min(burst, codes.length))
  })

  test('refuse: without Redis limited keys are answered with 503, others as ever; readiness, metrics and log say so, and it mends itself', async () => {
    const redis = await redisFor('--requirepass', 'hunter2-hunter2')
    const url = `redis://:hunter2-hunter2@127.0.0.1:${redis.port}`
    const nodes = await nodesWith(1, { KEYWRIGHT_REDIS_URL: url })
    const [server, operator, verifier] = [
      nodes.servers[0] as ChildServer,
      nodes.operators[0] as Call,
      nodes.verifiers[0],
    ]
    const limited = await nodes.newKey({ name: 'Limited', preset: 'reader', limits: [monthly(10)] })
    const free = await nodes.newKey({ name: 'Free', preset: 'reader' })
    const metric = async (line: string) => (await operator('GET', '/metrics')).text.split('\n').includes(line)
    expect((await check(verifier, limited)).body.code).toBe('VALID')
    expect(await metric('keywright_redis_up 1')).toBe(true)
    await redis.signal('SIGKILL')
    const refused = await check(verifier, limited)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect((await check(verifier, free)).body.code).toBe('VALID')
    const batch = (verifier as Call)<{ results: readonly Checked[] }>('POST', '/v1/verify/batch', {
      body: { checks: [{ key: limited }, { key: free }] },
    })
    expect((await bodyOf(batch)).results).toMatchObject([
      { code: 'UNAVAILABLE', retryAfterSeconds: 3 },
      { code: 'VALID' },
    ])
    const readiness = await until('the node to say that it is not ready', async () => {
      const answer = await operator('GET', '/readyz')
      return answer.status === 503 && answer
    })
    expect(readiness.text).toContain('Checks of limited keys cannot be answered without Redis')
    expect(await metric('keywright_limits_mode{mode="refuse"} 1')).toBe(true)
    await redis.restart()
    await until('checks of limited keys', async () => (await check(verifier, limited, 0)).status === 200, 5_000)
    expect((await operator('GET', '/readyz')).status).toBe(200)
    expect(server.told()).toMatch(/Redis is out of reach\. Checks of limited keys are answered with 503/)
    expect(server.told()).toContain('Redis answers')
    expect(server.told() + server.out()).not.toContain('hunter2')
    expect(await server.stop()).toBe(0)
  })

  test('local: without Redis each of two nodes counts alone, and every answer says so', async () => {
    const redis = await redisFor()
    const nodes = await nodesWith(2, { KEYWRIGHT_REDIS_URL: redis.url, KEYWRIGHT_LIMITS_OUTAGE: 'local' })
    const key = await nodes.newKey({ name: 'Limited', preset: 'reader', limits: [monthly(20)] })
    expect((await check(nodes.verifiers[0], key)).body.limits?.[0]).not.toHaveProperty('scope')
    await redis.signal('SIGKILL')
    const codes = await codesOf(nodes, key, 100)
    // One of them let one pass before, which it remembers.
    expect([count(codes, 'VALID'), count(codes, 'RATE_LIMITED')]).toEqual([39, 61])
    for (const verifier of nodes.verifiers) {
      expect((await check(verifier, key, 0)).body.limits).toMatchObject([{ remaining: 0, scope: 'local' }])
    }
    const ready = await (nodes.operators[0] as Call)('GET', '/readyz')
    expect([ready.status, ready.text]).toEqual([200, expect.stringContaining('counted by this process alone')])
    await redis.restart()
    for (const verifier of nodes.verifiers) {
      const exact = async () => (await check(verifier, key, 0)).body.limits?.[0]?.scope === undefined
      await until('limits to be exact again', exact, 5_000)
    }
  })

  test('a Redis is spoken to by TLS, and only where its certificate is trusted', async () => {
    const folder = temporaryFolder()
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate]
    execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' })
    const plain = await redisFor()
    const port = String(await freePort())
    await plain.client.config('SET', 'tls-cert-file', certificate, 'tls-key-file', key, 'tls-auth-clients', 'no')
    await plain.client.config('SET', 'tls-port', port)
    const environment = { KEYWRIGHT_REDIS_URL: `rediss://localhost:${port}` }
    const trusting = await nodesWith(1, { ...environment, NODE_EXTRA_CA_CERTS: certificate })
    expect((await (trusting.operators[0] as Call)('GET', '/readyz')).status).toBe(200)
    const wary = await nodesWith(1, environment)
    const answer = await (wary.operators[0] as Call)('GET', '/readyz')
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT')])
  })
})

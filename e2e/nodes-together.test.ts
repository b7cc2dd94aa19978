import type { CreatedKey, Key, KeyCreation } from '@keywright/sdk'
import { beforeAll, describe, expect, test } from 'vitest'
import { startRedis, type TestRedis } from '../packages/server/src/redis/testing.ts'
import { bodyOf, callsWith } from './support/calls.ts'
import { afterwards } from './support/cleanup.ts'
import { startLoad } from './support/load.ts'
import { type Cluster, type ClusterNode, freshnessMs, type NodeParts, startCluster } from './support/nodes.ts'
import { createAccount, createKey } from './support/operating.ts'
import { examplePassword, invite } from './support/people.ts'
import { until } from './support/poll.ts'
import { ownPostgres } from './support/postgres.ts'
import { coded, countedOf, expectKept, livedThrough, makeKeys } from './support/story.ts'

const isSoak = process.env['KEYWRIGHT_SOAK'] === '1'
const fiveMinutesMs = 300_000
const preload = new URL('./support/shifted-clock.ts', import.meta.url).href
/** What a machine that is busy adds to times that people look at. */
const closeMs = 20_000

/** A node whose clock is so much ahead of the others'. */
const shifted = (aheadMs: number, more: Readonly<Record<string, string>> = {}): NodeParts => ({
  environment: { NODE_OPTIONS: `--import ${preload}`, TEST_CLOCK_AHEAD_MS: String(aheadMs), ...more },
})

describe.skipIf(!process.env['KEYWRIGHT_TEST_POSTGRES'] || !process.env['KEYWRIGHT_TEST_REDIS'])(
  'four nodes, one of them of two workers, whose clocks are five minutes apart',
  { timeout: 120_000 },
  () => {
    let cluster: Cluster
    let redis: TestRedis
    let account: string
    const nodes = () => cluster.nodes as readonly [ClusterNode, ClusterNode, ClusterNode, ClusterNode]

    beforeAll(async () => {
      const [postgres, started] = await Promise.all([ownPostgres(), startRedis()])
      redis = started
      afterwards(() => redis.stop())
      const environment = { KEYWRIGHT_REDIS_URL: redis.url }
      const local = { KEYWRIGHT_LIMITS_OUTAGE: 'local' }
      const several = { environment: { ...local, KEYWRIGHT_WORKERS: '2' } }
      const parts = [{}, shifted(fiveMinutesMs), shifted(-fiveMinutesMs, local), several]
      cluster = await startCluster({ postgres, database: 'together', environment, nodes: parts })
      account = (await createAccount(nodes()[0].operator, 'Shared')).id
    }, 240_000)

    const newKey = (creation: KeyCreation) => createKey(nodes()[0].operator, account, { preset: 'reader', ...creation })
    const check = async ({ url }: ClusterNode, key: string) => {
      const body = { key }
      const call = callsWith(url, cluster.credential)
      const answer = await call<{ readonly code: string; readonly limits?: readonly { readonly scope?: string }[] }>(
        'POST',
        '/v1/verify',
        { body },
      )
      return {
        code: answer.status === 200 ? answer.body.code : String(answer.status),
        scope: answer.body.limits?.[0]?.scope,
      }
    }
    /** The codes of so many checks at once, spread over all nodes. */
    const codesOf = async (key: string, count: number): Promise<readonly string[]> => {
      const checks = Array.from({ length: count }, (_, index) => check(nodes()[index % 4] as ClusterNode, key))
      return (await Promise.all(checks)).map(({ code }) => code)
    }
    const count = (codes: readonly string[], code: string): number => codes.filter((each) => each === code).length

    test('T7: a revocation through any of them counts at all within the bound', async () => {
      const story = await livedThrough(cluster, { begin: () => {}, lastsMs: 2_000, end: () => {} })
      await expectKept(cluster, story)
    })

    test('an expiry is judged the same by all: by the time of the store', async () => {
      const endMs = Date.now() + 5_000
      const key = await newKey({ name: 'Ending', expiresAt: new Date(endMs).toISOString() })
      await until(
        'every node to find the key expired',
        async () => {
          const sentMs = Date.now()
          const codes = await codesOf(key.secret, 4)
          const answeredMs = Date.now()
          if (answeredMs < endMs - freshnessMs) expect(codes).toEqual(Array(4).fill('VALID'))
          if (sentMs > endMs + freshnessMs) expect(codes).toEqual(Array(4).fill('EXPIRED'))
          return count(codes, 'EXPIRED') === 4
        },
        20_000,
      )
    })

    test('a change made through any of them carries the time of the store, and so does the end of a key that was rotated', async () => {
      for (const { operator } of nodes()) {
        const key = await createKey(operator, account, { name: 'Timed', preset: 'reader' })
        expect(Math.abs(Date.parse(key.createdAt) - Date.now())).toBeLessThan(closeMs)
        const path = `/v1/keys/${key.id}/rotate`
        await bodyOf(operator<CreatedKey>('POST', path, { body: { overlapSeconds: 3_600 } }), 201)
        const { endsAt } = await bodyOf(operator<Key>('GET', `/v1/keys/${key.id}`))
        expect(Math.abs(Date.parse(endsAt ?? '') - Date.now() - 3_600_000)).toBeLessThan(closeMs)
      }
    })

    test('T10: a session of one is the same at all: when it ends, and until when its proof holds', async () => {
      const [even, ahead, behind] = nodes()
      const email = 'somebody@example.com'
      const token = await invite(even.operator, account, 'admin', email)
      const accepted = await fetch(`${behind.url}/v1/invitations/accept`, {
        method: 'POST',
        headers: { Origin: new URL(behind.url).origin, 'Content-Type': 'application/json' },
        body: JSON.stringify({ token, name: 'Somebody', password: examplePassword }),
      })
      expect(accepted.ok, await accepted.text()).toBe(true)
      const cookie = accepted.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ')
      const seen: { readonly provedUntil: string | null; readonly expiresAt: string }[] = []
      for (const { url } of [even, ahead, behind])
        seen.push((await (await fetch(`${url}/v1/session`, { headers: { cookie } })).json()) as (typeof seen)[number])
      const [first] = seen as [(typeof seen)[number]]
      expect(first.provedUntil).not.toBeNull()
      for (const { provedUntil, expiresAt } of seen) {
        expect(provedUntil).toBe(first.provedUntil)
        expect(Math.abs(Date.parse(expiresAt) - Date.parse(first.expiresAt))).toBeLessThan(closeMs)
      }
    })

    test('U14: 51 creations that race over four nodes leave exactly 50 keys', async () => {
      const racing = await createAccount(nodes()[0].operator, 'Racing', { activeKeys: { max: 50, until: null } })
      const path = `/v1/accounts/${racing.id}/keys`
      const answers = await Promise.all(
        Array.from({ length: 51 }, (_, index) =>
          (nodes()[index % 4] as ClusterNode).operator('POST', path, {
            body: { name: `Key ${index}`, preset: 'reader' },
          }),
        ),
      )
      expect(answers.map(({ status }) => status).filter((status) => status === 201)).toHaveLength(50)
      expect(answers.find(({ status }) => status !== 201)?.body).toMatchObject({ code: 'active_keys_cap' })
    })

    test('T9: a quota of k accepts exactly k of the checks that race over four nodes', async () => {
      const key = await newKey({ name: 'Metered', quota: { limit: 25, period: 'month' } })
      await codesOf(key.secret, 0)
      const codes = await codesOf(key.secret, 100)
      expect([count(codes, 'VALID'), count(codes, 'QUOTA_EXCEEDED')]).toEqual([25, 75])
    })

    test('T9: an exact limit accepts over four nodes no more than its burst and what came in meanwhile', async () => {
      const [burst, limit, windowSeconds] = [20, 20, 2]
      const key = await newKey({ name: 'Limited', limits: [{ name: 'requests', limit, windowSeconds, burst }] })
      const beganMs = performance.now()
      let accepted = 0
      for (let round = 0; round < (isSoak ? 40 : 10); round++) accepted += count(await codesOf(key.secret, 40), 'VALID')
      const lastedSeconds = (performance.now() - beganMs) / 1_000
      expect(accepted).toBeGreaterThanOrEqual(burst)
      expect(accepted).toBeLessThanOrEqual(burst + (limit / windowSeconds) * lastedSeconds + 1)
    })

    test('Redis killed and started again: limited keys are refused or counted by each node alone, as it was told, and exactly again within 5 s', async () => {
      const key = await newKey({
        name: 'Limited',
        limits: [{ name: 'requests', limit: 1_000_000, windowSeconds: 3_600 }],
      })
      const free = await newKey({ name: 'Free' })
      expect(await codesOf(key.secret, 4)).toEqual(Array(4).fill('VALID'))
      await redis.signal('SIGKILL')
      const beganMs = performance.now()
      const codes = await Promise.all(nodes().map((node) => check(node, key.secret)))
      expect(performance.now() - beganMs).toBeLessThan(freshnessMs + 2_000)
      expect(codes.map(({ code }) => code)).toEqual(['503', '503', 'VALID', 'VALID'])
      expect(codes.map(({ scope }) => scope)).toEqual([undefined, undefined, 'local', 'local'])
      expect(await codesOf(free.secret, 4)).toEqual(Array(4).fill('VALID'))
      await redis.restart()
      await until(
        'every node to count exactly',
        async () => {
          const again = await Promise.all(nodes().map((node) => check(node, key.secret)))
          return again.every(({ code, scope }) => code === 'VALID' && scope === undefined)
        },
        5_000,
      )
    })

    test('a rolling restart: no 5xx, and no check that was answered is uncounted', async () => {
      const keys = await makeKeys(nodes()[0].operator, account, 4)
      const load = startLoad(cluster, { keys, perSecond: 10, failsOver: true, keepAlive: false })
      try {
        await load.accepted(keys, nodes(), 30_000)
        for (const node of nodes()) {
          expect(await node.server().stop()).toBe(0)
          await node.start()
          await load.accepted(keys, [node], 30_000)
        }
      } finally {
        await load.stop()
      }
      const codes = new Set(load.seen.map(({ code }) => code))
      expect([...codes].filter((code) => !['VALID', 'ECONNREFUSED'].includes(code))).toEqual([])
      const accepted = coded(load, 'VALID').length
      await until('all to be counted', async () => (await countedOf(nodes()[0], keys)) >= accepted)
      expect(await countedOf(nodes()[0], keys)).toBe(accepted)
      await cluster.verifyLog()
    })
  },
)

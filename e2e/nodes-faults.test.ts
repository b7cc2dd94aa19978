import { beforeAll, describe, expect, test } from 'vitest'
import { startRedis, type TestRedis } from '../packages/server/src/redis/testing.ts'
import { startTcpProxy, type TcpProxy } from '../packages/server/src/storage/testing-proxy.ts'
import { afterwards } from './support/cleanup.ts'
import { type Namespace, openNamespace } from './support/namespace.ts'
import { type Cluster, type ClusterNode, freshnessMs, type NodeParts, startCluster } from './support/nodes.ts'
import { ownPostgres } from './support/postgres.ts'
import { coded, expectKept, livedThrough, longestMs } from './support/story.ts'

const isSoak = process.env['KEYWRIGHT_SOAK'] === '1'
/** A check waits for a proof as long as memory may be unproved; the rest is what a busy machine adds. */
const answeredWithinMs = freshnessMs + 2_000
/** What was counted is stored each second; the rest is for the storing itself. */
const storedWithinMs = 2_000
const faultMs = 4_000 * (isSoak ? 4 : 1)

async function proxyTo(port: number, host?: string): Promise<TcpProxy> {
  const proxy = await startTcpProxy(port, host)
  afterwards(() => proxy.close())
  return proxy
}

describe.skipIf(!process.env['KEYWRIGHT_TEST_POSTGRES'] || !process.env['KEYWRIGHT_TEST_REDIS'])(
  'T7: nodes on PostgreSQL and Redis under load',
  { timeout: 120_000 },
  () => {
    let cluster: Cluster
    let redis: TestRedis
    let proxy: TcpProxy
    let namespace: Namespace | undefined
    const at = (index: number) => cluster.nodes[index] as ClusterNode
    const others = (index: number) => cluster.nodes.filter((node) => node.index !== index)
    const last = () => cluster.nodes.length - 1

    beforeAll(async () => {
      const [postgres, startedRedis] = await Promise.all([ownPostgres(), startRedis()])
      redis = startedRedis
      afterwards(() => redis.stop())
      proxy = await proxyTo(postgres.port)
      namespace = openNamespace()
      const database = (port: number, host = '127.0.0.1') => ({
        KEYWRIGHT_DATABASE_URL: `postgres://postgres@${host}:${port}/faults`,
      })
      const nodes: NodeParts[] = [{}, { environment: database(proxy.port) }]
      if (namespace !== undefined) {
        const { prefix, address, outside, databaseSide } = namespace
        const [toPostgres, toRedis] = [await proxyTo(postgres.port, databaseSide), await proxyTo(redis.port, outside)]
        const environment = {
          ...database(toPostgres.port, databaseSide),
          KEYWRIGHT_REDIS_URL: `redis://${outside}:${toRedis.port}`,
          KEYWRIGHT_HOST: address,
        }
        nodes.push({ prefix, environment })
      }
      while (isSoak && nodes.length < 4) nodes.unshift({})
      const environment = { KEYWRIGHT_REDIS_URL: redis.url }
      cluster = await startCluster({ postgres, database: 'faults', environment, nodes })
    }, 240_000)

    test('PostgreSQL stopped and started', async () => {
      const { postgres } = cluster
      const story = await livedThrough(cluster, {
        begin: () => postgres.signal('SIGINT'),
        lastsMs: faultMs,
        end: () => postgres.restart(),
      })
      expect(coded(story, 'UNAVAILABLE').length).toBeGreaterThan(0)
      expect(longestMs(story, cluster.nodes)).toBeLessThan(answeredWithinMs)
      await expectKept(cluster, story)
    })

    test('the LISTEN connection of every node cut, again and again', async () => {
      const { postgres } = cluster
      const cut = async () => {
        const listening = `application_name = 'keywright' and query in ('listen keywright', 'select 1')`
        const rows = await postgres.run(`select pg_terminate_backend(pid) from pg_stat_activity where ${listening}`)
        return rows.length
      }
      const story = await livedThrough(cluster, {
        begin: async () => expect(await cut()).toBe(cluster.nodes.length),
        lastsMs: faultMs / 2,
        end: async () => expect(await cut()).toBeGreaterThan(0),
      })
      expect(longestMs(story, cluster.nodes)).toBeLessThan(answeredWithinMs)
      await expectKept(cluster, story)
    })

    test('a node killed and started again: what it had counted and not yet stored is all that is lost', async () => {
      let killedMs = 0
      const story = await livedThrough(cluster, {
        healthy: others(0),
        begin: async () => {
          killedMs = performance.now()
          await at(0).server().kill()
        },
        lastsMs: faultMs / 2,
        end: () => at(0).start(),
      })
      expect(coded(story, 'ECONNREFUSED').length).toBeGreaterThan(0)
      expect(longestMs(story, others(0))).toBeLessThan(answeredWithinMs)
      const atStake = coded(story, 'VALID').filter(
        ({ node, answeredMs }) =>
          node === 0 && answeredMs < killedMs + storedWithinMs && answeredMs > killedMs - storedWithinMs,
      )
      await expectKept(cluster, story, atStake.length)
    })

    test('a node stopped for ten seconds by SIGSTOP and continued: it accepts nothing from its stale memory', async () => {
      const { pid } = at(last()).server()
      const story = await livedThrough(cluster, {
        healthy: others(last()),
        begin: () => void process.kill(pid, 'SIGSTOP'),
        lastsMs: 10_000,
        end: () => void process.kill(pid, 'SIGCONT'),
      })
      // Revoked keys were presented to it while it stood still, and answered when it went on.
      const late = coded(story, 'REVOKED').filter(
        ({ node, sentMs, answeredMs }) => node === last() && answeredMs - sentMs > 2 * freshnessMs,
      )
      expect(late.length).toBeGreaterThan(0)
      expect(longestMs(story, others(last()))).toBeLessThan(answeredWithinMs)
      await expectKept(cluster, story)
    })

    test('packets between a node and the database swallowed, and the connections of before silent for ever', async () => {
      const index = cluster.nodes.findIndex(({ index: each }) => each === last() - (namespace === undefined ? 0 : 1))
      const story = await livedThrough(cluster, {
        healthy: others(index),
        begin: () => proxy.swallow(),
        lastsMs: 6_000,
        end: () => proxy.pass(),
      })
      expect(coded(story, 'UNAVAILABLE').some(({ node }) => node === index)).toBe(true)
      expect(longestMs(story, cluster.nodes)).toBeLessThan(answeredWithinMs)
      await expectKept(cluster, story)
    })

    test('packets between a node and the database dropped by the kernel', async (context) => {
      if (namespace === undefined) return context.skip('because this machine gives no network namespaces')
      const story = await livedThrough(cluster, {
        healthy: others(last()),
        begin: () => namespace?.drop(true),
        lastsMs: 6_000,
        end: () => namespace?.drop(false),
      })
      expect(coded(story, 'UNAVAILABLE').some(({ node }) => node === last())).toBe(true)
      expect(longestMs(story, cluster.nodes)).toBeLessThan(answeredWithinMs)
      await expectKept(cluster, story)
    })
  },
)

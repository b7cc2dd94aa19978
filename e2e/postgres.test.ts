import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Account } from '@keywright/sdk'
import { beforeAll, describe, expect, test } from 'vitest'
import type { TestPostgres } from '../packages/server/src/storage/testing-postgres.ts'
import { bodyOf, type Call, callsWith } from './support/calls.ts'
import { type ChildServer, keywright } from './support/child-server.ts'
import { temporaryFolder } from './support/cleanup.ts'
import { configFile } from './support/everything.config.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'
import { until } from './support/poll.ts'
import { type Installation, installationOn, ownPostgres, startNodes } from './support/postgres.ts'

interface Checked {
  readonly code: string
}

/** A node as its callers see it. */
interface Node {
  readonly server: ChildServer
  readonly operator: Call
  check(key: string): Promise<string>
}

const freshnessMs = 1_000

describe.skipIf(!process.env['KEYWRIGHT_TEST_POSTGRES'])('several nodes on PostgreSQL', { timeout: 90_000 }, () => {
  let postgres: TestPostgres
  let installation: Installation
  let nodes: readonly Node[]
  let account: Account

  const nodeOf = (server: ChildServer, verifySecret: string): Node => {
    const verifier = callsWith(server.url, verifySecret)
    return {
      server,
      operator: callsWith(server.url, installation.KEYWRIGHT_OPERATOR_KEY),
      check: async (key) => {
        const answer = await verifier<Checked>('POST', '/v1/verify', { body: { key } })
        // While nothing is proved, the node cannot even say whose the credential is.
        return answer.body.code.toUpperCase()
      },
    }
  }

  const verifyLog = async (): Promise<void> => {
    const { code, out, told } = await keywright(['events', 'verify', '--json'], {
      ...installation,
      KEYWRIGHT_DATA: temporaryFolder(),
    })
    expect(code, told).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ whole: true, faults: [] })
  }

  beforeAll(async () => {
    postgres = await ownPostgres()
    installation = await installationOn(postgres, 'keys', { KEYWRIGHT_CONFIG: configFile })
    const servers = await startNodes(installation, 2)
    const [first] = servers as [ChildServer]
    const operator = callsWith(first.url, installation.KEYWRIGHT_OPERATOR_KEY)
    const verifySecret = await createVerifyCredential(operator, { environment: 'live', audiences: ['shop'] })
    nodes = servers.map((server) => nodeOf(server, verifySecret))
    account = await createAccount(operator, 'Shared')
  }, 60_000)

  const both = (): readonly [Node, Node] => nodes as readonly [Node, Node]
  const makeKey = (node: Node, more: object = {}) =>
    createKey(node.operator, account.id, { name: 'Shared', preset: 'reader', ...more })

  test('T7, U3: what one node does counts on the other within the bound, and where it was done at once', async () => {
    const [here, there] = both()
    const key = await makeKey(here)
    expect(await there.check(key.secret)).toBe('VALID')
    for (const [action, code] of [
      ['pause', 'PAUSED'],
      ['reactivate', 'VALID'],
      ['revoke', 'REVOKED'],
    ] as const) {
      await bodyOf(here.operator('POST', `/v1/keys/${key.id}/${action}`))
      const answeredMs = performance.now()
      expect(await here.check(key.secret)).toBe(code)
      await until(`${code} on the other node`, async () => {
        const sentMs = performance.now()
        const found = await there.check(key.secret)
        if (found !== code) expect(sentMs).toBeLessThan(answeredMs + freshnessMs)
        return found === code
      })
    }
  })

  test('a text that is unknown on one node is a key there as soon as another node has made it', async () => {
    const [here, there] = both()
    const gone = await makeKey(here)
    await bodyOf(here.operator('DELETE', `/v1/keys/${gone.id}`), 204)
    expect(await there.check(gone.secret)).toBe('NOT_FOUND')
    const key = await makeKey(here)
    expect(await there.check(key.secret)).toBe('VALID')
  })

  test('U14: 51 creations that race over two nodes leave exactly 50 keys', async () => {
    const racing = await createAccount(both()[0].operator, 'Racing', { activeKeys: { max: 50, until: null } })
    const answers = await Promise.all(
      Array.from({ length: 51 }, (_, index) =>
        (nodes[index % 2] as Node).operator('POST', `/v1/accounts/${racing.id}/keys`, {
          body: { name: `Key ${index}`, preset: 'reader' },
        }),
      ),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(50)
    expect(answers.find(({ status }) => status !== 201)?.body).toMatchObject({ code: 'active_keys_cap' })
  })

  test('T9: a quota of k accepts exactly k of the checks that race over two nodes', async () => {
    const key = await makeKey(both()[0], { quota: { limit: 25, period: 'month' } })
    const codes = await Promise.all(
      Array.from({ length: 80 }, (_, index) => (nodes[index % 2] as Node).check(key.secret)),
    )
    expect(codes.filter((code) => code === 'VALID')).toHaveLength(25)
    expect(codes.filter((code) => code === 'QUOTA_EXCEEDED')).toHaveLength(55)
  })

  test('usage of two nodes adds up, and the folder of a node holds no secret', async () => {
    const [here, there] = both()
    const key = await makeKey(here)
    for (const node of nodes) for (let turn = 0; turn < 5; turn++) expect(await node.check(key.secret)).toBe('VALID')
    await until('both to have stored what they counted', async () => {
      const { totals } = await bodyOf(
        there.operator<{ readonly totals: { readonly accepted: number } }>('GET', `/v1/keys/${key.id}/usage`),
      )
      return totals.accepted === 10
    })
    const folder = temporaryFolder()
    const [third] = await startNodes({ ...installation, KEYWRIGHT_DATA: folder }, 1)
    expect(await third?.stop()).toBe(0)
    for (const file of ['pepper', 'log-key', 'keywright.db']) expect(existsSync(join(folder, file))).toBe(false)
  })

  test('PostgreSQL stopped: checks answer UNAVAILABLE in time; started again: both nodes recover by themselves', async () => {
    const [here, there] = both()
    const key = await makeKey(here)
    for (const node of nodes) expect(await node.check(key.secret)).toBe('VALID')
    await postgres.signal('SIGINT')
    await until(
      'both nodes to stop answering from memory',
      async () =>
        (await Promise.all(nodes.map((node) => node.check(key.secret)))).every((code) => code === 'UNAVAILABLE'),
      10_000,
    )
    const management = await here.operator('GET', `/v1/keys/${key.id}`)
    expect(management.status).toBe(503)
    await postgres.restart()
    await until(
      'both nodes to accept again',
      async () => (await Promise.all(nodes.map((node) => node.check(key.secret)))).every((code) => code === 'VALID'),
      5_000,
    )
    await bodyOf(there.operator('POST', `/v1/keys/${key.id}/revoke`))
    await until('the revocation on the other node', async () => (await here.check(key.secret)) === 'REVOKED', 1_500)
    await verifyLog()
  })

  test('kill -9 of a node amid changes: the other goes on, nothing answered is lost, and the log verifies', async () => {
    const [here, there] = both()
    const made: { readonly id: string; readonly secret: string }[] = []
    const worker = async () => {
      for (;;) {
        try {
          made.push(await makeKey(here))
        } catch {
          return
        }
      }
    }
    const workers = Array.from({ length: 4 }, worker)
    await until('some keys', () => made.length >= 30, 30_000)
    await here.server.kill()
    await Promise.all(workers)
    for (const { secret } of made) expect(await there.check(secret)).toBe('VALID')
    await makeKey(there)
    await verifyLog()
  })
})

import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Key } from '@keywright/sdk'
import { expect, test } from 'vitest'
import { bodyOf, type Call, callsWith } from './support/calls.ts'
import { keywright, setupLinkOf } from './support/child-server.ts'
import { afterwards, temporaryFolder } from './support/cleanup.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'
import { until } from './support/poll.ts'
import {
  type Connection,
  connectionsToAll,
  isThere,
  leadOf,
  openConnection,
  startWorkers,
  workersEnvironment,
  workersOf,
} from './support/workers.ts'

interface Checked {
  readonly code: string
}

/** A server with workers, a verify credential, and a connection to each worker. */
async function serveBy(workers: number, more: Readonly<Record<string, string>> = {}) {
  const environment = workersEnvironment(workers, more)
  const server = await startWorkers(environment)
  const operatorKey = environment.KEYWRIGHT_OPERATOR_KEY
  const operator = callsWith(server.url, operatorKey)
  const verify = await createVerifyCredential(operator, { environment: 'live', audiences: ['shop'] })
  const connections = await connectionsToAll(server.url, operatorKey, workers)
  const account = await createAccount(operator, 'Acme')
  const check = async (connection: Connection, key: string): Promise<string> =>
    (await bodyOf(connection.with(verify)<Checked>('POST', '/v1/verify', { body: { key } }))).code
  return { environment, server, operatorKey, operator, verify, connections, account: account.id, check }
}

const at = <Item>(items: readonly Item[], index: number): Item => items[index % items.length] as Item

const acceptedOf = async (operator: Call, keyId: string): Promise<number> =>
  (await bodyOf(operator<{ totals: { accepted: number } }>('GET', `/v1/keys/${keyId}/usage`))).totals.accepted

test.each([2, 4])(
  'T7: a key that was revoked through one of %i workers is refused by all others as soon as they are woken, and within FRESHNESS_MS in any case',
  async (workers) => {
    const freshnessMs = 500
    const { server, operator, operatorKey, connections, account, check } = await serveBy(workers, {
      KEYWRIGHT_FRESHNESS_MS: String(freshnessMs),
    })
    for (let turn = 0; turn < 2 * workers; turn++) {
      const key = await createKey(operator, account, { name: 'Shared', preset: 'reader' })
      for (const each of connections) {
        await until('every worker to know the key', async () => (await check(each, key.secret)) === 'VALID')
      }
      await bodyOf(at(connections, turn).with(operatorKey)('POST', `/v1/keys/${key.id}/revoke`))
      const answeredAtMs = performance.now()
      // The one that made the change refuses at once.
      expect(await check(at(connections, turn), key.secret)).toBe('REVOKED')
      await Promise.all(
        connections.map((each) =>
          until('the revoked key to be refused', async () => {
            const beganAtMs = performance.now()
            const code = await check(each, key.secret)
            if (code === 'VALID') expect(beganAtMs - answeredAtMs).toBeLessThanOrEqual(freshnessMs)
            return code === 'REVOKED'
          }),
        ),
      )
    }
    expect(await server.stop()).toBe(0)
  },
)

test('workers wake each other: what one has changed the others refuse long before they would have looked by themselves', async () => {
  // Each looks by itself every quarter of a minute.
  const { server, operator, operatorKey, connections, account, check } = await serveBy(3, {
    KEYWRIGHT_FRESHNESS_MS: '60000',
  })
  for (let turn = 0; turn < 6; turn++) {
    const key = await createKey(operator, account, { name: 'Woken', preset: 'reader' })
    for (const each of connections) expect(await check(each, key.secret)).toBe('VALID')
    await bodyOf(at(connections, turn).with(operatorKey)('POST', `/v1/keys/${key.id}/pause`))
    for (const each of connections)
      await until('the paused key to be refused', async () => (await check(each, key.secret)) === 'PAUSED', 5_000)
  }
  expect(await server.stop()).toBe(0)
})

test('T9: a limit of k over 4 workers accepts exactly k of a burst, a quota of k exactly k, and usage adds up after a graceful stop', async () => {
  const { environment, server, operator, connections, account, check } = await serveBy(4)
  const limits = [{ name: 'requests', limit: 20, windowSeconds: 86_400 }]
  const limited = await createKey(operator, account, { name: 'Limited', preset: 'reader', limits })
  const quota = { limit: 25, period: 'month' as const }
  const metered = await createKey(operator, account, { name: 'Metered', preset: 'reader', quota })
  const plain = await createKey(operator, account, { name: 'Plain', preset: 'reader' })
  const burst = (key: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, index) => check(at(connections, index), key)))
  const count = (codes: readonly string[], code: string) => codes.filter((each) => each === code).length

  const ofLimit = await burst(limited.secret, 120)
  expect([count(ofLimit, 'VALID'), count(ofLimit, 'RATE_LIMITED')]).toEqual([20, 100])
  const ofQuota = await burst(metered.secret, 120)
  expect([count(ofQuota, 'VALID'), count(ofQuota, 'QUOTA_EXCEEDED')]).toEqual([25, 95])
  expect((await bodyOf(operator<Key>('GET', `/v1/keys/${metered.id}`))).quota?.used).toBe(25)
  expect(count(await burst(plain.secret, 1_000), 'VALID')).toBe(1_000)

  expect(await server.stop()).toBe(0)
  for (const { pid } of workersOf(server)) expect(isThere(pid)).toBe(false)
  const again = await startWorkers({ ...environment, KEYWRIGHT_WORKERS: '1' })
  const after = callsWith(again.url, environment.KEYWRIGHT_OPERATOR_KEY)
  expect(await acceptedOf(after, plain.id)).toBe(1_000)
  expect(await acceptedOf(after, limited.id)).toBe(20)
  expect(await acceptedOf(after, metered.id)).toBe(25)
  expect(await again.stop()).toBe(0)
})

test('a worker that is killed is replaced at the same port while the others serve, and metrics never fall back', async () => {
  const { server, operatorKey, operator, verify, connections, account, check } = await serveBy(2)
  const key = await createKey(operator, account, { name: 'Served', preset: 'reader' })
  for (let index = 0; index < 40; index++) expect(await check(at(connections, index), key.secret)).toBe('VALID')
  const counted = async (call: Call) =>
    Number(/^keywright_checks_total\{code="VALID"\} (\d+)$/m.exec((await call('GET', '/metrics')).text)?.[1])
  for (const each of connections) expect(await counted(each.with(operatorKey))).toBe(40)

  const [first, second] = workersOf(server)
  if (first === undefined || second === undefined) throw new Error('two workers serve')
  process.kill(second.pid, 'SIGKILL')
  await until('another worker to serve', () => workersOf(server).length === 3)
  const anew = await connectionsToAll(server.url, operatorKey, 2)
  for (const each of anew) {
    expect(await check(each, key.secret)).toBe('VALID')
    expect((await each.with(operatorKey)('GET', '/readyz')).status).toBe(200)
    expect(await counted(each.with(verify))).toBeGreaterThanOrEqual(40)
  }
  // Also where nobody is left who holds the port.
  for (const { pid } of workersOf(server)) if (isThere(pid)) process.kill(pid, 'SIGKILL')
  await until('two more workers to serve', () => workersOf(server).length === 5)
  for (const each of await connectionsToAll(server.url, operatorKey, 2))
    await until('the key to be known', async () => (await check(each, key.secret)) === 'VALID')
  expect(await server.stop()).toBe(0)
})

test('when the lead is killed another worker leads, and messages go on', async () => {
  const received: string[] = []
  const receiver = createServer((request, response) => {
    request.on('data', (part: Buffer) => received.push(part.toString('utf8')))
    request.on('end', () => response.writeHead(204).end())
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  afterwards(() => receiver.close())
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
  const { server, operator, account } = await serveBy(2, { KEYWRIGHT_WEBHOOK_NETWORKS: '127.0.0.0/8' })
  await bodyOf(operator('POST', `/v1/accounts/${account}/webhooks`, { body: { url } }), 201)
  const arrives = async (name: string) => {
    const { id } = await createKey(operator, account, { name, preset: 'reader' })
    await until(`the message of ${name}`, () => received.some((message) => message.includes(id)))
  }
  await arrives('Before')
  const lead = leadOf(server)
  const { pid } = workersOf(server).find(({ worker }) => worker === lead) ?? { pid: 0 }
  expect(pid).toBeGreaterThan(0)
  process.kill(pid, 'SIGKILL')
  await until('another worker to lead', () => leadOf(server) !== lead)
  await arrives('After')
  expect(await server.stop()).toBe(0)
})

test('a page that waits at one worker hears of a change, and of a use, at another one', async () => {
  const { server, operator, operatorKey, connections, account, check } = await serveBy(2)
  const key = await createKey(operator, account, { name: 'Watched', preset: 'reader' })
  const [one, other] = [at(connections, 0), at(connections, 1)]
  interface Changes {
    readonly cursor: string
    readonly changed: readonly string[]
  }
  const ask = (connection: Connection, query: string) =>
    bodyOf(connection.with(operatorKey)<Changes>('GET', `/v1/accounts/${account}/changes?${query}`))
  /** The cursor of the answer that tells of a kind of change, at the worker that is asked. */
  const hears = async (kind: string, from: string): Promise<string> => {
    for (let cursor = from; ; ) {
      const answer = await ask(one, `after=${cursor}&waitSeconds=15`)
      if (answer.changed.length === 0) throw new Error(`nothing came of ${kind}`)
      if (answer.changed.includes(kind)) return answer.cursor
      cursor = answer.cursor
    }
  }
  await ask(other, '')
  const used = hears('usage', (await ask(one, '')).cursor)
  await check(other, key.secret)
  const cursor = await used
  // What one worker has told of is not told again by the other one.
  expect((await ask(other, `after=${cursor}`)).changed).not.toContain('usage')
  const revoked = hears('keys', cursor)
  await bodyOf(other.with(operatorKey)('POST', `/v1/keys/${key.id}/revoke`))
  await revoked
  expect(await server.stop()).toBe(0)
})

test('guesses at credentials count together over all workers', async () => {
  const { server, connections } = await serveBy(4)
  const statuses: number[] = []
  for (let index = 0; index < 240; index++)
    statuses.push((await at(connections, index).with(`wrong-${index}`)('GET', '/v1/head')).status)
  const heard = statuses.filter((status) => status === 401).length
  // A process alone would hear 120, and four that do not tell each other all of them.
  expect(heard).toBeGreaterThanOrEqual(120)
  expect(heard).toBeLessThan(200)
  expect(statuses.at(-1)).toBe(429)
  expect(await server.stop()).toBe(0)
})

test('when the primary is killed its workers end by themselves and lose no usage', async () => {
  const { environment, server, operator, connections, account, check } = await serveBy(2)
  const key = await createKey(operator, account, { name: 'Orphaned', preset: 'reader' })
  await Promise.all(Array.from({ length: 200 }, (_, index) => check(at(connections, index), key.secret)))
  const workers = workersOf(server)
  process.kill(server.pid, 'SIGKILL')
  await until('the workers to end', () => workers.every(({ pid }) => !isThere(pid)), 15_000)
  const again = await startWorkers({ ...environment, KEYWRIGHT_WORKERS: '1' })
  expect(await acceptedOf(callsWith(again.url, environment.KEYWRIGHT_OPERATOR_KEY), key.id)).toBe(200)
  expect(await again.stop()).toBe(0)
})

test('a worker that is told to end by itself is replaced, and loses no usage', async () => {
  const { server, operator, connections, account, check } = await serveBy(2)
  const key = await createKey(operator, account, { name: 'Rolled', preset: 'reader' })
  await Promise.all(Array.from({ length: 100 }, (_, index) => check(at(connections, index), key.secret)))
  const pid = workersOf(server)[0]?.pid ?? 0
  process.kill(pid, 'SIGTERM')
  await until('another worker to serve', () => workersOf(server).length === 3)
  expect(isThere(pid)).toBe(false)
  await until('all usage to be stored', async () => (await acceptedOf(operator, key.id)) === 100)
  expect(await server.stop()).toBe(0)
})

test('a second signal ends the server and its workers at once, whatever is under way', async () => {
  const { server, operatorKey } = await serveBy(2)
  const { hostname, port } = new URL(server.url)
  const slow = connect(Number(port), hostname)
  afterwards(() => slow.destroy())
  slow.on('error', () => {})
  slow.write(
    `POST /v1/accounts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${operatorKey}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
  )
  await bodyOf(openConnection(server.url).with(operatorKey)('GET', '/v1/head'))
  process.kill(server.pid, 'SIGTERM')
  await until('the server to begin to stop', () => server.told().includes('"Stopping'))
  const stopped = server.stop()
  // By themselves they would wait for the slow request, for ten seconds.
  await until('the workers to be gone', () => workersOf(server).every(({ pid }) => !isThere(pid)), 5_000)
  expect(await stopped).toBe(130)
})

test('a fresh start with workers prints one address and one set-up link, which works once at whichever worker', async () => {
  const server = await startWorkers({ KEYWRIGHT_DATA: temporaryFolder(), KEYWRIGHT_WORKERS: '2' })
  expect(server.out().split('serves at').length - 1).toBe(1)
  expect(server.out().split('/setup/').length - 1).toBe(2) // Once to open, once in the line for curl.
  const link = setupLinkOf(server) ?? ''
  const answers = await Promise.all(Array.from({ length: 6 }, () => fetch(link, { method: 'POST' })))
  expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
    201, 404, 404, 404, 404, 404,
  ])
  expect(await server.stop()).toBe(0)
})

test('what keeps workers from serving gives one clear sentence and a non-zero exit, as with one process', async () => {
  const other = createServer()
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  afterwards(() => other.close())
  const port = String((other.address() as AddressInfo).port)
  const environment = { KEYWRIGHT_DATA: temporaryFolder(), KEYWRIGHT_WORKERS: '3' }
  const taken = await keywright(['serve'], { ...environment, KEYWRIGHT_PORT: port })
  expect(taken.code, taken.told).toBe(1)
  expect(taken.out).toBe('')
  expect(taken.told).toMatch(new RegExp(`^Port ${port} [^\\n]*KEYWRIGHT_PORT[^\\n]*\\n$`))
  const alone = await keywright(['serve'], { ...environment, KEYWRIGHT_PORT: port, KEYWRIGHT_WORKERS: '1' })
  expect(taken.told).toBe(alone.told)
  const unsaid = { KEYWRIGHT_PORT: '0', KEYWRIGHT_SMTP_URL: 'smtp://localhost' }
  const mail = await keywright(['serve'], { ...environment, ...unsaid })
  expect([mail.code, mail.out]).toEqual([1, ''])
  expect(mail.told).toMatch(/^KEYWRIGHT_SMTP_URL is set without KEYWRIGHT_MAIL_FROM[^\n]*\n$/)
})

import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { bodyOf, callsWith } from './support/calls.ts'
import { startServer } from './support/child-server.ts'
import { afterwards, temporaryFolder } from './support/cleanup.ts'
import { type Collector, startCollector, type TracedSpan } from './support/collector.ts'
import { configFile } from './support/everything.config.ts'
import { serveInProcess } from './support/in-process.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'
import { until } from './support/poll.ts'
import { freePort } from './support/ports.ts'

const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
const traceparent = `00-${caller.traceId}-${caller.spanId}-01`

const environmentOf = (url: string, more: Readonly<Record<string, string>> = {}) => ({
  KEYWRIGHT_DATA: temporaryFolder(),
  KEYWRIGHT_CONFIG: configFile,
  KEYWRIGHT_OPERATOR_KEY: randomBytes(32).toString('hex'),
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  ...more,
})

const spanOf = (collector: Collector, name: string, fits: (span: TracedSpan) => boolean = () => true) =>
  until(`a span ${name}`, () => collector.spans().find((span) => span.name === name && fits(span)), 30_000)

test('each request of the management plane and of the doors leaves a span named by its route, with what it waited for below it', {
  timeout: 120_000,
}, async () => {
  const collector = await startCollector()
  const server = await serveInProcess({ config: configFile, traces: collector.settings })
  const { operator } = server
  const { id } = await createAccount(operator, 'Traced')
  const key = await createKey(operator, id, { name: 'Traced', preset: 'all' })
  const verifySecret = await createVerifyCredential(operator, { environment: 'live', audiences: ['shop'] })
  const verifier = callsWith(server.url, verifySecret)
  const headers = { traceparent, tracestate: `vendor=${key.secret}`, baggage: `key=${key.secret}` }
  await bodyOf(verifier('POST', '/v1/verify', { body: { key: key.secret }, headers }))
  const checks = [{ key: key.secret }, { key: key.secret }, { key: 'nonsense' }]
  await bodyOf(verifier('POST', '/v1/verify/batch', { body: { checks } }))
  await operator('GET', `/v1/keys/${key.id}?expand=${key.secret}`, { headers })
  await operator('GET', `/nowhere/${key.secret}`)
  await operator('GET', '/readyz')

  const created = await spanOf(collector, 'POST /v1/accounts')
  expect(created.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/v1/accounts',
    'http.response.status_code': 201,
  })
  expect(created.resource).toMatchObject({ 'service.name': 'keywright' })
  await spanOf(collector, 'database transaction', ({ parentSpanId }) => parentSpanId === created.spanId)

  const checked = await spanOf(collector, 'POST /v1/verify')
  expect(checked).toMatchObject({ traceId: caller.traceId, parentSpanId: caller.spanId })
  expect(checked.attributes).toMatchObject({ 'keywright.decision': 'VALID', 'http.response.status_code': 200 })
  for (const name of ['load credential', 'load key', 'load account'])
    await spanOf(collector, name, ({ parentSpanId }) => parentSpanId === checked.spanId)
  const batch = await spanOf(collector, 'POST /v1/verify/batch')
  expect(batch.attributes).toMatchObject({ 'keywright.decisions.VALID': 2, 'keywright.decisions.MALFORMED': 1 })

  await spanOf(collector, 'GET /v1/keys/{key}', ({ traceId }) => traceId === caller.traceId)
  const lines = server.told().split('\n')
  const line = lines.find((each) => each.includes('"path":"/v1/keys/key_') && each.includes('"method":"GET"'))
  expect(line).toContain(`"traceId":"${caller.traceId}"`)
  expect((await spanOf(collector, 'GET')).attributes).not.toHaveProperty('http.route')
  await server.close()
  expect(collector.spans().filter(({ name }) => /readyz|nowhere/.test(name))).toEqual([])
  expect(collector.text()).not.toContain(key.secret)
})

test('a caller that does not sample its trace is followed, and nothing is sent of its request', async () => {
  const collector = await startCollector()
  const server = await serveInProcess({ config: configFile, traces: collector.settings })
  const { operator } = server
  await operator('GET', '/v1/accounts', { headers: { traceparent: traceparent.replace(/01$/, '00') } })
  await operator('GET', '/v1/credentials')
  await server.close()
  expect(collector.spans().map(({ name }) => name)).toContain('GET /v1/credentials')
  expect(collector.spans().map(({ name }) => name)).not.toContain('GET /v1/accounts')
})

test('what was traced last is sent by a graceful stop, by each worker as well', { timeout: 120_000 }, async () => {
  const collector = await startCollector()
  const environment = environmentOf(collector.url, { KEYWRIGHT_WORKERS: '2', OTEL_SERVICE_NAME: 'keys' })
  const server = await startServer(environment)
  for (let count = 0; count < 8; count++)
    await callsWith(server.url, environment.KEYWRIGHT_OPERATOR_KEY)('GET', '/v1/accounts', {
      headers: { connection: 'close' },
    })
  expect(await server.stop()).toBe(0)
  const spans = collector.spans().filter(({ name }) => name === 'GET /v1/accounts')
  expect(spans).toHaveLength(8)
  expect(new Set(spans.map(({ resource }) => resource['service.name']))).toEqual(new Set(['keys']))
  expect(new Set(spans.map(({ resource }) => resource['service.instance.id'])).size).toBe(2)
})

test('deliveries of webhooks leave spans of their own, and the receiver learns nothing of traces', {
  timeout: 120_000,
}, async () => {
  const received: string[] = []
  const receiver = createServer((request, response) => {
    received.push(request.rawHeaders.join('\n').toLowerCase())
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  afterwards(() => receiver.close())
  const collector = await startCollector()
  const environment = { KEYWRIGHT_WEBHOOK_NETWORKS: '127.0.0.0/8' }
  const { operator } = await serveInProcess({ config: configFile, environment, traces: collector.settings })
  const { id } = await createAccount(operator, 'Told')
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`
  await bodyOf(operator('POST', `/v1/accounts/${id}/webhooks`, { body: { url, events: ['key.created'] } }), 201)
  await createKey(operator, id, { name: 'Told', preset: 'all' })
  const { attributes } = await spanOf(collector, 'webhook delivery')
  expect(attributes).toEqual({ 'keywright.delivered': true, 'http.response.status_code': 204 })
  expect(received).toHaveLength(1)
  expect(received.join()).not.toMatch(/traceparent|tracestate|baggage/)
})

test.each([
  ['is not there', async () => `http://127.0.0.1:${await freePort()}`],
  ['takes everything and never answers', async () => (await startCollector({ answers: false })).url],
])(
  'a collector that %s slows no request, fails none, and does not keep the server from ending',
  { timeout: 120_000 },
  async (_, start) => {
    const environment = environmentOf(await start())
    const server = await startServer(environment)
    const operator = callsWith(server.url, environment.KEYWRIGHT_OPERATOR_KEY)
    for (let round = 0; round < 5; round++) {
      const headers = { connection: 'close' }
      const answers = await Promise.all(Array.from({ length: 100 }, () => operator('GET', '/v1/head', { headers })))
      expect(answers.every(({ status }) => status === 200)).toBe(true)
    }
    const beganMs = performance.now()
    expect(await server.stop()).toBe(0)
    expect(performance.now() - beganMs).toBeLessThan(15_000)
    expect(server.told()).not.toContain('"level":"fatal"')
  },
)

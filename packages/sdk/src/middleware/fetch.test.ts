import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { expect, test } from 'vitest'
import { keys } from '../fixtures/keys.ts'
import type { Decision, Verifier } from '../main.ts'
import { middlewareCases } from './cases.testing.ts'
import { type Caller, keywright, requires } from './fetch.ts'

const describeCaller = (_request: Request, caller: Caller): Response =>
  Response.json({ keyId: caller.keyId, mayCreate: caller.has('jobs.create') })

const streamed = (): Response => {
  const encoder = new TextEncoder()
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode('data: 1\n\n'))
      controller.enqueue(encoder.encode('data: 2\n\n'))
      controller.close()
    },
  })
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
}

const skips = {
  'a route that requires something while nobody guards it answers 500 and does not run':
    'a requirement is an argument of the guard here, so that there is nothing to forget',
}

middlewareCases(
  'fetch handlers',
  async (verifiers) => {
    const routes = new Map<
      string,
      (request: Request, environment: { incoming: { socket: { remoteAddress?: string } } }) => Promise<Response>
    >()
    for (const [name, verifier] of Object.entries(verifiers)) {
      const guarded = keywright({
        verifier,
        permissions: ['jobs.view'],
        address: (_request, environment) =>
          (environment as { incoming: { socket: { remoteAddress?: string } } }).incoming.socket.remoteAddress,
      })
      routes.set(`GET /${name}/jobs`, guarded(describeCaller, requires('jobs.view')))
      routes.set(
        `POST /${name}/jobs`,
        guarded(() => Response.json({}, { status: 201 }), requires('jobs.create', { cost: 5, tag: 'import' })),
      )
      routes.set(`GET /${name}/any`, guarded(describeCaller))
      routes.set(`GET /${name}/stream`, guarded(streamed, requires('jobs.view')))
    }
    const server = createAdaptorServer({
      fetch: (request, environment) => {
        const route = routes.get(`${request.method} ${new URL(request.url).pathname}`)
        return route?.(request, environment as never) ?? new Response(null, { status: 404 })
      },
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const close = () => new Promise<void>((done) => void server.close(() => done()))
    return { port: (server.address() as AddressInfo).port, close }
  },
  skips,
)

const valid: Decision = {
  valid: true,
  code: 'VALID',
  keyId: 'key_1',
  account: 'acc_1',
  externalId: null,
  type: null,
  environment: null,
  grant: 'unrestricted',
  name: null,
  metadata: null,
  expiresAtMs: null,
  missing: null,
  limits: [{ name: 'burst', limit: 2, windowSeconds: 1, remaining: 1, retryAfterMs: 0 }],
  retryAfterMs: null,
}
const request = () => new Request('https://api.example.test/', { headers: { Authorization: `Bearer ${keys.full}` } })

test('a verifier that answers at once, without a promise and without a configuration, is enough', async () => {
  const verifier: Verifier = { verify: () => valid }
  const answer = await keywright({ verifier })((_request, caller) => new Response(caller.keyId))(request())
  expect(await answer.text()).toBe('key_1')
})

test('a response that cannot be written to, such as a redirect, gets the fields as a copy', async () => {
  const guarded = keywright({ verifier: { verify: () => valid } })
  const answer = await guarded(() => Response.redirect('https://example.test/there', 303))(request())
  expect([answer.status, answer.headers.get('location')]).toEqual([303, 'https://example.test/there'])
  expect(answer.headers.get('ratelimit')).toBe('"burst";r=1')
})

test('a verifier that breaks its word (throws, rejects, says valid without a key) lets nothing through: 503', async () => {
  const broken: Verifier['verify'][] = [
    () => {
      throw new Error('broken')
    },
    () => Promise.reject(new Error('broken')),
    () => ({ ...valid, keyId: null }),
    () => ({ ...valid, grant: null }),
    () => ({ ...valid, code: 'REVOKED', valid: true }),
    () => ({ ...valid, valid: false }),
  ]
  for (const verify of broken) {
    const answer = await keywright({ verifier: { verify } })(() => new Response('reached'))(request())
    expect(answer.status).toBe(503)
  }
})

test('wrong options are refused where they are written', () => {
  const verifier: Verifier = { verify: () => valid }
  expect(() => keywright({} as never)).toThrow('needs a verifier')
  expect(() => keywright({ verifier, acceptedHeaders: [] })).toThrow('acceptedHeaders is empty')
  expect(() => keywright({ verifier, trustedProxies: ['10.0.0.1/8'] })).toThrow('"10.0.0.1/8" is not a network')
  expect(() => keywright({ verifier, permissions: ['jobs'] })).toThrow('"jobs" is not a permission')
  expect(() => keywright({ verifier, cost: -1 })).toThrow('cost is -1')
  expect(() => requires('jobs create')).toThrow('"jobs create" is not a permission')
  expect(() => requires()).toThrow('needs a permission')
  expect(() => requires('jobs.view', { cost: 0.5 })).toThrow('cost is 0.5')
})

import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connectionBounds } from '../listening.ts'
import { testClock } from '../storage/testing.ts'
import { openServed, type Served } from './served.testing.ts'

let server: Served
let verifier: string
let account: string
let key: { readonly id: string; readonly secret: string }
beforeAll(async () => {
  server = await openServed(testClock())
  verifier = (
    await server.make('/v1/credentials', { kind: 'verify', name: 'V', environment: 'live', audiences: ['api'] })
  ).secret
  account = (await server.make('/v1/accounts', { name: 'Acme' })).id
})
afterAll(() => server.close())
beforeEach(async () => {
  key = await server.make(`/v1/accounts/${account}/keys`, { name: 'Sync', quota: { limit: 3, period: null } })
})

const usedOf = async (): Promise<unknown> =>
  (JSON.parse((await server.call('GET', `/v1/keys/${key.id}`)).text) as { quota: { used: number } }).quota.used
const stateOf = async (): Promise<unknown> =>
  (JSON.parse((await server.call('GET', `/v1/keys/${key.id}`)).text) as { state: string }).state

const post = (path: string, token: string, body: string, more = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`
const check = () => post('/v1/verify', verifier, JSON.stringify({ key: key.secret }))
const statuses = (text: string): readonly number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]))

describe('one connection, several requests', () => {
  it('answers two checks of one packet in turn', async () => {
    expect(statuses((await server.raw(check() + check())).text)).toEqual([200, 200])
    expect(await usedOf()).toBe(2)
  })

  it.each([
    ['a door, refused for its credential', () => ['/v1/verify', 'nobody', ''] as const],
    ['a door, refused for its media type', () => ['/v1/verify', verifier, 'Content-Encoding: gzip\r\n'] as const],
    ['the batch', () => ['/v1/verify/batch', 'nobody', ''] as const],
    ['a route, refused for its credential', () => ['/v1/accounts', 'nobody', ''] as const],
    [
      'a route, refused for its media type',
      () => ['/v1/accounts', server.operator, 'Content-Encoding: gzip\r\n'] as const,
    ],
    ['no route', () => ['/v1/nowhere', server.operator, ''] as const],
  ])('never takes an unread body for the next request: %s', async (_, given) => {
    const [path, token, more] = given()
    const inner = post(`/v1/keys/${key.id}/revoke`, server.operator, '{}')
    const together = await server.raw(post(path, token, inner, more))
    expect(statuses(together.text)).toHaveLength(1)
    const [head, body] = post(path, token, inner, more).split(/(?<=\r\n\r\n)/, 2) as [string, string]
    const apart = await server.raw(head, body)
    expect(statuses(apart.text).length).toBeLessThanOrEqual(1)
    expect(await stateOf()).toBe('active')
  })

  it('never takes the body of a GET for the next request', async () => {
    const inner = post(`/v1/keys/${key.id}/revoke`, server.operator, '{}')
    for (const [path, token] of [
      ['/v1/head', verifier],
      ['/v1/head', 'nobody'],
      ['/v1/accounts', server.operator],
    ]) {
      const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${inner.length}\r\n\r\n`
      await server.raw(head + inner)
      await server.raw(head, inner)
    }
    expect(await stateOf()).toBe('active')
  })

  it.each([
    ['two lengths', 'Content-Length: 4\r\nContent-Length: 5\r\n\r\n0\r\n\r\n'],
    ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['an unknown coding', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['chunks that are not the last coding', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
    ['a folded line', 'X-A: 1\r\n 2\r\nContent-Length: 0\r\n\r\n'],
    ['a space before the colon', 'Content-Length : 0\r\n\r\n'],
    ['a NUL', 'X-A: \0\r\nContent-Length: 0\r\n\r\n'],
  ])('closes a connection whose requests could be counted in two ways: %s', async (_, rest) => {
    const start = `POST /v1/verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${verifier}\r\nContent-Type: application/json\r\n`
    const answer = await server.raw(start + rest + check())
    expect([statuses(answer.text), answer.closed]).toEqual([[400], true])
    expect(await usedOf()).toBe(0)
  })
})

describe('one address, one name', () => {
  it.each([
    '//v1/accounts',
    '/v1//accounts',
    '/v1/accounts/',
    '/V1/accounts',
    '/v1/./accounts',
    '/v1/verify/../accounts',
    '/v1/verify/%2e%2e/accounts',
    '/v1/verify/.%2E/accounts',
    '/%76%31/accounts',
    '/v1%2faccounts',
    '/v1/accounts%00',
    '/v1/accounts;x',
    '/v1/accounts#x',
    '/v1\\accounts',
    'http://x/v1/accounts',
    'http://x/v1/verify',
    '//v1/verify',
    '/v1/verify/',
    '/v1/%76erify',
    '/v1/./verify',
    '/v1/verify;x',
    '*',
  ])('is at no other: %s', async (target) => {
    for (const method of ['GET', 'POST']) {
      const head = `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${server.operator}\r\nContent-Length: 0\r\n\r\n`
      const { text } = await server.raw(head)
      expect(statuses(text)).toHaveLength(1)
      expect([400, 404]).toContain(statuses(text)[0])
    }
  })

  it('knows no other method at a door, and echoes nothing', async () => {
    for (const method of ['HEAD', 'OPTIONS', 'TRACE', 'PUT', 'PATCH', 'DELETE']) {
      for (const [path, allowed] of [
        ['/v1/verify', 'POST'],
        ['/v1/verify/batch', 'POST'],
        ['/v1/head', 'GET'],
      ]) {
        const { text } = await server.raw(
          `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${verifier}\r\n\r\n`,
        )
        expect(statuses(text)).toEqual([405])
        expect(text).toContain(`Allow: ${allowed}\r\n`)
        expect(text).not.toContain(verifier)
      }
    }
  })

  it('writes no address of the client into an answer', async () => {
    const { text } = await server.raw(
      `GET /v1/accounts HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n`,
    )
    expect(statuses(text)).toEqual([401])
    expect(text).not.toContain('evil')
  })
})

describe('bodies of the doors', () => {
  it.each([
    ['the same member twice', () => `{"key":"x","key":"${key.secret}"}`],
    ['the same member twice, one escaped', () => `{"key":"x","\\u006bey":"${key.secret}"}`],
    ['__proto__', () => `{"key":"${key.secret}","__proto__":{"cost":0}}`],
    ['too many levels', () => `{"key":"${key.secret}","tag":${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
    ['levels that never end', () => '['.repeat(16_000)],
  ])('are refused with %s, and nothing is taken', async (_, body) => {
    const answer = await server.call('POST', '/v1/verify', { token: verifier, body: body() })
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 'bad_request'])
    expect(answer.text).not.toContain(key.secret)
    expect(await usedOf()).toBe(0)
  })

  it('answer a text that no key can be as any malformed key, also among others', async () => {
    const checks = [{ key: '\0' }, { key: '\ud800' }, { key: '' }, { key: 'x'.repeat(9_000) }, { key: key.secret }]
    const answer = await server.call('POST', '/v1/verify/batch', { token: verifier, body: { checks } })
    const codes = (JSON.parse(answer.text) as { results: { code: string }[] }).results.map(({ code }) => code)
    expect(codes).toEqual(['MALFORMED', 'MALFORMED', 'MALFORMED', 'MALFORMED', 'VALID'])
  })

  it('are told of twenty errors at most, however many there are', async () => {
    const members = Array.from({ length: 50_000 }, (_, index) => `"m${index}":1`).join()
    const answer = await server.call('POST', '/v1/verify/batch', {
      token: verifier,
      body: `{"checks":[{"key":"x",${members}}]}`,
    })
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.text).errors).toHaveLength(20)
  })
})

/** Sends a head and then as much as is taken, and says how many megabytes that was; `limit` at most. */
function pour(head: string, limit: number): Promise<number> {
  const piece = Buffer.alloc(1 << 20, 97)
  return new Promise((resolve) => {
    let megabytes = 0
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    const finish = () => {
      socket.destroy()
      resolve(megabytes)
    }
    socket.on('error', () => {})
    socket.on('close', finish)
    const pourMore = () => {
      if (socket.destroyed || megabytes >= limit) finish()
      else socket.write(piece, () => ++megabytes && setImmediate(pourMore))
    }
    socket.write(head, pourMore)
  })
}

describe('whoever sends too much, too little or too slowly', () => {
  it.each([
    ['POST', '/v1/verify', () => verifier],
    ['POST', '/v1/verify', () => 'nobody'],
    ['POST', '/v1/verify/batch', () => verifier],
    ['POST', '/v1/facts', () => verifier],
    ['POST', '/v1/usage', () => verifier],
    ['POST', '/v1/usage', () => 'nobody'],
    ['GET', '/v1/head', () => verifier],
    ['GET', '/v1/head', () => 'nobody'],
    ['GET', '/v1/feed', () => verifier],
    ['GET', '/v1/feed', () => 'nobody'],
    ['GET', '/v1/engine', () => verifier],
    ['TRACE', '/v1/verify', () => verifier],
  ])('is cut off at a door: %s %s', async (method, path, token) => {
    const head = `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token()}\r\nContent-Type: application/json\r\nContent-Length: 2000000000\r\n\r\n`
    expect(await pour(head, 400)).toBeLessThan(400)
  })

  it('is cut off by time in any case', () => {
    const { headersTimeout, requestTimeout, connectionsCheckingInterval, maxHeaderSize } = connectionBounds
    expect(headersTimeout + connectionsCheckingInterval).toBeLessThanOrEqual(20_000)
    expect(requestTimeout + connectionsCheckingInterval).toBeLessThanOrEqual(35_000)
    expect(maxHeaderSize).toBeLessThanOrEqual(16_384)
  })

  it('may go away in the middle of a body: nothing breaks, and no fault is logged', async () => {
    const { port } = new URL(server.url)
    const leave = (path: string, token: string) =>
      new Promise<void>((resolve) => {
        const head = post(path, token, '{"key":"', 'Expect: 100-continue\r\n')
        const socket = connect(Number(port), '127.0.0.1', () => socket.write(head.replace(/(?<=-Length: )\d+/, '100')))
        // What comes first is 100 Continue: from then on the body is waited for.
        socket.once('data', () => socket.resetAndDestroy())
        socket.on('error', () => {})
        socket.on('close', () => resolve())
      })
    const began = server.lines.length
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        index % 2 === 0 ? leave('/v1/verify', verifier) : leave('/v1/accounts', server.operator),
      ),
    )
    const logged = () => server.lines.slice(began).map((line) => JSON.parse(line) as { level: string; path?: string })
    await expect.poll(() => logged().filter(({ path }) => path === '/v1/accounts')).toHaveLength(20)
    expect(logged().filter(({ level }) => level === 'error')).toEqual([])
    expect((await server.call('POST', '/v1/verify', { token: verifier, body: { key: key.secret } })).status).toBe(200)
  })
})

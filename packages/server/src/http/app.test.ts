import { generateKeyText, problems } from '@keywright/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Storage } from '../storage/ports.ts'
import { testRandomBytes } from '../storage/testing.ts'
import { guardedStorage, type LogLine, openTestServer, type TestServer, testDeps } from './testing.ts'

const lines: LogLine[] = []
const token = 'operator'
let storage: Storage
let server: TestServer
beforeAll(async () => {
  storage = guardedStorage(new Map())
  const identities = { [token]: { kind: 'operator', id: 'cred_1' } } as const
  server = await openTestServer(
    testDeps({ identities, lines, storage, ready: () => ({ ready: false, reasons: ['not yet'] }) }),
  )
})
afterAll(() => server.close())
beforeEach(() => {
  lines.length = 0
})

const create = (body: unknown, headers: readonly (readonly [string, string])[] = []) =>
  server.send('POST', '/v1/accounts', { token, body, headers })

describe('every answer', () => {
  it.each([
    ['GET', '/healthz'],
    ['GET', '/v1/config'],
    ['GET', '/v1/accounts'],
    ['GET', '/nowhere'],
    ['PUT', '/healthz'],
    ['GET', '/reference'],
    ['GET', '/problems/forbidden'],
  ])('carries the headers that protect it: %s %s', async (method, path) => {
    const { headers } = await server.send(method, path)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains')
    expect(headers['cross-origin-opener-policy']).toBe('same-origin')
    expect(headers['cross-origin-resource-policy']).toBe('same-origin')
    expect(headers['x-request-id']).toMatch(/^[A-Za-z0-9_-]{8,64}$/)
    expect(headers['cache-control']).toBe(
      path.startsWith('/reference') || path.startsWith('/problems') ? 'public, max-age=300' : 'no-store',
    )
  })

  it('keeps a request id of ours and replaces any other', async () => {
    const idOf = async (given: string) =>
      (await server.send('GET', '/healthz', { headers: [['X-Request-Id', given]] })).headers['x-request-id']
    expect(await idOf('abcdEFGH_-12')).toBe('abcdEFGH_-12')
    for (const given of ['short', 'has space in it', 'x'.repeat(65), 'a;b=c"ddddd'])
      expect(await idOf(given)).not.toBe(given)
  })
})

describe('problems', () => {
  it('are RFC 9457 documents that lead to their page', async () => {
    const answer = await server.send('GET', '/nowhere', { headers: [['X-Request-Id', 'request-0001']] })
    expect(answer.status).toBe(404)
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(answer.json()).toEqual({
      type: 'https://keys.example/problems/route_not_found',
      title: 'There is nothing at this address',
      status: 404,
      code: 'route_not_found',
      request_id: 'request-0001',
    })
  })

  it('have a page each', async () => {
    for (const code of Object.keys(problems)) {
      const { status, text } = await server.send('GET', `/problems/${code}`)
      expect([code, status]).toEqual([code, 200])
      expect(text).toContain(code)
    }
    expect((await server.send('GET', '/problems/constructor')).status).toBe(404)
  })

  it('say which methods an address knows', async () => {
    const answer = await server.send('PUT', '/v1/accounts', { token })
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD, POST'])
    expect((await server.send('OPTIONS', '/v1/keys/key_1/pause')).headers['allow']).toBe('POST')
  })

  it('hide a bug, and log it with the request id and nothing of the request', async () => {
    const broken = {
      ...guardedStorage(new Map()),
      accounts: { list: async () => Promise.reject(new Error('wires crossed')) },
    }
    const identities = { [token]: { kind: 'operator', id: 'cred_1' } } as const
    const logged: LogLine[] = []
    const plane = await openTestServer(testDeps({ identities, lines: logged, storage: broken as unknown as Storage }))
    const answer = await plane.send('GET', '/v1/accounts?search=confidential', {
      token,
      headers: [['X-Request-Id', 'request-0002']],
    })
    expect(answer.status).toBe(500)
    expect(answer.text).not.toContain('wires')
    expect(logged[0]).toMatchObject({ requestId: 'request-0002', message: 'request failed', fault: 'Error' })
    expect(JSON.stringify(logged)).not.toContain('confidential')
    await plane.close()
  })
})

describe('bodies', () => {
  it.each<[string, unknown, readonly (readonly [string, string])[], number, string]>([
    [
      'another media type',
      'name=x',
      [['Content-Type', 'application/x-www-form-urlencoded']],
      415,
      'media_type_unsupported',
    ],
    ['JSON by another name', '{"name":"x"}', [['Content-Type', 'text/plain']], 415, 'media_type_unsupported'],
    ['compressed', '{"name":"x"}', [['Content-Encoding', 'gzip']], 415, 'media_type_unsupported'],
    ['none', undefined, [['Content-Type', 'application/json']], 400, 'bad_request'],
    ['no JSON', '{"name":', [], 400, 'bad_request'],
    ['too long', JSON.stringify({ name: 'x'.repeat(262_144) }), [], 413, 'body_too_large'],
    ['too deep', `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, [], 400, 'bad_request'],
    ['100,000 brackets', '['.repeat(100_000), [], 400, 'bad_request'],
    ['with __proto__', '{"name":"x","__proto__":{"admin":true}}', [], 400, 'bad_request'],
    ['with __proto__ in disguise', '{"name":"x","\\u005f_proto__":{}}', [], 400, 'bad_request'],
    ['with a member twice', '{"name":"x","name":"y"}', [], 400, 'bad_request'],
    ['with NUL', '{"name":"x\\u0000y"}', [], 400, 'bad_request'],
    ['with half a surrogate pair', '{"name":"\\ud800"}', [], 400, 'bad_request'],
    ['with a number past all bounds', '{"name":"x","n":1e999}', [], 400, 'bad_request'],
    ['a list', '[]', [], 400, 'invalid_parameters'],
    ['null', 'null', [], 400, 'invalid_parameters'],
  ])('refuses one that is %s', async (_, body, headers, status, code) => {
    const answer = await create(body, headers)
    expect([answer.status, answer.json()['code']]).toEqual([status, code])
  })

  it('refuses one that is too long although it names no length', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(300_000) })
    const chunked = await create(body, [['Transfer-Encoding', 'chunked']])
    expect([chunked.status, chunked.json()['code']]).toEqual([413, 'body_too_large'])
  })

  it('T1: names an unknown member, by a pointer, with the one that was meant, and never repeats a value', async () => {
    const answer = await create({ name: 'x', externalID: 'confidential-value' })
    expect(answer.status).toBe(400)
    expect(answer.json()['errors']).toEqual([
      { pointer: '#/externalID', detail: 'There is no such member. Did you mean externalId?' },
    ])
    expect(answer.text).not.toContain('confidential-value')
  })

  it('points into the body where something does not fit', async () => {
    const answer = await create({ name: 'x', overrides: [{ name: 'a', limit: 0, windowSeconds: 60 }] })
    expect(answer.json()['errors']).toMatchObject([{ pointer: '#/overrides/0/limit' }])
  })
})

describe('queries', () => {
  it.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=1e1', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['limits=1', 'limits'],
    ['search=%00', 'search'],
    ['search=', 'search'],
    ['__proto__=1', '__proto__'],
  ])('refuses %s and names the parameter', async (query, parameter) => {
    const answer = await server.send('GET', `/v1/accounts?${query}`, { token })
    expect(answer.status).toBe(400)
    expect(answer.json()['errors']).toMatchObject([{ parameter }])
  })
})

describe('T19: what the log of requests keeps', () => {
  const secret = generateKeyText('exa', null, testRandomBytes())
  const logged = async (method: string, path: string, sent: object = {}) => {
    await server.send(method, path, sent)
    return JSON.stringify(lines)
  }

  it('is the path, never the query', async () => {
    expect(await logged('GET', `/v1/accounts?search=${secret}`, { token })).not.toContain(secret)
    expect(lines[0]).toMatchObject({ path: '/v1/accounts', status: 400 })
  })

  it('is nothing of a set-up link', async () => {
    expect(await logged('GET', `/setup/${'t'.repeat(32)}`)).not.toContain('ttt')
    expect(lines[0]).toMatchObject({ path: '/setup/…' })
  })

  it('is nothing that someone took for an id', async () => {
    expect(await logged('GET', `/v1/keys/${secret}`, { token })).not.toContain(secret)
    expect(await logged('GET', `/${secret}/x`)).not.toContain(secret)
  })

  it('is nothing of the credential and the body', async () => {
    const all = await logged('POST', '/v1/accounts', { token: secret, body: { name: secret } })
    expect(all).not.toContain(secret)
  })
})

describe('methods', () => {
  it('answers HEAD as GET without the body, and never TRACE', async () => {
    const head = await server.send('HEAD', '/healthz')
    expect([head.status, head.text]).toEqual([200, ''])
    const trace = await server.send('TRACE', '/healthz', { token: 'confidential' })
    expect(trace.status).toBeGreaterThanOrEqual(400)
    expect(trace.status).toBeLessThan(500)
    expect(trace.text).not.toContain('confidential')
  })
})

describe('how the server is', () => {
  it('is alive although not ready, and says why', async () => {
    expect((await server.send('GET', '/healthz')).json()).toEqual({ status: 'ok' })
    const answer = await server.send('GET', '/readyz')
    expect([answer.status, answer.json()]).toEqual([503, { ready: false, reasons: ['not yet'] }])
  })
})

describe('the configuration', () => {
  it('answers 304 to whoever has it, and speaks the language asked for', async () => {
    const first = await server.send('GET', '/v1/config?language=fr')
    expect(first.status).toBe(200)
    const tag = String(first.headers['etag'])
    expect((await server.send('GET', '/v1/config', { headers: [['If-None-Match', tag]] })).status).toBe(304)
    expect(first.json()).toMatchObject({
      hash: 'hash-of-config',
      language: 'en',
      words: { account: { one: 'account' } },
    })
  })

  it('names the plans, and shows no cap or limit of them', async () => {
    const answer = await server.send('GET', '/v1/config')
    expect(answer.json()).toMatchObject({ plans: [{ id: 'default', label: 'Default' }] })
    expect(answer.text).not.toMatch(/"caps"|activeKeys|windowSeconds|quota"/)
  })
})

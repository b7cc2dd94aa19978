import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Identity } from './actor.ts'
import { openTestServer, type TestServer, testDeps } from './testing.ts'

const operator: Identity = { kind: 'operator', id: 'cred_1' }
let looked: string[] = []
let server: TestServer
beforeAll(async () => {
  const resolveCredential = async (text: string) => {
    looked.push(text)
    return text === 'good' ? operator : undefined
  }
  const clock = { wallMs: () => 0, monotonicMs: () => (clockMs += 1_000) }
  server = await openTestServer(testDeps({ resolveCredential, clock }))
})
afterAll(() => server.close())
// Each reading moves a second on, so that the throttle never speaks here.
let clockMs = 0

const path = '/v1/credentials'
const ask = (headers: readonly (readonly [string, string])[], at = path) => {
  looked = []
  return server.send('GET', at, { headers })
}

describe('exactly one credential', () => {
  it('asks for one without naming an error where there is none, or another scheme', async () => {
    for (const headers of [[], [['Authorization', 'Basic YTpi']], [['Authorization', '']]] as const) {
      const answer = await ask(headers)
      expect(answer.status).toBe(401)
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="keywright"')
      expect(answer.json()['code']).toBe('credential_missing')
    }
  })

  it.each<[string, readonly (readonly [string, string])[], string]>([
    [
      'two lines',
      [
        ['Authorization', 'Bearer good'],
        ['Authorization', 'Bearer good'],
      ],
      path,
    ],
    [
      'two lines, the names in another case',
      [
        ['Authorization', 'Bearer good'],
        ['authorization', 'Bearer good'],
      ],
      path,
    ],
    [
      'two headers',
      [
        ['Authorization', 'Bearer good'],
        ['X-API-Key', 'good'],
      ],
      path,
    ],
    ['the other header alone', [['X-API-Key', 'good']], path],
    [
      'the other header with underscores',
      [
        ['Authorization', 'Bearer good'],
        ['X_API_Key', 'good'],
      ],
      path,
    ],
    ['a list', [['Authorization', 'Bearer good, Bearer good']], path],
    ['a list without spaces', [['Authorization', 'Bearer good,good']], path],
    ['two tokens', [['Authorization', 'Bearer good good']], path],
    ['a tab', [['Authorization', 'Bearer\tgood']], path],
    ['an empty token', [['Authorization', 'Bearer']], path],
    ['a query', [], `${path}?api_key=good`],
    ['a header and a query', [['Authorization', 'Bearer good']], `${path}?access_token=good`],
    ['a query named key', [['Authorization', 'Bearer good']], `${path}?key=good`],
    ['a query in capitals', [['Authorization', 'Bearer good']], `${path}?TOKEN=x`],
  ])('refuses %s with invalid_request and looks nothing up', async (_, headers, at) => {
    const answer = await ask(headers, at)
    expect(answer.status).toBe(400)
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="keywright", error="invalid_request"')
    expect(answer.json()['code']).toBe('credential_ambiguous')
    expect(looked).toEqual([])
  })

  it('takes the scheme in any case and several spaces', async () => {
    for (const value of ['Bearer good', 'bearer good', 'BEARER  good']) {
      expect((await ask([['Authorization', value]])).status).toBe(503)
      expect(looked).toEqual(['good'])
    }
  })

  it('T18: is not impressed by headers that look like signals from inside', async () => {
    const forged = [
      ['X-Middleware-Subrequest', 'middleware'],
      ['X-Forwarded-User', 'admin'],
      ['X-Auth-Actor', 'operator'],
    ] as const
    expect((await ask(forged)).status).toBe(401)
  })

  it('lets /v1/events filter by a key id, which is no credential, but not by a key', async () => {
    expect((await ask([['Authorization', 'Bearer good']], '/v1/events?key=key_1')).status).toBe(503)
    expect((await ask([['Authorization', 'Bearer good']], '/v1/events?access_token=x')).status).toBe(400)
  })
})

describe('T6: whatever is presented', () => {
  const codeOf = async (value: string) => {
    const answer = await ask([
      ['Authorization', `Bearer ${value}`],
      ['X-Request-Id', 'the-same-request'],
    ])
    return { status: answer.status, text: answer.text, challenge: answer.headers['www-authenticate'] }
  }

  it('answers anything that is one token and no credential with the same bytes', async () => {
    const plain = await codeOf('unknown')
    expect(plain.status).toBe(401)
    expect(plain.challenge).toBe('Bearer realm="keywright", error="invalid_token"')
    const token = fc.stringMatching(/^[\x21-\x2b\x2d-\x7e]{1,300}$/)
    await fc.assert(
      fc.asyncProperty(token, async (value) => {
        expect(await codeOf(value)).toEqual(plain)
      }),
      { numRuns: 60 },
    )
  })

  it('looks up nothing that is too long or not ASCII', async () => {
    for (const value of ["'".repeat(256), 'x'.repeat(8_000), '\u00e9clair', '\u00ff']) {
      expect((await codeOf(value)).status).toBe(401)
      expect(looked).toEqual([])
    }
  })
})

describe('too many failures', () => {
  it('stops listening to a network that keeps guessing, and listens again after a while', async () => {
    let nowMs = 0
    const clock = { wallMs: () => nowMs, monotonicMs: () => nowMs }
    const plane = await openTestServer(testDeps({ identities: { good: operator }, clock }))
    for (let index = 0; index < 120; index++) expect((await plane.send('GET', path, { token: 'bad' })).status).toBe(401)
    const refused = await plane.send('GET', path, { token: 'bad' })
    expect([refused.status, refused.json()['code']]).toEqual([429, 'too_many_requests'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    nowMs = 60_000
    expect((await plane.send('GET', path, { token: 'good' })).status).toBe(503)
    await plane.close()
  })
})

import { request } from 'node:http'
import { type Decision, generateKeyText, type KeywrightConfig } from '@keywright/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testClock, testRandomBytes } from '../../storage/testing.ts'
import { openServed, type Served } from '../served.testing.ts'
import { managedSource } from '../testing.ts'
import { fieldText, identityFieldNames, pushIdentity } from './identity-fields.ts'

const config: KeywrightConfig = {
  ...managedSource,
  product: { name: 'Example "API"', links: { errors: 'https://api.example.com/errors' } },
  acceptedHeaders: ['authorization', 'x-api-key'],
  problems: { invalid_token: { title: 'Unauthorized', check: ['Is it the key of this system?'] } },
}

const clock = testClock()
const client = '198.51.100.7'
let server: Served
let proxy: string
let account: string
let key: string

beforeAll(async () => {
  server = await openServed(clock, config)
  proxy = (
    await server.make('/v1/credentials', {
      kind: 'verify',
      name: 'Proxy',
      environment: 'live',
      audiences: ['api', 'ingest'],
    })
  ).secret
  ;({ id: account } = await server.make('/v1/accounts', { name: 'Acme', externalId: 'customer/1' }))
  key = (await makeKey({ grant: { permissions: ['jobs.view', 'calls.view'] } })).secret
})
afterAll(() => server.close())
// A clock that goes on forgives failures and misses.
beforeEach(() => clock.advance(120_000))

const makeKey = (more: object) => server.make(`/v1/accounts/${account}/keys`, { name: 'Sync', ...more })

type Line = readonly [string, string]
interface Told {
  readonly status: number
  /** By lower-case name. */
  readonly fields: Readonly<Record<string, string | undefined>>
  /** Every name as often as it came, in lower case. */
  readonly names: readonly string[]
  readonly text: string
  readonly problem: Readonly<Record<string, unknown>>
}

/** Asks as a proxy does; the lines go out as they are. */
function tell(path: string, lines: readonly Line[], method = 'GET'): Promise<Told> {
  const { hostname, port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const headers = ['Host', hostname, 'Connection', 'close', ...lines.flat()]
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (part: string) => {
        text += part
      })
      incoming.on('end', () => {
        const names = incoming.rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [name.toLowerCase()] : []))
        const fields = incoming.headers as Record<string, string | undefined>
        const isProblem = fields['content-type']?.startsWith('application/problem+json') && text !== ''
        resolve({
          status: incoming.statusCode ?? 0,
          fields,
          names,
          text,
          problem: isProblem ? (JSON.parse(text) as Record<string, unknown>) : {},
        })
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

const own = (): Line => ['X-Keywright-Credential', proxy]
const from = (address: string): Line => ['X-Forwarded-For', address]
const bearer = (text: string): Line => ['Authorization', `Bearer ${text}`]
const ask = (query: string, lines: readonly Line[], method?: string) =>
  tell(`/v1/forward-auth${query}`, [own(), from(client), ...lines], method)

describe('what the door of proxies answers for a key in force', () => {
  it('is 200 without a body, with whose key it is and how its limits stand', async () => {
    const limits = [{ name: 'requests', limit: 5, windowSeconds: 60 }]
    const limited = await makeKey({ grant: { permissions: ['jobs.view', 'calls.view'] }, limits })
    const { status, fields, text } = await ask('?permission=jobs.view&permission=calls.view', [bearer(limited.secret)])
    expect([status, text, fields['content-length']]).toEqual([200, '', '0'])
    expect(fields).toMatchObject({
      'x-auth-key-id': limited.id,
      'x-auth-account': account,
      'x-auth-external-id': 'customer/1',
      'x-auth-environment': 'live',
      'x-auth-type': 'secret',
      'x-auth-permissions': 'calls.view jobs.view',
      'ratelimit-policy': '"requests";q=5;w=60',
      ratelimit: '"requests";r=4',
      'x-envoy-auth-headers-to-remove': 'authorization,x-api-key',
      'cache-control': 'no-store',
    })
    expect(fields).not.toHaveProperty('set-cookie')
  })

  it('has every identity field exactly once, also where there is nothing to say', async () => {
    const { id } = await server.make('/v1/accounts', { name: 'Nameless' })
    const { secret } = await server.make(`/v1/accounts/${id}/keys`, { name: 'Sync', grant: { permissions: [] } })
    const { fields, names } = await ask('', [bearer(secret), ['X-Auth-External-Id', 'forged']])
    for (const name of identityFieldNames)
      expect(names.filter((each) => each === name.toLowerCase())).toEqual([name.toLowerCase()])
    expect([fields['x-auth-external-id'], fields['x-auth-permissions']]).toEqual(['', ''])
  })

  it('is the same for every method and for a path behind it, and reads no body', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'PROPFIND'])
      expect([method, (await ask('?permission=jobs.view', [bearer(key)], method)).status]).toEqual([method, 200])
    expect((await ask('/jobs/7?page=2', [bearer(key)])).status).toBe(200)
    const { text } = await server.raw(
      `POST /v1/forward-auth HTTP/1.1\r\nHost: x\r\nX-Keywright-Credential: ${proxy}\r\nAuthorization: Bearer ${key}\r\nContent-Length: 20\r\n\r\nGET /v1/accounts HTT`,
    )
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(text).toContain('Connection: close')
  })

  it('takes X-API-Key where the configuration does', async () => {
    expect((await ask('', [['X-API-Key', key]])).status).toBe(200)
  })

  it('says of an unrestricted key that it is, and of too long a list only what was asked for', async () => {
    const whole = await makeKey({ grant: 'unrestricted' })
    expect((await ask('', [bearer(whole.secret)])).fields['x-auth-permissions']).toBe('unrestricted')
    const fields: string[] = []
    const grant = { permissions: Array.from({ length: 300 }, (_, index) => `jobs.view:${index}`) }
    pushIdentity(fields, { grant } as unknown as Decision, ['jobs.view:7'])
    expect(fields.slice(-2)).toEqual(['X-Auth-Permissions', 'jobs.view:7'])
    expect(fieldText('Zoë 100%\r\nX-Auth-Account: acc')).toBe('Zo%C3%AB%20100%25%0D%0AX-Auth-Account:%20acc')
    expect(fieldText('plain/ASCII:1')).toBe('plain/ASCII:1')
    expect(fieldText('\ud800')).toBe('%EF%BF%BD')
  })
})

describe('what the door of proxies refuses', () => {
  it('is told as the guard in the adopter’s own process tells it', async () => {
    const refused = await ask('?permission=jobs.create', [bearer(key)])
    expect([refused.status, refused.fields['www-authenticate']]).toEqual([
      403,
      'Bearer realm="Example \\"API\\"", error="insufficient_scope", scope="jobs.create"',
    ])
    expect(refused.problem).toMatchObject({ code: 'insufficient_scope', missing: ['jobs.create'], status: 403 })
    const unknown = await ask('', [bearer(generateKeyText('exa', null, testRandomBytes(5)))])
    expect([unknown.status, unknown.fields['www-authenticate']]).toEqual([
      401,
      'Bearer realm="Example \\"API\\"", error="invalid_token"',
    ])
    expect(unknown.problem).toEqual({
      type: 'https://api.example.com/errors#invalid_token',
      title: 'Unauthorized',
      status: 401,
      code: 'invalid_token',
      check: ['Is it the key of this system?'],
    })
    const none = await ask('', [])
    expect([none.status, none.fields['www-authenticate']]).toEqual([401, 'Bearer realm="Example \\"API\\""'])
    expect(none.problem['code']).toBe('credential_missing')
  })

  it('T25: is 429 with Retry-After and the state of the limits where a limit is used up', async () => {
    const limits = [{ name: 'requests', limit: 1, windowSeconds: 60 }]
    const { secret } = await makeKey({ grant: { permissions: ['jobs.view'] }, limits })
    expect((await ask('', [bearer(secret)])).status).toBe(200)
    const refused = await ask('', [bearer(secret)])
    expect([refused.status, refused.problem['code']]).toEqual([429, 'rate_limited'])
    expect(refused.fields).toMatchObject({ 'retry-after': '60', ratelimit: '"requests";r=0;t=60' })
    expect((await ask('?cost=0', [bearer(secret)])).status).toBe(200)
  })

  it.each<[string, () => readonly Line[], string?]>([
    ['two lines of Authorization', () => [bearer(key), bearer(key)]],
    ['Authorization and X-API-Key', () => [bearer(key), ['X-API-Key', key]]],
    [
      'the key in X-API-Key beside another scheme',
      () => [
        ['Authorization', 'Basic x'],
        ['X-API-Key', key],
      ],
    ],
    ['a list', () => [['X-API-Key', `${key}, ${key}`]]],
    ['a key in the address', () => [bearer(key), ['X-Forwarded-Uri', `/jobs?api_key=${key}`]]],
    [
      'a key in the address as nginx names it',
      () => [bearer(key), ['X-Original-URI', `/jobs?a=1&Access_Token=${key}`]],
    ],
    ['a key in an escaped name', () => [bearer(key), ['X-Forwarded-Uri', `/jobs?%61pi_key=${key}`]]],
    ['a key in the address behind the door’s', () => [bearer(key)], '/jobs?api_key=x'],
    ['two addresses that disagree', () => [bearer(key), ['X-Forwarded-Uri', '/a'], ['X-Original-URI', '/b']]],
    [
      'one address that is sent twice with two values',
      () => [bearer(key), ['X-Forwarded-Uri', '/a'], ['X-Forwarded-Uri', '/b']],
    ],
    ['an address beside another behind the door’s', () => [bearer(key), ['X-Forwarded-Uri', '/b']], '/a'],
  ])('is 400, whichever key would be valid: %s', async (_, lines, query = '') => {
    const { status, problem, fields, text } = await ask(query, lines())
    expect([status, problem['code']]).toEqual([400, 'credential_ambiguous'])
    expect(fields['www-authenticate']).toContain('error="invalid_request"')
    expect(text).not.toContain(key)
  })

  it.each<[string, () => readonly Line[], string]>([
    ['another scheme', () => [['Authorization', 'Basic dTpw']], 'credential_missing'],
    ['an alias of the field with underscores', () => [['X_API_Key', key]], 'credential_missing'],
    ['an empty field', () => [['Authorization', '']], 'credential_missing'],
    ['a scheme without a key', () => [['Authorization', 'Bearer']], 'invalid_token'],
    ['a tab after the scheme', () => [['Authorization', `Bearer\t${key}`]], 'invalid_token'],
    ['bytes beyond ASCII', () => [['Authorization', `Bearer ${key}é`]], 'invalid_token'],
    ['a text of 8 kB', () => [bearer('x'.repeat(8_000))], 'invalid_token'],
    ['the proxy’s own credential', () => [bearer(proxy)], 'invalid_token'],
  ])('is 401 for %s', async (_, lines, code) => {
    const { status, problem } = await ask('', lines())
    expect([status, problem['code']]).toEqual([401, code])
  })

  it('agrees on an address that both families name, and takes an empty one for none', async () => {
    const both: Line[] = [
      ['X-Forwarded-Uri', '/a?b=1'],
      ['X-Original-URI', '/a?b=1'],
    ]
    expect((await ask('', [bearer(key), ...both])).status).toBe(200)
    expect((await ask('', [bearer(key), ['X-Forwarded-Uri', ''], ['X-Original-URI', '/a']])).status).toBe(200)
  })

  it('takes whose request it is from the last hop alone, and never the address of the proxy', async () => {
    const { secret } = await makeKey({
      grant: { permissions: ['jobs.view'] },
      allowedNetworks: ['192.0.2.0/24', '127.0.0.0/8'],
    })
    const statusFrom = async (...lines: Line[]) =>
      (await tell('/v1/forward-auth', [own(), bearer(secret), ...lines])).status
    expect(await statusFrom(from('192.0.2.1'))).toBe(200)
    expect(await statusFrom(from('198.51.100.1, 192.0.2.1'))).toBe(200)
    expect(await statusFrom(from('198.51.100.1'), from('192.0.2.1'))).toBe(200)
    expect(await statusFrom(from('192.0.2.1, 198.51.100.1'))).toBe(403)
    expect(await statusFrom(from('192.0.2.1, nobody'))).toBe(403)
    expect(await statusFrom()).toBe(403)
  })
})

describe('what a proxy may ask', () => {
  it.each([
    ['?permisson=jobs.create', 400, 'invalid_parameters'],
    ['?permission=', 400, 'invalid_parameters'],
    ['?permission=*', 400, 'invalid_parameters'],
    ['?audience=api&audience=ingest', 400, 'invalid_parameters'],
    ['?mode=apache', 400, 'invalid_parameters'],
    ['?cost=-1', 400, 'invalid_parameters'],
    ['?cost=', 400, 'invalid_parameters'],
    ['?cost=1000001', 400, 'invalid_parameters'],
    ['?tag=a%20b', 400, 'invalid_parameters'],
    ['?audience=other', 403, 'forbidden'],
    ['?environment=test', 403, 'forbidden'],
    ['?audience=api&environment=live&tag=edge&cost=2', 200, undefined],
  ])('%s: %s', async (query, status, code) => {
    // The second time what was read is remembered.
    for (let time = 0; time < 2; time++) {
      const answer = await ask(query, [bearer(key)])
      expect([answer.status, answer.problem['code']]).toEqual([status, code])
    }
  })

  it('narrows what the credential checks for', async () => {
    const { secret } = await makeKey({ type: 'ingest', grant: { permissions: ['jobs.view'] } })
    expect((await ask('', [bearer(secret)])).status).toBe(200)
    const other = await ask('?audience=api', [bearer(secret)])
    expect([other.status, other.problem['code']]).toEqual([403, 'wrong_type'])
  })

  it('is never for its client to say', async () => {
    // The query behind an appended address is the client's.
    expect((await ask('/jobs?permission=jobs.create', [bearer(key)])).status).toBe(200)
    const asked: Line = ['X-Keywright-Check', 'permission=jobs.create']
    expect((await ask('/jobs', [bearer(key), asked])).status).toBe(403)
    expect((await ask('/jobs', [bearer(key), asked, ['X-Keywright-Check', 'cost=0']])).status).toBe(400)
    // Where the query is the proxy's, the field says nothing.
    expect((await ask('?permission=jobs.view', [bearer(key), asked])).status).toBe(200)
    expect((await ask('?permission=jobs.create', [bearer(key), ['X-Keywright-Check', 'cost=0']])).status).toBe(403)
    // A proxy that keeps its client's query while it puts its own address in place.
    const kept = await ask('?cost=0', [bearer(key), ['X-Forwarded-Uri', '/jobs?cost=0']])
    expect([kept.status, kept.problem['code']]).toEqual([400, 'invalid_parameters'])
  })

  it('repeats nothing of a query that holds a secret', async () => {
    for (const query of [`?${key}=1`, `?tag=${key}`, `?permission=${key}`, `?key=${key}`]) {
      const { status, text } = await ask(query, [bearer(key)])
      expect([query.slice(0, 5), status]).toEqual([query.slice(0, 5), 400])
      expect(text).not.toContain(key)
    }
  })
})

describe('nginx, which passes on 401 and 403 alone,', () => {
  it('is told everything by these, and which it was by a field', async () => {
    const limits = [{ name: 'requests', limit: 1, windowSeconds: 60 }]
    const { secret } = await makeKey({ grant: { permissions: ['jobs.view'] }, limits })
    const mode = '?mode=nginx&permission=jobs.view'
    expect((await ask(mode, [bearer(secret)])).status).toBe(200)
    const limited = await ask(mode, [bearer(secret)])
    expect([limited.status, limited.text]).toEqual([403, ''])
    expect(limited.fields).toMatchObject({
      'x-auth-reason': 'rate_limited',
      'retry-after': '60',
      'content-length': '0',
    })
    expect(limited.fields['ratelimit']).toBe('"requests";r=0;t=60')
    const two = await ask(mode, [bearer(key), bearer(key)])
    expect([two.status, two.fields['x-auth-reason']]).toEqual([401, 'credential_ambiguous'])
    const lacking = await ask('?mode=nginx&permission=jobs.create', [bearer(key)])
    expect([lacking.status, lacking.fields['x-auth-reason']]).toEqual([403, 'insufficient_scope'])
    const none = await ask(mode, [])
    expect([none.status, none.fields['x-auth-reason']]).toEqual([401, 'credential_missing'])
  })
})

describe('a proxy', () => {
  const otherwise = (lines: readonly Line[]) => tell('/v1/forward-auth', [bearer(key), ...lines])

  it('proves itself by a verify credential, exactly one, and by nothing else', async () => {
    const challenge = 'Keywright-Proxy realm="keywright"'
    for (const lines of [
      [],
      [own(), own()],
      [['X-Keywright-Credential', '']],
      [['X-Keywright-Credential', `Bearer ${proxy}`]],
      [['X-Keywright-Credential', key]],
      [['X-Keywright-Credential', 'nobody']],
      [['X_Keywright_Credential', proxy]],
    ] as const satisfies readonly (readonly Line[])[]) {
      const { status, fields, problem, text } = await otherwise(lines)
      expect([status, fields['www-authenticate'], problem['code']]).toEqual([401, challenge, 'proxy_not_known'])
      expect(text).not.toContain(proxy)
    }
    const asOperator = await otherwise([['X-Keywright-Credential', server.operator]])
    expect([asOperator.status, asOperator.problem['code']]).toEqual([403, 'forbidden'])
  })

  it('that guesses is made to wait, and one that is known never is', async () => {
    const guess = () => otherwise([['X-Keywright-Credential', generateKeyText('kwv', null, testRandomBytes(8))]])
    let last = await guess()
    for (let time = 0; time < 130 && last.status === 401; time++) last = await guess()
    expect([last.status, last.problem['code']]).toEqual([429, 'too_many_requests'])
    expect(Number(last.fields['retry-after'])).toBeGreaterThan(0)
    expect((await otherwise([own()])).status).toBe(200)
  })

  it('T7: is refused from the moment its credential is deleted', async () => {
    const { id, secret } = await server.make('/v1/credentials', {
      kind: 'verify',
      name: 'Short',
      environment: 'live',
      audiences: ['api'],
    })
    const lines: Line[] = [['X-Keywright-Credential', secret]]
    expect((await otherwise(lines)).status).toBe(200)
    await server.call('DELETE', `/v1/credentials/${id}`)
    expect((await otherwise(lines)).status).toBe(401)
  })
})

it('T7: a key that was revoked is refused in the very next request', async () => {
  const { id, secret } = await makeKey({ grant: 'unrestricted' })
  expect((await ask('', [bearer(secret)])).status).toBe(200)
  await server.call('POST', `/v1/keys/${id}/revoke`)
  expect((await ask('', [bearer(secret)])).status).toBe(401)
})

it('addresses that only begin like the door lead nowhere', async () => {
  expect((await tell('/v1/forward-authority', [own(), bearer(key)])).status).toBe(404)
})

import { beforeEach, describe, expect, it } from 'vitest'
import { type TestClock, testClock, testConfig } from '../storage/testing.ts'
import type { Identity } from './actor.ts'
import { createMemoryPeople, type MemoryPeople } from './people.testing.ts'
import { parametersOf, type Route } from './route.ts'
import { routes } from './table.ts'
import {
  type Answered,
  fromBrowser,
  guardedStorage,
  managedSource,
  openTestServer,
  type Rights,
  type Sent,
  type TestServer,
  testDeps,
  testOrigin,
} from './testing.ts'

const config = testConfig({
  ...managedSource,
  roles: [...(managedSource.roles ?? []), { id: 'billing', label: 'Billing', may: [] }],
})
const identities = { operator: { kind: 'operator', id: 'cred_1' } } as const satisfies Record<string, Identity>
const keys = new Map([
  ['key_own', { accountId: 'acc_own' }],
  ['key_other', { accountId: 'acc_other' }],
])

let clock: TestClock
let people: MemoryPeople
let rights: Rights
let reached: string[]
let server: TestServer
let ada: string
let cookie: string
beforeEach(async () => {
  clock = testClock()
  people = createMemoryPeople(clock)
  rights = { operators: new Set(), members: new Map() }
  reached = []
  const storage = guardedStorage(keys, reached, rights)
  server = await openTestServer(testDeps({ clock, people, storage, identities, config: () => config }))
  ada = people.add({ name: 'Ada', email: 'ada@example.com', password: 'a long enough one' }).id
  cookie = people.open(ada)
  return () => server.close()
})

const member = (accountId: string, role = 'admin', state: 'active' | 'suspended' = 'active') => ({
  id: `mem_${accountId}`,
  accountId,
  role,
  state,
})
const codeOf = ({ status, json }: Answered): readonly unknown[] => [status, status < 400 ? undefined : json()['code']]
const ask = async (method: string, path: string, headers: Sent['headers'], body?: unknown, token?: string) =>
  codeOf(
    await server.send(method, path, {
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
      ...(token === undefined ? {} : { token }),
    }),
  )
// The guarded store answers 503 to whoever comes through to it.
const through = [503, 'unavailable']

describe('as whom a signed-in person acts', () => {
  it('is as the header says, or the one that they can only be', async () => {
    const list = (acting?: string) => ask('GET', '/v1/accounts', fromBrowser(cookie, acting))
    const see = (account: string, acting?: string) =>
      ask('GET', `/v1/accounts/${account}/keys`, fromBrowser(cookie, acting))
    expect(await list()).toEqual([403, 'forbidden'])
    rights.members.set(ada, [member('acc_own')])
    expect([await see('acc_own'), await list(), await list('operator')]).toEqual([
      through,
      [403, 'forbidden'],
      [403, 'forbidden'],
    ])
    rights.members.set(ada, [member('acc_own'), member('acc_two')])
    expect([await see('acc_own'), await see('acc_own', 'acc_own'), await see('acc_own', 'acc_two')]).toEqual([
      [403, 'forbidden'],
      through,
      [404, 'account_not_found'],
    ])
    rights.operators.add(ada)
    expect([await list(), await list('operator'), await list('acc_own')]).toEqual([
      through,
      through,
      [403, 'forbidden'],
    ])
  })

  it('names no account that the person is no member of, whether there is one or not', async () => {
    rights.members.set(ada, [member('acc_own')])
    const [other, none] = await Promise.all(
      ['acc_other', 'acc_none'].map((account) =>
        server.send('GET', `/v1/accounts/${account}/keys`, {
          headers: [...fromBrowser(cookie, account), ['X-Request-Id', 'the-same-request']],
        }),
      ),
    )
    expect([other?.status, other?.text]).toEqual([404, none?.text])
    for (const acting of ['', ' ', 'operator, acc_own', '%00', 'OPERATOR', 'acc_own,acc_own'])
      expect((await ask('GET', '/v1/accounts', fromBrowser(cookie, acting)))[0]).toBe(403)
  })
})

describe('T10: what a person may is read from the store at each request', () => {
  const see = () => ask('GET', '/v1/accounts/acc_own/keys', fromBrowser(cookie, 'acc_own'))

  it('ends with the membership, its suspension, its role', async () => {
    rights.members.set(ada, [member('acc_own')])
    expect(await see()).toEqual(through)
    rights.members.set(ada, [member('acc_own', 'billing')])
    expect(await see()).toEqual([403, 'forbidden'])
    rights.members.set(ada, [member('acc_own', 'admin', 'suspended')])
    expect(await see()).toEqual([404, 'account_not_found'])
    rights.members.delete(ada)
    expect(await see()).toEqual([404, 'account_not_found'])
  })

  it('ends with the session and with the suspension of the person', async () => {
    rights.operators.add(ada)
    expect(await ask('DELETE', '/v1/session', fromBrowser(cookie))).toEqual([204, undefined])
    expect(await see()).toEqual([401, 'sign_in_required'])
    cookie = people.open(ada)
    expect((await ask('GET', '/v1/session', fromBrowser(cookie)))[0]).not.toBe(401)
    await people.suspend({ actor: { kind: 'system', id: 'test' }, requestId: 'test' }, ada)
    expect(await ask('GET', '/v1/session', fromBrowser(cookie))).toEqual([401, 'sign_in_required'])
  })

  it('ends with the right to operate', async () => {
    const list = () => ask('GET', '/v1/credentials', fromBrowser(cookie, 'operator'))
    rights.operators.add(ada)
    expect(await list()).toEqual(through)
    rights.operators.delete(ada)
    expect(await list()).toEqual([403, 'forbidden'])
  })
})

describe('a session and a credential', () => {
  it('are never mixed: Authorization counts alone, the cookie only without it', async () => {
    rights.operators.add(ada)
    const both = fromBrowser(cookie, 'operator')
    expect(await ask('GET', '/v1/accounts', both, undefined, 'garbage')).toEqual([401, 'invalid_token'])
    expect(await ask('GET', '/v1/accounts', [...both, ['Authorization', 'Basic eDp5']])).toEqual([
      401,
      'credential_missing',
    ])
    expect(await ask('GET', '/v1/accounts', [['Cookie', cookie]], undefined, 'operator')).toEqual(through)
    expect(await ask('GET', '/v1/session', both, undefined, 'operator')).toEqual([403, 'forbidden'])
    expect(await ask('GET', '/v1/accounts', [...both, ['X-API-Key', 'x']])).toEqual([400, 'credential_ambiguous'])
  })

  it('are told apart where they are missing, ended or sent twice', async () => {
    const headers = (value: string) => [['Cookie', value] as const]
    expect(await ask('GET', '/v1/session', undefined)).toEqual([401, 'credential_missing'])
    expect(await ask('GET', '/v1/session', headers('other=1'))).toEqual([401, 'credential_missing'])
    expect(await ask('GET', '/v1/session', headers('__Host-keywright_session=x'))).toEqual([401, 'sign_in_required'])
    expect(await ask('GET', '/v1/session', headers(`${cookie}; ${cookie}`))).toEqual([400, 'credential_ambiguous'])
    expect((await server.send('GET', '/v1/session')).headers['www-authenticate']).toBe('Bearer realm="keywright"')
  })
})

const values: Readonly<Record<string, string>> = { account: 'acc_own', key: 'key_own', token: 'x'.repeat(32) }
const pathOf = ({ spec }: Route): string =>
  spec.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? `${name}_1`)
const mutating = routes.filter(({ spec }) => spec.permission !== 'public' && spec.method !== 'get')

describe('a request of another site, with a valid cookie', () => {
  const foreign: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    [
      'says so',
      [
        ['Origin', testOrigin],
        ['Sec-Fetch-Site', 'cross-site'],
      ],
    ],
    [
      'is a neighbour',
      [
        ['Origin', testOrigin],
        ['Sec-Fetch-Site', 'same-site'],
      ],
    ],
    ['has a foreign origin', [['Origin', 'https://evil.example']]],
    ['has an origin that begins like ours', [['Origin', `${testOrigin}.evil.example`]]],
    ['has another scheme', [['Origin', testOrigin.replace('https', 'http')]]],
    ['has no origin to tell', [['Origin', 'null']]],
    ['has none', []],
    [
      'has two',
      [
        ['Origin', testOrigin],
        ['Origin', 'https://evil.example'],
      ],
    ],
  ]

  it.each(foreign)('is refused at every route that changes something: it %s', async (_, headers) => {
    rights.operators.add(ada)
    for (const route of mutating) {
      const answer = await ask(route.spec.method.toUpperCase(), pathOf(route), [['Cookie', cookie], ...headers])
      expect([route.spec.operationId, ...answer]).toEqual([route.spec.operationId, 403, 'cross_site_refused'])
    }
    expect(reached).toEqual([])
    expect((await people.sessions(ada)).length).toBe(1)
  })

  it('reads nothing either', async () => {
    rights.operators.add(ada)
    const site = (value: string) =>
      ask('GET', '/v1/accounts', [
        ['Cookie', cookie],
        ['Sec-Fetch-Site', value],
      ])
    expect([await site('cross-site'), await site('same-site'), await site('else')]).toEqual(
      Array.from({ length: 3 }, () => [403, 'cross_site_refused']),
    )
    expect([await site('same-origin'), await site('none')]).toEqual([through, through])
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
  ])('cannot send what a form can: %s', async (type) => {
    rights.operators.add(ada)
    for (const route of mutating) {
      const headers = [...fromBrowser(cookie, 'operator'), ['Content-Type', type]] as const
      const answer = await ask(route.spec.method.toUpperCase(), pathOf(route), headers, '{"name":"x"}')
      expect([route.spec.operationId, ...answer]).toEqual([route.spec.operationId, 415, 'media_type_unsupported'])
    }
    expect(reached).toEqual([])
  })

  it('cannot have a browser sign in, but a program can', async () => {
    const body = { email: 'ada@example.com', password: 'a long enough one' }
    const signIn = (headers: Sent['headers']) => ask('POST', '/v1/sign-in', headers, body)
    expect(await signIn([['Origin', 'https://evil.example']])).toEqual([403, 'cross_site_refused'])
    expect(await signIn([['Origin', 'null']])).toEqual([403, 'cross_site_refused'])
    expect(await signIn([['Sec-Fetch-Site', 'cross-site']])).toEqual([403, 'cross_site_refused'])
    expect(await signIn([['Cookie', cookie]])).toEqual([403, 'cross_site_refused'])
    expect((await signIn(undefined))[0]).toBe(200)
    expect((await signIn(fromBrowser(cookie)))[0]).toBe(200)
  })
})

describe('T1: who nobody is', () => {
  it('becomes nobody by an id in the body, whose ever it is', async () => {
    rights.operators.add(ada)
    const named = {
      id: ada,
      userId: ada,
      personId: ada,
      person: ada,
      session: cookie,
      accountId: 'acc_own',
      role: 'admin',
    }
    for (const route of mutating) {
      const answer = await ask(route.spec.method.toUpperCase(), pathOf(route), undefined, named)
      expect([route.spec.operationId, ...answer]).toEqual([route.spec.operationId, 401, 'credential_missing'])
    }
    expect(reached).toEqual([])
  })
})

describe('who may not see keys', () => {
  it('is told the same of each, of every account and of none', async () => {
    rights.members.set(ada, [member('acc_own', 'billing')])
    const about = routes.filter(({ spec }) => parametersOf(spec.path)[0] === 'key')
    expect(about.length).toBeGreaterThan(5)
    for (const { spec } of about) {
      const texts = await Promise.all(
        ['key_own', 'key_other', 'key_none'].map(async (id) => {
          const path = spec.path.replace('{key}', id)
          const headers = [...fromBrowser(cookie, 'acc_own'), ['X-Request-Id', 'the-same-request']] as const
          const { status, text } = await server.send(spec.method.toUpperCase(), path, { headers })
          return `${status} ${text}`
        }),
      )
      expect(new Set(texts).size, spec.operationId).toBe(1)
      expect(texts[0]).toMatch(/^403 .*"forbidden"/)
    }
    expect(await ask('GET', '/v1/accounts/acc_own/keys', fromBrowser(cookie))).toEqual([403, 'forbidden'])
    expect(reached).toEqual([])
  })
})

describe('before what is dangerous', () => {
  const remove = (token?: string) =>
    ask('DELETE', '/v1/credentials/cred_2', token === undefined ? fromBrowser(cookie) : undefined, undefined, token)

  it('a session is asked for a proof once ten minutes are over, and a credential never', async () => {
    rights.operators.add(ada)
    clock.advance(599_999)
    expect(await remove()).toEqual(through)
    clock.advance(1)
    expect(await remove()).toEqual([403, 'reauthentication_required'])
    expect(await remove('operator')).toEqual(through)
    expect(await ask('GET', '/v1/credentials', fromBrowser(cookie))).toEqual(through)
    const prove = (password: string) => ask('POST', '/v1/session/proof', fromBrowser(cookie), { password })
    expect(await prove('not the one at all')).toEqual([401, 'sign_in_refused'])
    expect(await remove()).toEqual([403, 'reauthentication_required'])
    expect((await prove('a long enough one'))[0]).toBe(200)
    expect(await remove()).toEqual(through)
  })

  it('who may not do it at all is told that instead', async () => {
    rights.members.set(ada, [member('acc_own', 'viewer')])
    clock.advance(600_000)
    expect(await ask('POST', '/v1/accounts/acc_own/keys', fromBrowser(cookie), {})).toEqual([403, 'forbidden'])
    expect(await ask('POST', '/v1/keys/key_other/rotate', fromBrowser(cookie), {})).toEqual([404, 'key_not_found'])
  })
})

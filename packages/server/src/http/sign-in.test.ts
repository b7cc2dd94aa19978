import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Messages } from '../messages.ts'
import { type TestClock, testClock } from '../storage/testing.ts'
import { createMemoryPeople, type MemoryPeople } from './people.testing.ts'
import {
  type Answered,
  fromBrowser,
  guardedStorage,
  type LogLine,
  openTestServer,
  type TestServer,
  testDeps,
} from './testing.ts'

const good = 'a long enough one'
let clock: TestClock
let people: MemoryPeople
let server: TestServer
let lines: LogLine[]
let mails: { readonly to: string; readonly link: string }[]
let mailed: () => Promise<void>

async function open(mail: boolean): Promise<void> {
  clock = testClock()
  people = createMemoryPeople(clock)
  lines = []
  mails = []
  let tell = () => {}
  let sent = new Promise<void>((resolve) => {
    tell = resolve
  })
  mailed = async () => {
    await sent
    sent = new Promise<void>((resolve) => {
      tell = resolve
    })
  }
  const messages: Messages = {
    mail,
    passwordReset: async ({ email }, link) => {
      mails.push({ to: email, link: link.expose() })
      tell()
      return true
    },
    invitation: async () => true,
  }
  const rights = { operators: new Set<string>(), members: new Map() }
  const storage = guardedStorage(new Map(), [], rights)
  server = await openTestServer(testDeps({ clock, people, messages, storage, lines }))
}
beforeEach(() => open(true))
afterEach(() => server.close())

const post = (path: string, body: unknown, headers: Parameters<typeof server.send>[2] = {}) =>
  server.send('POST', path, { body, ...headers })
const cookiesOf = ({ headers }: Answered): readonly string[] => {
  const lines = headers['set-cookie']
  return Array.isArray(lines) ? lines : lines === undefined ? [] : [lines]
}
const cookieOf = (answer: Answered): string =>
  cookiesOf(answer)
    .map((line) => line.split(';')[0])
    .join('; ')
const codeOf = (answer: Answered) => [answer.status, answer.json()['code']]

describe('signing in', () => {
  beforeEach(() => {
    people.add({ name: 'Ada', email: 'ada@example.com', password: good })
  })

  it('gives a cookie for this host alone, kept by no cache, and a session that knows who it is', async () => {
    const answer = await post('/v1/sign-in', { email: ' Ada@Example.com ', password: good })
    expect([answer.status, answer.json()]).toEqual([200, { next: 'done' }])
    expect(cookiesOf(answer)).toEqual([
      expect.stringMatching(/^__Host-keywright_session=\w+; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
    ])
    expect(answer.headers['cache-control']).toBe('no-store')
    const session = await server.send('GET', '/v1/session', { headers: fromBrowser(cookieOf(answer)) })
    expect(session.json()).toMatchObject({
      person: { name: 'Ada', email: 'ada@example.com', language: null },
      operator: false,
      memberships: [],
      provedUntil: '2026-11-20T12:10:00.000Z',
    })
    clock.advance(600_000)
    const later = await server.send('GET', '/v1/session', { headers: fromBrowser(cookieOf(answer)) })
    expect(later.json()['provedUntil']).toBeNull()
  })

  it('says the same of a wrong password and of nobody, and sets no cookie', async () => {
    const headers = [['X-Request-Id', 'the-same-request']] as const
    const wrong = await post('/v1/sign-in', { email: 'ada@example.com', password: 'x' }, { headers })
    const nobody = await post('/v1/sign-in', { email: 'nobody', password: good }, { headers })
    expect(codeOf(wrong)).toEqual([401, 'sign_in_refused'])
    expect([nobody.text, nobody.status, cookiesOf(nobody), cookiesOf(wrong)]).toEqual([wrong.text, 401, [], []])
  })

  it('says how long to wait after too many failures', async () => {
    for (let index = 0; index < 5; index++) await post('/v1/sign-in', { email: 'ada@example.com', password: 'x' })
    const answer = await post('/v1/sign-in', { email: 'ada@example.com', password: 'x' })
    expect([...codeOf(answer), answer.headers['retry-after']]).toEqual([429, 'too_many_requests', '17'])
    expect(answer.text).not.toContain('retryAfter')
  })

  it('asks for the second factor and then ends in a session', async () => {
    people.add({ name: 'Bo', email: 'bo@example.com', password: good, code: '123456' })
    const first = await post('/v1/sign-in', { email: 'bo@example.com', password: good })
    expect(first.json()).toEqual({ next: 'second_factor' })
    const headers = fromBrowser(cookieOf(first))
    const step = (body: object) => post('/v1/sign-in/second-factor', body, { headers })
    expect(codeOf(await post('/v1/sign-in/second-factor', { code: '123456' }))).toEqual([401, 'sign_in_required'])
    expect(codeOf(await step({ code: '000000' }))).toEqual([401, 'second_factor_refused'])
    for (const body of [{}, { code: '1', backupCode: '2' }])
      expect(codeOf(await step(body))).toEqual([400, 'invalid_parameters'])
    const done = await step({ code: '123456' })
    expect([done.json(), cookiesOf(done).length]).toEqual([{ next: 'done' }, 1])
  })

  it('passes on what a passkey needs, as it is', async () => {
    const options = await post('/v1/sign-in/passkey/options', {})
    expect([options.json(), cookiesOf(options).length]).toEqual([{ challenge: 'sign-in' }, 1])
    expect(codeOf(await post('/v1/sign-in/passkey', { response: { id: 'none' } }))).toEqual([401, 'passkey_refused'])
  })

  it('says what there is to sign in by, in the language asked for', async () => {
    const answer = await server.send('GET', '/v1/sign-in')
    expect(answer.json()).toEqual({
      product: 'Example',
      languages: ['en'],
      providers: [{ id: 'example', label: 'Example' }],
      mail: true,
    })
  })
})

describe('an identity provider', () => {
  it('never leads anywhere but to a path of ours', async () => {
    const start = (returnTo: string) => post('/v1/sign-in/providers/example', { returnTo })
    expect((await start('/accounts?x=1')).json()).toEqual({ url: 'https://id.example/?to=/accounts?x=1' })
    for (const path of ['//evil.example', '/\\evil.example', 'https://evil.example', '', '/a\nb', '/\t/evil.example'])
      expect([path, (await start(path)).status]).toEqual([path, 400])
    expect(codeOf(await post('/v1/sign-in/providers/other', {}))).toEqual([404, 'provider_not_found'])
    const back = (state: string) =>
      server.send('GET', `/v1/sign-in/providers/example/callback?state=${encodeURIComponent(state)}`, {
        headers: [['Sec-Fetch-Site', 'cross-site']],
      })
    const good = await back('/accounts')
    expect([good.status, good.headers['location']]).toEqual([302, '/accounts'])
    expect((await back('//evil.example')).headers['location']).toBe('/')
    expect(JSON.stringify(lines)).not.toContain('evil')
  })
})

describe('a forgotten password', () => {
  it('is answered alike for everybody, and mailed to who is there with the token in the fragment', async () => {
    people.add({ name: 'Ada', email: 'ada@example.com', password: good })
    expect((await post('/v1/password-resets', { email: 'nobody@example.com' })).status).toBe(204)
    const answer = await post('/v1/password-resets', { email: 'ADA@example.com' })
    expect([answer.status, answer.text, cookiesOf(answer)]).toEqual([204, '', []])
    await mailed()
    expect(mails).toEqual([
      { to: 'ada@example.com', link: expect.stringMatching(/^https:\/\/keys\.example\/new-password#reset-\d+$/) },
    ])
    const token = mails[0]?.link.split('#')[1]
    const complete = (password: string) => post('/v1/password-resets/complete', { token, password })
    expect(codeOf(await complete('short'))).toEqual([422, 'password_not_allowed'])
    expect((await complete('another long one')).status).toBe(204)
    expect(codeOf(await complete('another long one'))).toEqual([404, 'reset_closed'])
    expect((await post('/v1/sign-in', { email: 'ada@example.com', password: 'another long one' })).status).toBe(200)
    expect(JSON.stringify(lines)).not.toContain(token)
  })

  it('is not mailed again and again: an address gets three an hour, whoever asks', async () => {
    people.add({ name: 'Ada', email: 'ada@example.com', password: good })
    people.add({ name: 'Bo', email: 'bo@example.com', password: good })
    for (let index = 0; index < 6; index++)
      expect((await post('/v1/password-resets', { email: 'ada@example.com' })).status).toBe(204)
    await post('/v1/password-resets', { email: 'bo@example.com' })
    while (mails.at(-1)?.to !== 'bo@example.com') await mailed()
    expect(mails.filter(({ to }) => to === 'ada@example.com').length).toBe(3)
  })

  it('makes no token where no mail is sent', async () => {
    await server.close()
    await open(false)
    people.add({ name: 'Ada', email: 'ada@example.com', password: good })
    const made: string[] = []
    const issue = people.issueReset
    Object.assign(people, {
      issueReset: (...given: Parameters<typeof issue>) => {
        made.push('token')
        return issue(...given)
      },
    })
    expect((await post('/v1/password-resets', { email: 'ada@example.com' })).status).toBe(204)
    await new Promise((resolve) => setImmediate(resolve))
    expect([made, mails]).toEqual([[], []])
  })
})

describe('who is signed in', () => {
  let id: string
  let headers: ReturnType<typeof fromBrowser>
  const send = (method: string, path: string, body?: unknown) =>
    server.send(method, path, { headers, ...(body === undefined ? {} : { body }) })
  beforeEach(() => {
    id = people.add({ name: 'Ada', email: 'ada@example.com', password: good }).id
    headers = fromBrowser(people.open(id))
  })

  it('sees and ends their own sessions, and nobody else’s', async () => {
    const other = people.add({ name: 'Bo', email: 'bo@example.com', password: good }).id
    const foreign = people.open(other).split('=')[1]
    people.open(id)
    const items = (await send('GET', '/v1/sessions')).json()['items'] as { id: string; current: boolean }[]
    expect(items.map(({ current }) => current)).toEqual([true, false])
    expect(codeOf(await send('DELETE', `/v1/sessions/${foreign}`))).toEqual([404, 'session_not_found'])
    expect((await send('POST', '/v1/sessions/end-others', {})).json()).toEqual({ ended: 1 })
    expect((await send('DELETE', `/v1/sessions/${items[0]?.id}`)).status).toBe(204)
    expect(codeOf(await send('GET', '/v1/session'))).toEqual([401, 'sign_in_required'])
  })

  it('signs out: the session is gone and the cookie cleared', async () => {
    const answer = await send('DELETE', '/v1/session')
    expect([answer.status, cookiesOf(answer)[0]]).toEqual([204, expect.stringContaining('Max-Age=0')])
    expect(codeOf(await send('GET', '/v1/session'))).toEqual([401, 'sign_in_required'])
  })

  it('changes name and language, and nothing that is not theirs to change', async () => {
    expect((await send('PATCH', '/v1/person', { language: 'fr' })).json()).toEqual({
      id,
      name: 'Ada',
      email: 'ada@example.com',
      language: 'fr',
    })
    expect((await send('PATCH', '/v1/person', { language: null, name: 'Ada L.' })).json()).toMatchObject({
      language: null,
    })
    for (const body of [{ email: 'x@example.com' }, { id: 'per_x' }, { suspended: false }, { operator: true }])
      expect(codeOf(await send('PATCH', '/v1/person', body))).toEqual([400, 'invalid_parameters'])
  })

  it('changes the password, the second factor and passkeys', async () => {
    const password = (body: object) => send('PUT', '/v1/person/password', body)
    expect(codeOf(await password({ current: 'x', password: 'another long one' }))).toEqual([401, 'sign_in_refused'])
    expect((await password({ current: good, password: 'another long one' })).status).toBe(204)
    expect((await send('POST', '/v1/person/totp', {})).json()).toMatchObject({
      uri: expect.stringMatching(/^otpauth:/),
    })
    expect((await send('POST', '/v1/person/totp/confirm', { code: '123456' })).json()).toEqual({
      backupCodes: ['one', 'two'],
    })
    expect((await send('POST', '/v1/person/backup-codes', {})).json()).toEqual({ backupCodes: ['three', 'four'] })
    const made = await send('POST', '/v1/person/passkeys', { name: 'Laptop', response: { id: 'x' } })
    expect(made.status).toBe(201)
    const path = `/v1/person/passkeys/${String(made.json()['id'])}`
    expect((await send('PATCH', path, { name: 'Phone' })).json()).toMatchObject({ name: 'Phone' })
    expect((await send('GET', '/v1/person/factors')).json()).toMatchObject({
      totp: true,
      passkeys: [{ name: 'Phone' }],
    })
    expect((await send('DELETE', path)).status).toBe(204)
    expect(codeOf(await send('DELETE', path))).toEqual([404, 'passkey_not_found'])
    expect((await send('DELETE', '/v1/person/totp')).status).toBe(204)
  })
})

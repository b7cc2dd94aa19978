import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Messages } from '../messages.ts'
import type { Secret } from '../secret.ts'
import type { Caller } from '../storage/ports.ts'
import { storageOf } from '../storage/storage.ts'
import { openTestStore, testClock, testConfig, testOperator } from '../storage/testing.ts'
import type { Identity } from './actor.ts'
import { createMemoryPeople } from './people.testing.ts'
import { type Answered, fromBrowser, type LogLine, managedSource, openTestServer, testDeps } from './testing.ts'

type Mail = Parameters<Messages['invitation']>

async function openTeam() {
  const clock = testClock()
  const config = testConfig(managedSource)
  const store = await openTestStore({ kind: 'sqlite', config, clock })
  const storage = storageOf(store)
  const memory = createMemoryPeople(clock)
  const isoNow = () => new Date(clock.wallMs()).toISOString()
  const keep = async ({ id, name, email }: { readonly id: string; readonly name: string; readonly email: string }) => {
    const values = {
      id,
      name,
      email,
      email_verified: 1,
      image: null,
      language: null,
      suspended: 0,
      two_factor_enabled: 0,
    }
    await store.context.write(testOperator, ({ database }) =>
      database
        .insertInto('people')
        .values({ ...values, created_at: isoNow(), updated_at: isoNow() })
        .execute(),
    )
  }
  const people = {
    ...memory,
    create: async (caller: Caller, given: Parameters<typeof memory.create>[1]) => {
      const person = await memory.create(caller, given)
      if (!('problem' in person)) await keep(person)
      return person
    },
  }
  const mails: Mail[] = []
  const messages: Messages = {
    mail: true,
    passwordReset: async () => true,
    invitation: async (...mail) => mails.push(mail) > 0,
  }
  const identities: Record<string, Identity> = { operator: { kind: 'operator', id: 'crd_1' } }
  const lines: LogLine[] = []
  const closing = new AbortController()
  const server = await openTestServer(
    testDeps({ storage, people, messages, clock, identities, lines, closing: closing.signal, config: () => config }),
  )
  const account = await storage.accounts.create(testOperator, { name: 'Example Ltd' })
  if ('problem' in account) throw new Error(account.problem)
  return {
    ...server,
    storage,
    people,
    mails,
    lines,
    identities,
    closing,
    clock,
    account: account.record.id,
    person: async (name: string) => {
      const person = memory.add({ name, email: `${name.toLowerCase()}@example.com`, password: 'a long password' })
      await keep(person)
      return person
    },
    close: async () => {
      await server.close()
      await store.close()
    },
  }
}

let team: Awaited<ReturnType<typeof openTeam>>
beforeAll(async () => {
  team = await openTeam()
})
afterAll(() => team.close())
beforeEach(() => team.mails.splice(0))

const asOperator = (method: string, path: string, body?: unknown): Promise<Answered> =>
  team.send(method, path, { token: 'operator', ...(body === undefined ? {} : { body }) })
const open = (path: string, body: unknown, headers: readonly (readonly [string, string])[] = []): Promise<Answered> =>
  team.send('POST', path, { body, headers })

async function invite(email: string, role = 'viewer') {
  const answer = await asOperator('POST', `/v1/accounts/${team.account}/invitations`, { email, role })
  if (answer.status !== 201) throw new Error(answer.text)
  const { id, link } = answer.json() as { readonly id: string; readonly link: string }
  return { answer, id, token: link.slice(link.indexOf('#') + 1) }
}

const codeOf = (answer: Answered): string => `${answer.status} ${String(answer.json()['code'])}`

describe('invitations over HTTP', () => {
  it('answer the link once, send it by mail, and neither log nor list it', async () => {
    const { answer, id, token } = await invite(' New@Example.com ')
    const sent = answer.json()
    expect(sent).toMatchObject({ account: team.account, email: 'new@example.com', role: 'viewer', mailed: true })
    expect(sent['link']).toBe(`https://keys.example/invitation#${token}`)
    expect(answer.headers['location']).toBe(`/v1/accounts/${team.account}/invitations/${id}`)
    const list = await asOperator('GET', `/v1/accounts/${team.account}/invitations`)
    expect(list.text).toContain(id)
    expect(list.text + JSON.stringify(team.lines)).not.toContain(token)
    const [to, link, about] = team.mails[0] as [Mail[0], Secret, Mail[2]]
    expect(to).toMatchObject({ email: 'new@example.com', name: null })
    expect([link.expose(), String(link)]).toEqual([sent['link'], '[secret]'])
    expect(about).toMatchObject({ account: 'Example Ltd', role: 'viewer' })
    expect(
      codeOf(await asOperator('POST', `/v1/accounts/${team.account}/invitations`, { email: 'x', role: 'viewer' })),
    ).toBe('400 invalid_parameters')
    const renewed = await asOperator('POST', `/v1/accounts/${team.account}/invitations/${id}/renew`)
    expect(renewed.status).toBe(200)
    expect(codeOf(await open('/v1/invitations/look', { token }))).toBe('404 invitation_closed')
    expect((await asOperator('DELETE', `/v1/accounts/${team.account}/invitations/${id}`)).status).toBe(204)
    expect(codeOf(await asOperator('DELETE', `/v1/accounts/${team.account}/invitations/${id}`))).toBe(
      '404 invitation_not_found',
    )
  })

  it('are accepted by a new person with a name and a password, who is then signed in', async () => {
    const { token } = await invite('fresh@example.com', 'admin')
    expect((await open('/v1/invitations/look', { token })).json()).toMatchObject({
      account: { id: team.account, name: 'Example Ltd' },
      role: 'admin',
      email: 'fresh@example.com',
      personExists: false,
    })
    const bare = await open('/v1/invitations/accept', { token })
    expect(codeOf(bare)).toBe('400 invalid_parameters')
    expect(bare.json()['errors']).toMatchObject([{ pointer: '#/name' }, { pointer: '#/password' }])
    const short = await open('/v1/invitations/accept', { token, name: 'Fresh', password: 'short' })
    expect(codeOf(short)).toBe('422 password_not_allowed')
    const done = await open('/v1/invitations/accept', { token, name: 'Fresh', password: 'a long password' })
    expect([done.status, done.json()]).toEqual([200, { account: team.account }])
    const cookie = String(done.headers['set-cookie']).split(';')[0] ?? ''
    expect(cookie).toMatch(/^__Host-keywright_session=/)
    const members = await team.send('GET', `/v1/accounts/${team.account}/members`, {
      headers: fromBrowser(cookie, team.account),
    })
    expect(members.json()['items']).toMatchObject([{ name: 'Fresh', email: 'fresh@example.com', role: 'admin' }])
    expect(codeOf(await open('/v1/invitations/accept', { token, name: 'Fresh', password: 'a long password' }))).toBe(
      '404 invitation_closed',
    )
  })

  it('are accepted by who has an account here only when signed in, and by nobody else', async () => {
    const [ada, eve] = [await team.person('Ada'), await team.person('Eve')]
    const { token } = await invite(ada.email)
    expect((await open('/v1/invitations/look', { token })).json()).toMatchObject({ personExists: true })
    const given = { token, name: 'Mallory', password: 'a long password' }
    expect(codeOf(await open('/v1/invitations/accept', given))).toBe('401 sign_in_required')
    const asEve = fromBrowser(team.people.open(eve.id))
    expect(codeOf(await open('/v1/invitations/accept', given, asEve))).toBe('403 invitation_for_another')
    const fromElsewhere = [
      ['Cookie', team.people.open(ada.id)],
      ['Origin', 'https://evil.example'],
    ] as const
    expect(codeOf(await open('/v1/invitations/accept', given, fromElsewhere))).toBe('403 cross_site_refused')
    const done = await open('/v1/invitations/accept', { token }, fromBrowser(team.people.open(ada.id)))
    expect([done.status, done.json(), done.headers['set-cookie']]).toEqual([200, { account: team.account }, undefined])
  })

  it('to operate make an operator, of whom one remains', async () => {
    const bob = await team.person('Bob')
    const made = await asOperator('POST', '/v1/operators/invitations', { email: bob.email })
    expect(made.json()).toMatchObject({ account: null, role: null, email: bob.email })
    const { link } = made.json() as { readonly link: string }
    const cookie = fromBrowser(team.people.open(bob.id), 'operator')
    expect((await team.send('GET', '/v1/accounts', { headers: cookie })).status).toBe(403)
    const token = link.slice(link.indexOf('#') + 1)
    expect((await open('/v1/invitations/accept', { token }, cookie)).json()).toEqual({ account: null })
    expect((await team.send('GET', '/v1/accounts', { headers: cookie })).status).toBe(200)
    expect((await asOperator('GET', '/v1/operators')).json()['items']).toMatchObject([
      { person: bob.id, email: bob.email },
    ])
    expect((await asOperator('GET', '/v1/operators/invitations')).json()['items']).toEqual([])
    expect(codeOf(await asOperator('DELETE', `/v1/operators/${bob.id}`))).toBe('409 last_operator')
    expect(codeOf(await asOperator('DELETE', '/v1/operators/per_none'))).toBe('404 operator_not_found')
  })
})

describe('accounts, members and keys for who signs in', () => {
  async function member(name: string, role: string) {
    const person = await team.person(name)
    const made = await team.storage.members.create(testOperator, team.account, { personId: person.id, name, role })
    if ('problem' in made) throw new Error(made.problem)
    return { id: made.id, headers: fromBrowser(team.people.open(person.id), team.account) }
  }

  it('let who manages members rename the account and nothing else, and say what is in force', async () => {
    const { headers } = await member('Manager', 'admin')
    const path = `/v1/accounts/${team.account}`
    expect((await team.send('PATCH', path, { headers, body: { name: 'Renamed' } })).json()).toMatchObject({
      name: 'Renamed',
    })
    const refused = await team.send('PATCH', path, { headers, body: { name: 'X', plan: 'default', activeKeys: null } })
    expect(codeOf(refused)).toBe('403 forbidden')
    expect(refused.json()['errors']).toMatchObject([{ pointer: '#/plan' }, { pointer: '#/activeKeys' }])
    expect((await team.send('GET', path, { headers })).json()).toMatchObject({
      name: 'Renamed',
      inForce: { limits: [], accountLimits: [], quota: null, activeKeysMax: null },
    })
  })

  it('let every member leave but the last of the lasting role, and remove nobody else', async () => {
    const [leaving, other] = [await member('Leaving', 'viewer'), await member('Other', 'viewer')]
    const remove = (id: string) =>
      team.send('DELETE', `/v1/accounts/${team.account}/members/${id}`, { headers: leaving.headers })
    expect(codeOf(await remove(other.id))).toBe('403 forbidden')
    expect((await remove(leaving.id)).status).toBe(204)
    expect(codeOf(await remove(leaving.id))).toBe('404 account_not_found')
  })

  it('count keys at one glance, find one by its text and filter them, for members and not for keys (T5)', async () => {
    const { id, headers } = await member('Viewer', 'viewer')
    const keys = `/v1/accounts/${team.account}/keys`
    const secretOf = async (body: object) =>
      (await asOperator('POST', keys, { name: 'A key', ...body })).json() as {
        readonly id: string
        readonly secret: string
      }
    const personal = await secretOf({ owner: id })
    await secretOf({ grant: 'unrestricted' })
    const summary = (await team.send('GET', `${keys}/summary`, { headers })).json()
    expect(summary).toMatchObject({ states: { active: 2 }, cap: { used: 2, max: null }, unrestricted: 1, rotating: 0 })
    const found = await team.send('POST', `${keys}/find`, { headers, body: { secret: `${personal.secret}\n` } })
    expect([found.json()['id'], found.text.includes(personal.secret)]).toEqual([personal.id, false])
    const unknown = await team.send('POST', `${keys}/find`, { headers, body: { secret: `${personal.secret}x` } })
    expect(codeOf(unknown)).toBe('404 key_not_found')
    expect(unknown.text + JSON.stringify(team.lines)).not.toContain(personal.secret)
    const listed = async (query: string) =>
      ((await team.send('GET', `${keys}?${query}`, { headers })).json()['items'] as { readonly id: string }[]).length
    expect(
      await Promise.all(['owner=none', `owner=${id}`, 'permission=jobs.delete', 'rotating=true'].map(listed)),
    ).toEqual([1, 1, 1, 0])
    team.identities['managing'] = {
      kind: 'key',
      id: personal.id,
      accountId: team.account,
      lineageId: 'l',
      grant: 'unrestricted',
    }
    const asKey = { token: 'managing' }
    expect((await team.send('GET', keys, asKey)).status).toBe(200)
    for (const [method, path, body] of [
      ['GET', `${keys}/summary`, undefined],
      ['POST', `${keys}/find`, { secret: personal.secret }],
      ['GET', `/v1/accounts/${team.account}/changes`, undefined],
    ] as const) {
      const answer = await team.send(method, path, { ...asKey, ...(body === undefined ? {} : { body }) })
      expect(codeOf(answer)).toBe('403 forbidden')
    }
  })
})

describe('waiting for changes', () => {
  const path = (query: string) => `/v1/accounts/${team.account}/changes?${query}`
  const cursor = async () => String((await asOperator('GET', path(''))).json()['cursor'])

  it('ends when something changes, and says what to read anew', async () => {
    const after = await cursor()
    expect((await asOperator('GET', path(`after=${after}`))).json()).toMatchObject({ changed: [] })
    const waiting = asOperator('GET', path(`after=${after}&waitSeconds=25`))
    await team.storage.keys.create(testOperator, team.account, { name: 'New' })
    const answer = (await waiting).json()
    expect(answer['changed']).toEqual(['keys'])
    expect(answer['cursor']).not.toBe(after)
    expect(codeOf(await asOperator('GET', path('after=nonsense')))).toMatch(/invalid_cursor/)
    expect(codeOf(await asOperator('GET', path(`after=${after}&waitSeconds=26`)))).toBe('400 invalid_parameters')
  })

  it('T10: a member who may no longer look when the wait ends learns nothing, and the next question is refused', async () => {
    const made = await team.storage.members.create(testOperator, team.account, { role: 'admin' })
    if ('problem' in made) throw new Error(made.problem)
    team.identities['leaving'] = { kind: 'member', id: made.id, accountId: team.account, role: 'admin' }
    const after = await cursor()
    const waiting = team.send('GET', path(`after=${after}&waitSeconds=25`), { token: 'leaving' })
    expect(await team.storage.members.delete(testOperator, team.account, made.id)).toBeNull()
    expect((await waiting).json()).toEqual({ cursor: after, changed: [] })
  })

  it('keeps nothing of a client that went away, and ends at once when the server stops', async () => {
    const after = await cursor()
    let waiters = 0
    const { changes } = team.storage.insights
    const counted: typeof changes = async (...given) => {
      waiters++
      const answer = await changes(...given)
      waiters--
      return answer
    }
    Object.assign(team.storage.insights, { changes: counted })
    const until = async (count: number) => {
      while (waiters !== count) await new Promise((resolve) => setImmediate(resolve))
    }
    const url = new URL(path(`after=${after}&waitSeconds=25`), team.url)
    const leaving = request(url, { headers: { Authorization: 'Bearer operator' }, agent: false })
    leaving.on('error', () => {})
    leaving.end()
    await until(1)
    leaving.destroy()
    await until(0)
    const waiting = asOperator('GET', path(`after=${after}&waitSeconds=25`))
    await until(1)
    team.closing.abort()
    expect((await waiting).json()).toMatchObject({ changed: [] })
  })
})

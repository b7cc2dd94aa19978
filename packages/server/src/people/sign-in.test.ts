import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sessionRowsOf } from '../storage/session-rows.ts'
import { testDatabases } from '../storage/testing.ts'
import {
  type Browser,
  goodPassword,
  openBrowser,
  openTestPeople,
  operator,
  present,
  type TestPeople,
} from './testing.ts'

describe.each(testDatabases)('signing in on %s', (kind) => {
  let test: TestPeople
  let browser: Browser

  beforeEach(async () => {
    test = await openTestPeople(kind)
    browser = openBrowser()
    await test.person()
  })
  afterEach(() => test.close())

  const given = { email: ' Ada@Example.com ', password: goodPassword }

  it('a person signs in by e-mail address and password, and is recorded without the address', async () => {
    expect(browser.take(await test.people.signIn(browser.visitor(), given))).toEqual({ next: 'done' })
    const { person, session } = await present(test.people, browser)
    expect(person).toMatchObject({ name: 'Ada', email: 'ada@example.com', suspended: false, language: null })
    expect(person.id).toMatch(/^per_[0-9A-Za-z]{20}$/)
    expect(session).toMatchObject({
      personId: person.id,
      network: '192.0.2.0/24',
      userAgent: 'Test browser',
      provedAtMs: test.clock.wallMs(),
      expiresAtMs: test.clock.wallMs() + 7 * 86_400_000,
    })
    const events = await test.events()
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['person.created', 'person.signed_in']))
    expect(JSON.stringify(events.map((event) => [event.before, event.after]))).not.toMatch(/ada@|Ada/i)
  })

  it('every cookie is bound to this host, hidden from scripts and sent over TLS only', async () => {
    browser.take(await test.people.signIn(browser.visitor(), given))
    expect([...browser.cookies.keys()].sort()).toEqual(['__Host-keywright_device', '__Host-keywright_session'])
    for (const line of browser.lines) {
      expect(line).toMatch(/^__Host-keywright_\w+=/)
      for (const attribute of [/; Path=\/(;|$)/, /; HttpOnly/, /; Secure/, /; SameSite=Lax/])
        expect(line).toMatch(attribute)
      expect(line).not.toMatch(/Domain/i)
    }
  })

  it('T20: the session is a reference and no key: nothing in a cookie can be read, and a copy of the row signs nobody in', async () => {
    await test.enter(browser)
    const row = await test.store.read.selectFrom('sessions').selectAll().executeTakeFirstOrThrow()
    const value = browser.cookies.get('__Host-keywright_session') as string
    const [token, signature] = decodeURIComponent(value).split('.')
    expect(token).toBe(row.token)
    expect(Buffer.from(signature as string, 'base64')).toHaveLength(32)
    for (const cookie of browser.cookies.values()) {
      const texts = cookie.split('.').map((part) => Buffer.from(decodeURIComponent(part), 'base64').toString('latin1'))
      expect(`${cookie} ${texts.join(' ')}`).not.toMatch(/ada|example|exa_|\{"|seven|password/i)
    }
    for (const forged of [row.token, `${row.token}.`, `${row.token}.${Buffer.alloc(32).toString('base64')}`, row.id]) {
      const headers = new Headers({ cookie: `__Host-keywright_session=${encodeURIComponent(forged)}` })
      expect(await test.people.session(headers)).toBeUndefined()
    }
    expect(await test.people.session(new Headers({ authorization: `Bearer ${row.token}` }))).toBeUndefined()
  })

  it('unknown address, wrong password and suspended person are refused alike', async () => {
    const suspended = await test.person('sue@example.com')
    await test.people.suspend(operator, suspended.id)
    const refused = []
    for (const [email, password] of [
      ['nobody@example.com', goodPassword],
      ['ada@example.com', 'another long password'],
      ['sue@example.com', goodPassword],
      ['no address', goodPassword],
      ['ada@example.com\0', goodPassword],
      ['ada@example.com', 'x'.repeat(100_000)],
    ] as const)
      refused.push(await test.people.signIn(openBrowser().visitor(), { email, password }))
    for (const answer of refused) expect(answer).toEqual({ problem: 'sign_in_refused' })
    expect((await test.events()).filter(({ type }) => type === 'person.sign_in_refused')).toHaveLength(2)
  })

  it('refusals of one person are recorded once a minute at most', async () => {
    const wrong = { email: 'ada@example.com', password: 'another long password' }
    const count = async () => (await test.events()).filter(({ type }) => type === 'person.sign_in_refused').length
    for (const _ of [1, 2, 3]) await test.people.signIn(browser.visitor(), wrong)
    expect(await count()).toBe(1)
    test.clock.advance(60_000)
    await test.people.signIn(browser.visitor(), wrong)
    expect(await count()).toBe(2)
  })

  it('T10: a session that was ended elsewhere is refused at the next request', async () => {
    const other = openBrowser()
    const first = await test.enter(browser)
    const second = await test.enter(other)
    expect((await test.people.sessions(first.person.id)).map(({ id }) => id).sort()).toEqual(
      [first.session.id, second.session.id].sort(),
    )
    expect(await test.people.endSession(operator, first.person.id, second.session.id)).toBeNull()
    expect(await test.people.session(other.headers())).toBeUndefined()
    expect(await test.people.endSession(operator, first.person.id, second.session.id)).toEqual({
      problem: 'session_not_found',
    })
    expect(await test.people.endSession(operator, 'per_other', first.session.id)).toEqual({
      problem: 'session_not_found',
    })
    expect(await test.people.endSessions(operator, first.person.id, first.session.id)).toBe(0)
    expect(await test.people.session(browser.headers())).toBeDefined()
  })

  it('T10: a suspended person has no session at the next request, and none comes back with them', async () => {
    const { person } = await test.enter(browser)
    expect(await test.people.suspend(operator, person.id)).toMatchObject({ suspended: true })
    expect(await test.people.session(browser.headers())).toBeUndefined()
    expect(await test.people.suspend(operator, person.id)).toEqual({ problem: 'person_suspended' })
    expect(await test.people.resume(operator, person.id)).toMatchObject({ suspended: false })
    expect(await test.people.session(browser.headers())).toBeUndefined()
    await test.enter(browser)
  })

  it('T10: a session that ends while it is being read is refused, also where it is due to be taken down as seen', async () => {
    const { person, session } = await test.enter(browser)
    test.clock.advance(60_000)
    const ended = test.people.endSession(operator, person.id, session.id)
    const [answer] = await Promise.all([ended.then(() => test.people.session(browser.headers())), ended])
    expect(answer).toBeUndefined()
    const row = await test.enter(browser)
    const stored = await test.store.read
      .selectFrom('sessions')
      .selectAll()
      .where('id', '=', row.session.id)
      .executeTakeFirstOrThrow()
    await test.people.endSession(operator, person.id, row.session.id)
    expect(await sessionRowsOf(test.store.context).touch(stored, test.clock.wallMs() + 1)).toBeUndefined()
  })

  it('what was begun and never finished is removed at a later sign-in', async () => {
    await test.people.passkeySignInOptions(openBrowser().visitor())
    const left = () => test.store.read.selectFrom('verifications').select('id').execute()
    expect(await left()).toHaveLength(1)
    test.clock.advance(300_001)
    await test.enter(browser)
    expect(await left()).toEqual([])
  })

  it('signing out ends the session and takes the cookie away', async () => {
    await test.enter(browser)
    const before = browser.headers()
    browser.take(await test.people.signOut(browser.visitor()))
    expect(browser.cookies.has('__Host-keywright_session')).toBe(false)
    expect(await test.people.session(before)).toBeUndefined()
  })

  it('a session ends after seven days unseen, and after thirty days in any case', async () => {
    await test.enter(browser)
    test.clock.advance(30_000)
    const soon = await present(test.people, browser)
    expect(soon.session.lastSeenAtMs).toBe(test.clock.wallMs() - 30_000)
    for (let day = 0; day < 29; day++) {
      test.clock.advance(86_400_000)
      const { session } = await present(test.people, browser)
      expect(session.lastSeenAtMs).toBe(test.clock.wallMs())
    }
    test.clock.advance(86_400_000)
    expect(await test.people.session(browser.headers())).toBeUndefined()
    await test.enter(browser)
    test.clock.advance(7 * 86_400_000 + 1)
    expect(await test.people.session(browser.headers())).toBeUndefined()
    await test.enter(browser)
    expect(await test.store.read.selectFrom('sessions').selectAll().execute()).toHaveLength(1)
  })

  it('a proof is taken from the password, and only of the person who is signed in', async () => {
    const signedIn = await test.enter(browser)
    test.clock.advance(700_000)
    expect(await test.people.prove(browser.visitor(), signedIn, { password: 'another long password' })).toEqual({
      problem: 'sign_in_refused',
    })
    expect(await test.people.prove(browser.visitor(), signedIn, { password: goodPassword })).toEqual({
      provedAtMs: test.clock.wallMs(),
    })
    expect((await present(test.people, browser)).session.provedAtMs).toBe(test.clock.wallMs())
    expect(await test.people.prove(browser.visitor(), signedIn, { code: '000000' })).toEqual({
      problem: 'second_factor_refused',
    })
  })

  it('changing the password needs the current one, ends all other sessions and closes open links', async () => {
    const other = openBrowser()
    const signedIn = await test.enter(browser)
    await test.enter(other)
    const link = await test.people.issueReset(operator, signedIn.person.id)
    const change = (current: string | undefined, password: string) =>
      test.people.setPassword(browser.visitor(), signedIn, { current, password })
    expect(await change(undefined, 'a wholly new password')).toEqual({ problem: 'sign_in_refused' })
    expect(await change(goodPassword, 'too short')).toMatchObject({ problem: 'password_not_allowed' })
    expect(await change(goodPassword, 'a wholly new password')).toBeNull()
    expect(await test.people.session(other.headers())).toBeUndefined()
    expect(await test.people.session(browser.headers())).toBeDefined()
    expect(
      await test.people.completeReset(browser.visitor(), {
        token: 'token' in link ? link.token : '',
        password: 'another new password',
      }),
    ).toEqual({
      problem: 'reset_closed',
    })
    expect(await test.people.signIn(other.visitor(), given)).toEqual({ problem: 'sign_in_refused' })
    await test.enter(other, 'ada@example.com', 'a wholly new password')
    const types = (await test.events()).map(({ type }) => type)
    expect(types.filter((type) => type === 'person.password_changed')).toHaveLength(1)
  })

  it('a link sets the password once, within an hour, and only the newest one; every session ends', async () => {
    const { person } = await test.enter(browser)
    const issue = async (): Promise<string> => {
      const link = await test.people.issueReset(operator, person.id)
      if ('problem' in link) throw new Error(link.problem)
      return link.token
    }
    const complete = (token: string, password = 'a wholly new password') =>
      test.people.completeReset(openBrowser().visitor(), { token, password })
    const earlier = await issue()
    const token = await issue()
    expect(await complete(earlier)).toEqual({ problem: 'reset_closed' })
    expect(await complete(token, 'ada@example.com')).toMatchObject({ problem: 'password_not_allowed' })
    const answers = await Promise.all([complete(token), complete(token)])
    expect(answers).toEqual(expect.arrayContaining([null, { problem: 'reset_closed' }]))
    expect(await complete(token)).toEqual({ problem: 'reset_closed' })
    expect(await test.people.session(browser.headers())).toBeUndefined()
    await test.enter(browser, 'ada@example.com', 'a wholly new password')
    const late = await issue()
    test.clock.advance(3_600_000)
    expect(await complete(late)).toEqual({ problem: 'reset_closed' })
    expect(await test.people.issueReset(operator, 'per_nobody')).toEqual({ problem: 'person_not_found' })
    expect(JSON.stringify(await test.store.read.selectFrom('password_resets').selectAll().execute())).not.toContain(
      late,
    )
  })

  it('guessing is slowed down where it comes from; the person elsewhere, and on a known device, is not', async () => {
    await test.enter(browser)
    const guess = (visitor = browser.visitor()) =>
      test.people.signIn(visitor, { email: 'ada@example.com', password: 'another long password' })
    const stranger = openBrowser()
    for (let count = 0; count < 10; count++)
      expect(await guess(stranger.visitor())).toEqual({ problem: 'sign_in_refused' })
    expect(await test.people.signIn(stranger.visitor(), given)).toEqual({
      problem: 'too_many_requests',
      retryAfterSeconds: 90,
    })
    await test.enter(openBrowser('198.51.100.4'))
    // The same network as the stranger's, but a device that is known.
    await test.enter(browser)
    test.clock.advance(90_000)
    await test.enter(stranger)
  })

  it('a person is made once, changed, listed and found', async () => {
    const ada = await test.people.findByEmail('ADA@example.com')
    if (ada === undefined) throw new Error('not found')
    expect(await test.people.create(operator, { name: 'B', email: 'Ada@example.com', password: goodPassword })).toEqual(
      { problem: 'person_exists' },
    )
    expect(
      await test.people.create(operator, { name: 'B', email: 'b@example.com', password: 'passwordpassword' }),
    ).toMatchObject({
      problem: 'password_not_allowed',
    })
    expect(await test.people.update(operator, ada.id, { language: 'fr' })).toMatchObject({
      name: 'Ada',
      language: 'fr',
    })
    expect(await test.people.update(operator, ada.id, { name: 'Ada L', language: null })).toMatchObject({
      name: 'Ada L',
      language: null,
    })
    expect(await test.people.update(operator, 'per_nobody', { name: 'x' })).toEqual({ problem: 'person_not_found' })
    test.clock.advance(1_000)
    const bob = await test.person('bob@example.com')
    expect([...(await test.people.readAll([ada.id, bob.id, 'per_nobody'])).keys()].sort()).toEqual(
      [ada.id, bob.id].sort(),
    )
    const first = await test.people.list({ limit: 1 })
    if ('problem' in first) throw new Error(first.problem)
    expect(first.items.map(({ id }) => id)).toEqual([ada.id])
    expect(await test.people.list({ limit: 1, cursor: first.nextCursor as string })).toMatchObject({
      items: [{ id: bob.id }],
      nextCursor: null,
    })
    expect(await test.people.list({ search: 'BOB@' })).toMatchObject({ items: [{ id: bob.id }] })
    expect(await test.people.list({ search: 'ada l' })).toMatchObject({ items: [{ id: ada.id }] })
    expect(await test.people.list({ search: '%' })).toMatchObject({ items: [] })
    expect(await test.people.list({ cursor: 'x' })).toEqual({ problem: 'invalid_cursor' })
  })

  it('sign-ins and other changes at the same time wait for one writer, not for each other', async () => {
    const { person } = await test.enter(browser)
    const others = Array.from({ length: 8 }, (_, index) => openBrowser(`198.51.100.${index}`))
    await Promise.all([
      ...others.map((other) => test.enter(other)),
      ...others.map((_, index) => test.people.update(operator, person.id, { name: `Ada ${index}` })),
    ])
    expect(await test.people.sessions(person.id)).toHaveLength(9)
    expect(await test.people.endSessions(operator, person.id, null)).toBe(9)
    for (const other of others) expect(await test.people.session(other.headers())).toBeUndefined()
  })

  it('a person who was just made is signed in without a factor', async () => {
    const bob = await test.person('bob@example.com')
    browser.take(await test.people.signInNew(browser.visitor(), bob))
    expect((await present(test.people, browser)).person.id).toBe(bob.id)
  })
})

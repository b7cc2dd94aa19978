import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testDatabases } from '../storage/testing.ts'
import { makeAuthenticator } from './authenticator.testing.ts'
import type { PasskeyRecord, SignedIn } from './port.ts'
import { type Browser, openBrowser, openTestPeople, operator, present, type TestPeople } from './testing.ts'

const place = { origin: 'https://keys.example.com', rpId: 'keys.example.com' }

describe.each(testDatabases)('passkeys on %s', (kind) => {
  let test: TestPeople
  let browser: Browser
  let signedIn: SignedIn

  beforeEach(async () => {
    test = await openTestPeople(kind)
    browser = openBrowser()
    await test.person()
    signedIn = await test.enter(browser)
  })
  afterEach(() => test.close())

  type Authenticator = ReturnType<typeof makeAuthenticator>

  async function add(authenticator: Authenticator): Promise<PasskeyRecord | { readonly problem: string }> {
    const options = browser.take(await test.people.passkeyRegistrationOptions(browser.visitor(), signedIn))
    expect(options).toMatchObject({
      rp: { id: 'keys.example.com', name: 'Example' },
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    })
    const response = authenticator.register(options['challenge'] as string)
    return await test.people.addPasskey(browser.visitor(), signedIn, { name: 'Laptop', response })
  }

  async function answer(other: Browser, authenticator: Authenticator): Promise<unknown> {
    const options = other.take(await test.people.passkeySignInOptions(other.visitor()))
    expect(options).toMatchObject({ userVerification: 'required', rpId: 'keys.example.com' })
    expect(options['allowCredentials']).toBeUndefined()
    return authenticator.answer(options['challenge'] as string)
  }

  it('a passkey is added, named, and signs its person in by itself, also where a second factor is on', async () => {
    const authenticator = makeAuthenticator(place)
    const passkey = await add(authenticator)
    expect(passkey).toEqual({ id: expect.stringMatching(/^psk_/), name: 'Laptop', createdAtMs: test.clock.wallMs() })
    expect((await test.people.factors(signedIn.person.id)).passkeys).toEqual([passkey])
    const other = openBrowser('198.51.100.4')
    const response = await answer(other, authenticator)
    expect(other.take(await test.people.signInWithPasskey(other.visitor(), response))).toEqual({ next: 'done' })
    expect((await present(test.people, other)).person.id).toBe(signedIn.person.id)
    expect([...other.cookies.keys()].sort()).toContain('__Host-keywright_session')
    for (const name of other.cookies.keys()) expect(name).toMatch(/^__Host-/)
    // The session that the library made while it judged is gone.
    expect(await test.people.sessions(signedIn.person.id)).toHaveLength(2)
    const types = (await test.events()).map(({ type }) => type)
    expect(types).toEqual(expect.arrayContaining(['person.factor_added', 'person.signed_in']))
  })

  it('an answer counts once, for its own challenge, from its own origin', async () => {
    const authenticator = makeAuthenticator(place)
    await add(authenticator)
    const other = openBrowser()
    const response = await answer(other, authenticator)
    const stale = other.visitor()
    other.take(await test.people.signInWithPasskey(other.visitor(), response))
    expect(await test.people.signInWithPasskey(stale, response)).toEqual({ problem: 'passkey_refused' })
    const third = openBrowser()
    await answer(third, authenticator)
    expect(await test.people.signInWithPasskey(third.visitor(), authenticator.answer('another challenge'))).toEqual({
      problem: 'passkey_refused',
    })
    for (const odd of [undefined, null, 'x', {}, { id: 'x' }, { id: 7 }, { ...(response as object), response: {} }])
      expect(await test.people.signInWithPasskey(third.visitor(), odd)).toEqual({ problem: 'passkey_refused' })
    const elsewhere = makeAuthenticator({ ...place, origin: 'https://keys.example.com.evil.example' })
    expect(await add(elsewhere)).toEqual({ problem: 'passkey_refused' })
  })

  it('strangers who begin again and again are slowed down by network, and what they began is bounded', async () => {
    const flood = openBrowser('203.0.113.50')
    const began = await Promise.all(
      Array.from({ length: 320 }, () => test.people.passkeySignInOptions(flood.visitor())),
    )
    expect(began.filter((answer) => 'problem' in answer && answer.problem === 'too_many_requests')).toHaveLength(20)
    expect(await test.store.read.selectFrom('verifications').select('id').execute()).toHaveLength(300)
    expect(await test.people.passkeySignInOptions(openBrowser('203.0.113.51').visitor())).not.toHaveProperty('problem')
  })

  it('a device that did not verify its user is refused: it would be one factor only', async () => {
    expect(await add(makeAuthenticator({ ...place, verifiesUser: false }))).toEqual({ problem: 'passkey_refused' })
    expect((await test.people.factors(signedIn.person.id)).passkeys).toEqual([])
  })

  it('a suspended person does not sign in by passkey', async () => {
    const authenticator = makeAuthenticator(place)
    await add(authenticator)
    const other = openBrowser()
    const response = await answer(other, authenticator)
    await test.people.suspend(operator, signedIn.person.id)
    expect(await test.people.signInWithPasskey(other.visitor(), response)).toEqual({ problem: 'passkey_refused' })
    expect(await test.store.read.selectFrom('sessions').selectAll().execute()).toEqual([])
  })

  it('a new password by link takes passkeys away, unless it is set on a browser where the person has signed in', async () => {
    const setBy = async (by: Browser) => {
      const link = await test.people.issueReset(operator, signedIn.person.id)
      if ('problem' in link) throw new Error(link.problem)
      const given = { token: link.token, password: 'a wholly new password' }
      expect(await test.people.completeReset(by.visitor(), given)).toBeNull()
      return (await test.people.factors(signedIn.person.id)).passkeys.length
    }
    const authenticator = makeAuthenticator(place)
    await add(authenticator)
    expect(await setBy(browser)).toBe(1)
    expect(await setBy(openBrowser())).toBe(0)
    const other = openBrowser()
    const response = await answer(other, authenticator)
    expect(await test.people.signInWithPasskey(other.visitor(), response)).toEqual({ problem: 'passkey_refused' })
    const removed = (await test.events()).filter(({ type }) => type === 'person.factor_removed')
    expect(removed).toMatchObject([{ before: { factor: 'passkey', all: true } }])
  })

  it('a passkey proves that it is still the same person, and another person’s does not', async () => {
    const own = makeAuthenticator(place)
    await add(own)
    const bob = openBrowser()
    await test.person('bob@example.com')
    const asBob = await test.enter(bob, 'bob@example.com')
    test.clock.advance(700_000)
    const proof = async (by: Browser, as: SignedIn) => {
      const options = by.take(await test.people.passkeyProofOptions(by.visitor(), as))
      return await test.people.prove(by.visitor(), as, { passkey: own.answer(options['challenge'] as string) })
    }
    expect(await proof(browser, signedIn)).toEqual({ provedAtMs: test.clock.wallMs() })
    expect(await proof(bob, asBob)).toEqual({ problem: 'passkey_refused' })
    expect(await test.people.sessions(signedIn.person.id)).toHaveLength(1)
  })

  it('a passkey is renamed and removed by its own person only', async () => {
    const authenticator = makeAuthenticator(place)
    const passkey = await add(authenticator)
    if ('problem' in passkey) throw new Error(passkey.problem)
    const { id } = signedIn.person
    expect(await test.people.renamePasskey(operator, id, passkey.id, 'Phone')).toMatchObject({
      id: passkey.id,
      name: 'Phone',
    })
    expect(await test.people.renamePasskey(operator, 'per_other', passkey.id, 'Mine')).toEqual({
      problem: 'passkey_not_found',
    })
    expect(await test.people.removePasskey(operator, 'per_other', passkey.id)).toEqual({ problem: 'passkey_not_found' })
    expect(await test.people.removePasskey(operator, id, passkey.id)).toBeNull()
    const other = openBrowser()
    const response = await answer(other, authenticator)
    expect(await test.people.signInWithPasskey(other.visitor(), response)).toEqual({
      problem: 'passkey_refused',
    })
  })
})

import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testDatabases } from '../storage/testing.ts'
import type { SignedIn } from './port.ts'
import { type Browser, goodPassword, openBrowser, openTestPeople, present, type TestPeople } from './testing.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function fromBase32(text: string): Buffer {
  const bits = [...text].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** An authenticator of its own, by RFC 6238, so that the server is not its own measure. */
function codeAt(secret: string, atMs: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(atMs / 30_000)))
  const mac = createHmac('sha1', fromBase32(secret)).update(counter).digest()
  const offset = (mac[19] as number) & 15
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

describe.each(testDatabases)('the second factor on %s', (kind) => {
  let test: TestPeople
  let browser: Browser
  let signedIn: SignedIn
  let secret: string
  let backupCodes: readonly string[]

  beforeEach(async () => {
    test = await openTestPeople(kind)
    browser = openBrowser()
    await test.person()
    signedIn = await test.enter(browser)
  })
  afterEach(() => test.close())

  const code = (): string => codeAt(secret, test.clock.wallMs())

  async function turnOn(): Promise<void> {
    const begun = await test.people.startTotp(browser.visitor(), signedIn)
    if ('problem' in begun) throw new Error(begun.problem)
    secret = begun.secret
    expect(begun.uri).toMatch(/^otpauth:\/\/totp\/Example:ada%40example\.com\?secret=[A-Z2-7]{52}&issuer=Example&/)
    const on = await test.people.confirmTotp(browser.visitor(), signedIn, code())
    if ('problem' in on) throw new Error(on.problem)
    backupCodes = on.backupCodes
  }

  async function firstStep(): Promise<Browser> {
    const other = openBrowser('198.51.100.4')
    const given = { email: 'ada@example.com', password: goodPassword }
    expect(other.take(await test.people.signIn(other.visitor(), given))).toEqual({ next: 'second_factor' })
    expect([...other.cookies.keys()]).toEqual(['__Host-keywright_second_factor'])
    expect(await test.people.session(other.headers())).toBeUndefined()
    return other
  }

  it('it is on after a first right code, not before; other sessions end and ten backup codes are shown', async () => {
    const other = openBrowser()
    await test.enter(other)
    const begun = await test.people.startTotp(browser.visitor(), signedIn)
    if ('problem' in begun) throw new Error(begun.problem)
    secret = begun.secret
    await test.enter(openBrowser())
    const wrong = code() === '000000' ? '000001' : '000000'
    expect(await test.people.confirmTotp(browser.visitor(), signedIn, wrong)).toEqual({
      problem: 'second_factor_refused',
    })
    await turnOn()
    expect(new Set(backupCodes).size).toBe(10)
    expect(await test.people.session(other.headers())).toBeUndefined()
    expect(await test.people.session(browser.headers())).toBeDefined()
    expect(await test.people.factors(signedIn.person.id)).toEqual({
      password: true,
      totp: true,
      backupCodesLeft: 10,
      passkeys: [],
      providers: [],
    })
    expect(await test.people.startTotp(browser.visitor(), signedIn)).toEqual({ problem: 'second_factor_conflict' })
    expect(await test.people.confirmTotp(browser.visitor(), signedIn, code())).toEqual({
      problem: 'second_factor_conflict',
    })
  })

  it('signing in takes both, and a code works once, also of two that come at once', async () => {
    await turnOn()
    const other = await firstStep()
    // The code of the confirmation is used up.
    expect(await test.people.signInSecondFactor(other.visitor(), { code: code() })).toEqual({
      problem: 'second_factor_refused',
    })
    test.clock.advance(30_000)
    const third = await firstStep()
    const given = { code: code() }
    const answers = await Promise.all(
      [other, third].map((each) => test.people.signInSecondFactor(each.visitor(), given)),
    )
    expect(answers.filter((answer) => 'problem' in answer)).toEqual([{ problem: 'second_factor_refused' }])
    const winner = 'problem' in (answers[0] as object) ? third : other
    winner.take(answers.find((answer) => !('problem' in answer)) as { problem: string })
    expect((await present(test.people, winner)).person.id).toBe(signedIn.person.id)
    expect(winner.cookies.has('__Host-keywright_second_factor')).toBe(false)
  })

  it('a code of the step before is heard, an older one is not', async () => {
    await turnOn()
    test.clock.advance(60_000)
    const old = code()
    test.clock.advance(60_000)
    const other = await firstStep()
    expect(await test.people.signInSecondFactor(other.visitor(), { code: old })).toEqual({
      problem: 'second_factor_refused',
    })
    const previous = codeAt(secret, test.clock.wallMs() - 30_000)
    other.take(
      await test.people.signInSecondFactor(other.visitor(), { code: ` ${previous.slice(0, 3)} ${previous.slice(3)}` }),
    )
    await present(test.people, other)
  })

  it('a backup code works once, however it is typed, and is not stored', async () => {
    await turnOn()
    const [first = '', second = ''] = backupCodes
    const rows = JSON.stringify(await test.store.read.selectFrom('second_factors').selectAll().execute())
    expect(rows).not.toContain(first)
    expect(rows).not.toContain(first.replaceAll('-', ''))
    expect(rows).not.toContain(secret)
    const other = await firstStep()
    other.take(
      await test.people.signInSecondFactor(other.visitor(), {
        backupCode: ` ${first.toUpperCase().replaceAll('-', ' ')}`,
      }),
    )
    await present(test.people, other)
    expect((await test.people.factors(signedIn.person.id)).backupCodesLeft).toBe(9)
    const third = await firstStep()
    expect(await test.people.signInSecondFactor(third.visitor(), { backupCode: first })).toEqual({
      problem: 'second_factor_refused',
    })
    const made = await test.people.newBackupCodes(browser.visitor(), signedIn)
    if ('problem' in made) throw new Error(made.problem)
    expect(await test.people.signInSecondFactor(third.visitor(), { backupCode: second })).toEqual({
      problem: 'second_factor_refused',
    })
    third.take(await test.people.signInSecondFactor(third.visitor(), { backupCode: made.backupCodes[0] as string }))
    await present(test.people, third)
  })

  it('the second step needs the first, lasts ten minutes and is over for a person who was suspended', async () => {
    await turnOn()
    test.clock.advance(30_000)
    const nobody = openBrowser()
    expect(await test.people.signInSecondFactor(nobody.visitor(), { code: code() })).toEqual({
      problem: 'sign_in_required',
    })
    const late = await firstStep()
    test.clock.advance(600_001)
    expect(await test.people.signInSecondFactor(late.visitor(), { code: code() })).toEqual({
      problem: 'sign_in_required',
    })
    const other = await firstStep()
    await test.people.suspend({ actor: { kind: 'operator', id: 'o' }, requestId: 'r' }, signedIn.person.id)
    expect(await test.people.signInSecondFactor(other.visitor(), { code: code() })).toEqual({
      problem: 'sign_in_required',
    })
  })

  it('a session of another person in the same browser is not taken for the one that begins', async () => {
    await turnOn()
    await test.person('bob@example.com')
    test.clock.advance(30_000)
    const other = await firstStep()
    const bob = openBrowser()
    await test.enter(bob, 'bob@example.com')
    other.cookies.set('__Host-keywright_session', bob.cookies.get('__Host-keywright_session') as string)
    other.take(await test.people.signInSecondFactor(other.visitor(), { code: code() }))
    expect((await present(test.people, other)).person.email).toBe('ada@example.com')
  })

  it('guessed codes are slowed down after five', async () => {
    await turnOn()
    test.clock.advance(30_000)
    const other = await firstStep()
    const answers: unknown[] = []
    for (let count = 0; count < 6; count++)
      answers.push(
        await test.people.signInSecondFactor(other.visitor(), { code: code() === '123456' ? '654321' : '123456' }),
      )
    expect(answers.slice(0, 5)).toEqual(Array(5).fill({ problem: 'second_factor_refused' }))
    expect(answers[5]).toMatchObject({ problem: 'too_many_requests', retryAfterSeconds: 180 })
  })

  it('a code proves that it is still the same person, once', async () => {
    await turnOn()
    test.clock.advance(700_000)
    const given = { code: code() }
    expect(await test.people.prove(browser.visitor(), signedIn, given)).toEqual({ provedAtMs: test.clock.wallMs() })
    expect(await test.people.prove(browser.visitor(), signedIn, given)).toEqual({ problem: 'second_factor_refused' })
  })

  it('a new password by link leaves it on; turned off, the password is enough again', async () => {
    await turnOn()
    const link = await test.people.issueReset(
      { actor: { kind: 'operator', id: 'o' }, requestId: 'r' },
      signedIn.person.id,
    )
    if ('problem' in link) throw new Error(link.problem)
    await test.people.completeReset(browser.visitor(), { token: link.token, password: 'a wholly new password' })
    const other = openBrowser()
    expect(
      other.take(
        await test.people.signIn(other.visitor(), { email: 'ada@example.com', password: 'a wholly new password' }),
      ),
    ).toEqual({
      next: 'second_factor',
    })
    expect(await test.people.removeTotp(browser.visitor(), signedIn)).toBeNull()
    expect(await test.people.removeTotp(browser.visitor(), signedIn)).toEqual({ problem: 'second_factor_conflict' })
    expect(await test.people.newBackupCodes(browser.visitor(), signedIn)).toEqual({ problem: 'second_factor_conflict' })
    await test.enter(openBrowser(), 'ada@example.com', 'a wholly new password')
    const types = (await test.events()).map(({ type }) => type)
    expect(types).toEqual(
      expect.arrayContaining(['person.factor_added', 'person.factor_removed', 'person.password_changed']),
    )
  })
})

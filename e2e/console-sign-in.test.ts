import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { openBrowser, openPage } from './support/browser.ts'
import { bodyOf } from './support/calls.ts'
import { ask, openAs, openProfile, signIn, signOut, typeSignIn } from './support/console.ts'
import { type InProcess, serveInProcess } from './support/in-process.ts'
import { type ManualClock, manualClock } from './support/moved-clock.ts'
import { until } from './support/poll.ts'
import { configFile } from './support/team.config.ts'

const wrong = 'The e-mail address or the password is not right. Check both and try again.'
const another = 'nine quiet rivers after rain'

/** Tries to sign in with a password that is wrong, and answers the status and what the page then says. */
async function tryWrong(page: Page, email: string): Promise<readonly [number, string]> {
  const answered = page.waitForResponse((response) => response.url().endsWith('/v1/sign-in'))
  await typeSignIn(page, { email, password: another })
  const status = (await answered).status()
  return [status, (await page.getByRole('alert').textContent()) ?? '']
}

const atSignIn = (page: Page) => page.getByRole('heading', { name: 'Sign in' }).waitFor()

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('people sign in', { timeout: 60_000 }, () => {
  let browser: Browser
  let served: InProcess
  let clock: ManualClock

  beforeAll(async () => {
    clock = manualClock(new Date().toISOString())
    const environment = { KEYWRIGHT_TRUSTED_PROXIES: '127.0.0.1/32,::1/128' }
    served = await serveInProcess({ config: configFile, clock, environment })
    browser = await openBrowser()
  })

  test('who signs out is out; a wrong password says the same as an address that nobody has; who signs in is where they wanted to go', async () => {
    const { page, person, account, faults } = await openAs(browser, served, 'Ada')
    const team = `${served.url}/accounts/${account}/team`
    await page.goto(team)
    await signOut(page)
    expect((await ask(page, 'GET', '/v1/session')).status).toBe(401)
    await page.goto(team)
    await atSignIn(page)

    expect(await tryWrong(page, person.email)).toEqual([401, wrong])
    expect(await tryWrong(page, 'nobody@example.com')).toEqual([401, wrong])
    await typeSignIn(page, person)
    await page.waitForURL(team)
    expect(faults).toEqual([])
  })

  test('every cookie is bound to this host over https, out of reach of scripts, and not sent along by other sites', async () => {
    const { page, context, person } = await openAs(browser, served, 'Bea')
    await signOut(await page.goto(served.url).then(() => page))
    await signIn(page, served.url, person)
    const cookies = await context.cookies()
    expect(cookies.map(({ name }) => name)).toContain('__Host-keywright_session')
    for (const { name, secure, httpOnly, sameSite, path, domain } of cookies) {
      expect(name).toMatch(/^__Host-keywright_/)
      expect({ secure, httpOnly, sameSite, path, domain }).toEqual({
        secure: true,
        httpOnly: true,
        sameSite: 'Lax',
        path: '/',
        domain: 'localhost',
      })
    }
    expect(await page.evaluate(() => document.cookie)).toBe('')
    expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))).not.toContain(person.email)
  })

  test('T10: a session that was ended elsewhere leads to sign-in, and from there back', async () => {
    const { page, person, account, faults } = await openAs(browser, served, 'Cleo')
    const elsewhere = await openPage(browser)
    await signIn(elsewhere.page, served.url, person)
    const team = `${served.url}/accounts/${account}/team`
    // What the page asks by itself stays without an answer, so that the person's own step finds out.
    await page.route('**/changes?**', () => undefined)
    await page.goto(team)
    await page.getByRole('heading', { level: 1, name: 'Team' }).waitFor()

    await openProfile(elsewhere.page, served.url)
    await elsewhere.page.getByRole('button', { name: /^Sign out Chrom/ }).click()
    await elsewhere.page.getByRole('button', { name: /^Sign out Chrom/ }).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Activity' }).click()
    await atSignIn(page)
    expect(new URL(page.url()).searchParams.get('returnTo')).toMatch(new RegExp(`^/accounts/${account}/`))
    await typeSignIn(page, person)
    await page.waitForURL(`${served.url}/accounts/${account}/activity`)
    expect(faults).toEqual([])
  })

  test('a changed password signs every other browser out and is the only one that is right', async () => {
    const { page, person, account, faults } = await openAs(browser, served, 'Dora')
    const elsewhere = await openPage(browser)
    await signIn(elsewhere.page, served.url, person)

    await openProfile(page, served.url)
    await page.getByRole('button', { name: 'Change the password' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Current password', { exact: true }).fill(another)
    await dialog.getByLabel('New password', { exact: true }).fill(another)
    await dialog.getByRole('button', { name: 'Set the password' }).click()
    expect(await dialog.getByRole('alert').textContent()).toBe('The current password is not right.')
    await dialog.getByLabel('Current password', { exact: true }).fill(person.password)
    await dialog.getByRole('button', { name: 'Set the password' }).click()
    await dialog.waitFor({ state: 'detached' })

    expect((await ask(page, 'GET', '/v1/session')).status).toBe(200)
    expect((await ask(elsewhere.page, 'GET', '/v1/session')).status).toBe(401)
    await elsewhere.page.goto(`${served.url}/accounts/${account}/keys`)
    await atSignIn(elsewhere.page)
    expect(await tryWrong(elsewhere.page, 'cleo@example.com')).toEqual([401, wrong])
    await typeSignIn(elsewhere.page, person)
    expect(await elsewhere.page.getByRole('alert').textContent()).toBe(wrong)
    await typeSignIn(elsewhere.page, { email: person.email, password: another })
    await elsewhere.page.getByRole('button', { name: 'Your menu' }).waitFor()
    expect(faults).toEqual([])
  })

  test('a link to a new password works once, and its token is nowhere in the address', async () => {
    const { page, person, faults } = await openAs(browser, served, 'Edna')
    const { items } = await bodyOf(
      served.operator<{ readonly items: readonly { readonly id: string }[] }>(
        'GET',
        `/v1/people?search=${person.email}`,
      ),
    )
    const made = served.operator<{ link: string }>('POST', `/v1/people/${items[0]?.id}/password-link`, { body: {} })
    const { link } = await bodyOf(made)

    await page.goto(link)
    await page.getByLabel('New password', { exact: true }).fill(another)
    expect(page.url()).toBe(`${served.url}/new-password`)
    await page.getByRole('button', { name: 'Set the password' }).click()
    await page.getByRole('heading', { name: 'The new password is set' }).waitFor()
    expect((await ask(page, 'GET', '/v1/session')).status).toBe(401)

    const second = await openPage(browser)
    await second.page.goto(link)
    await second.page.getByLabel('New password', { exact: true }).fill('ten loud trains at night')
    await second.page.getByRole('button', { name: 'Set the password' }).click()
    await second.page.getByRole('heading', { name: 'This link no longer works' }).waitFor()
    await signIn(second.page, served.url, { email: person.email, password: another })
    expect(faults).toEqual([])
  })

  test('guessing is slowed down in words, and locks nobody out who was there before', async () => {
    const { page, context, person } = await openAs(browser, served, 'Fay')
    await context.setExtraHTTPHeaders({ 'X-Forwarded-For': '198.51.100.7' })
    await page.goto(served.url)
    await signOut(page)
    const guesser = await openPage(browser)
    await guesser.context.setExtraHTTPHeaders({ 'X-Forwarded-For': '203.0.113.9' })
    await guesser.page.goto(`${served.url}/sign-in`)
    const guess = () => ask(guesser.page, 'POST', '/v1/sign-in', { email: person.email, password: another })
    await until('guesses to be slowed down', async () => (await guess()).status === 429)
    const [status, said] = await tryWrong(guesser.page, person.email)
    expect(status).toBe(429)
    expect(said).toMatch(/^Too many attempts\. Try again in (?:\d+ (?:minutes|seconds)|1 minute)\.$/)

    // Also the right password is not heard from there.
    await typeSignIn(guesser.page, person)
    expect(await guesser.page.getByRole('alert').textContent()).toMatch(/^Too many attempts/)
    await signIn(page, served.url, person)
    await clock.advance(15 * 60_000)
    expect(await tryWrong(guesser.page, person.email)).toEqual([401, wrong])
  })

  test('who is long here proves once more who they are before something that matters, and goes on where they were', async () => {
    const { page, person, account, faults } = await openAs(browser, served, 'Gwen')
    await page.goto(`${served.url}/accounts/${account}/team`)
    await clock.advance(11 * 60_000)
    await page.getByRole('button', { name: 'Invite someone' }).click()
    const dialog = page.getByRole('dialog', { name: /^Invite someone/ })
    await dialog.getByLabel('E-mail address').fill('hana@example.com')
    await dialog.getByRole('radio', { name: 'Viewer' }).check()
    await dialog.getByRole('button', { name: 'Invite', exact: true }).click()

    const proof = page.getByRole('dialog', { name: 'Confirm that it is you' })
    await proof.getByLabel('Password', { exact: true }).fill(another)
    await proof.getByRole('button', { name: 'Confirm' }).click()
    expect(await proof.getByRole('alert').textContent()).toBe('This password is not right.')
    await proof.getByLabel('Password', { exact: true }).fill(person.password)
    await proof.getByRole('button', { name: 'Confirm' }).click()
    const invited = page.getByRole('dialog', { name: 'Invitation for hana@example.com' })
    expect(await invited.getByLabel('Link', { exact: true }).inputValue()).toContain(`${served.url}/invitation#`)

    await clock.advance(11 * 60_000)
    const refused = await ask(page, 'POST', `/v1/accounts/${account}/invitations`, {
      email: 'i@example.com',
      role: 'viewer',
    })
    expect(refused).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } })
    expect(faults).toEqual([])
  })
})

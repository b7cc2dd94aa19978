import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { openBrowser, openPage } from './support/browser.ts'
import { addAuthenticator, ask, openAs, openProfile, signOut, totpCode, typeSignIn } from './support/console.ts'
import { type InProcess, serveInProcess } from './support/in-process.ts'
import { type ManualClock, manualClock } from './support/moved-clock.ts'
import { configFile } from './support/team.config.ts'

const stepMs = 30_000

/** Sets the authenticator app up on the profile's page; answers its secret and the backup codes. */
async function enrol(page: Page, clock: ManualClock) {
  await page.getByRole('button', { name: 'Set up', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Set up an authenticator app' })
  const secret = ((await dialog.locator('code').textContent()) ?? '').replaceAll(' ', '')
  await dialog.getByLabel('Code that the app shows').fill(totpCode(secret, clock.wallMs()))
  await dialog.getByRole('button', { name: 'Turn on' }).click()
  const codes = page.getByRole('alertdialog', { name: 'Your backup codes' })
  await codes.waitFor()
  const backupCodes = await codes.getByRole('listitem').allTextContents()
  // Kept first: neither Escape nor the button closes it before.
  await page.keyboard.press('Escape')
  await codes.getByRole('button', { name: 'Done' }).click({ force: true })
  expect(await codes.isVisible()).toBe(true)
  await codes.getByLabel('I have kept the codes in a safe place').check()
  await codes.getByRole('button', { name: 'Done' }).click()
  await codes.waitFor({ state: 'detached' })
  return { secret, backupCodes }
}

const menu = (page: Page) => page.getByRole('button', { name: 'Your menu' })

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('more than a password', { timeout: 60_000 }, () => {
  let browser: Browser
  let served: InProcess
  let clock: ManualClock

  beforeAll(async () => {
    // A step behind: the sign-in library judges codes by the time that it is, and two steps are used up here.
    clock = manualClock(new Date(Date.now() - stepMs).toISOString())
    served = await serveInProcess({ config: configFile, clock })
    browser = await openBrowser()
  })

  test('with an authenticator app, the password alone opens nothing; each code and each backup code opens once', async () => {
    const { page, person, faults } = await openAs(browser, served, 'Ada')
    await openProfile(page, served.url)
    const { secret, backupCodes } = await enrol(page, clock)
    expect(backupCodes).toHaveLength(10)
    for (const code of [secret, ...backupCodes]) expect(await page.content()).not.toContain(code)

    const code = page.getByLabel('Code from your authenticator app')
    const sendCode = async (text: string): Promise<number> => {
      const answered = page.waitForResponse((response) => response.url().endsWith('/second-factor'))
      await code.fill(text)
      await page.getByRole('button', { name: 'Continue' }).click()
      return (await answered).status()
    }
    await signOut(page)
    await typeSignIn(page, person)
    await code.waitFor()
    expect((await ask(page, 'GET', '/v1/session')).status).toBe(401)
    // Shown at enrolment and used up by it.
    expect(await sendCode(totpCode(secret, clock.wallMs()))).toBe(401)
    expect(await page.getByRole('alert').textContent()).toContain('This code is not right, or it was used already.')
    await clock.advance(stepMs)
    expect(await sendCode(totpCode(secret, clock.wallMs()))).toBe(200)
    await menu(page).waitFor()

    const [first = ''] = backupCodes
    const sendBackup = async (): Promise<number> => {
      await signOut(page)
      await typeSignIn(page, person)
      await page.getByRole('button', { name: 'Use a backup code' }).click()
      const answered = page.waitForResponse((response) => response.url().endsWith('/second-factor'))
      await page.getByLabel('Backup code').fill(` ${first.toUpperCase()} `)
      await page.getByRole('button', { name: 'Continue' }).click()
      return (await answered).status()
    }
    expect(await sendBackup()).toBe(200)
    await menu(page).waitFor()
    expect(await sendBackup()).toBe(401)
    await page.getByRole('button', { name: 'Use the app’s code' }).click()
    await clock.advance(stepMs)
    expect(await sendCode(totpCode(secret, clock.wallMs()))).toBe(200)
    await openProfile(page, served.url)
    await page.getByText('9 backup codes are left.').waitFor()

    await page.getByRole('button', { name: 'Turn off' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click()
    await page.getByRole('button', { name: 'Set up', exact: true }).waitFor()
    await signOut(page)
    await typeSignIn(page, person)
    await menu(page).waitFor()
    expect(faults).toEqual([])
  })

  test('a passkey is added, signs in without a password, proves who one is, and opens nothing once it is removed', async () => {
    const { page, context, person, account, faults } = await openAs(browser, served, 'Bea')
    const authenticator = await addAuthenticator(context, page)
    await openProfile(page, served.url)
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add a passkey' })
    await dialog.getByLabel('Name').fill('Bea’s thumb')
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'Remove Bea’s thumb' }).waitFor()
    expect(await authenticator.count()).toBe(1)

    // A finger that lies on it already would answer what the page offers by autofill before anybody chose.
    await authenticator.touch(false)
    await signOut(page)
    await page.getByLabel('E-mail address').waitFor()
    await authenticator.touch(true)
    await page
      .getByRole('button', { name: 'Sign in with a passkey' })
      .click({ timeout: 2_000 })
      .catch(() => undefined)
    await menu(page).waitFor()
    expect((await ask(page, 'GET', '/v1/session')).body).toMatchObject({ person: { email: person.email } })

    await clock.advance(11 * 60_000)
    const proof = await ask(page, 'POST', `/v1/accounts/${account}/invitations`, {
      email: 'x@example.com',
      role: 'viewer',
    })
    expect(proof).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } })
    await openProfile(page, served.url)
    await page.getByRole('button', { name: 'Remove Bea’s thumb' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await page.getByText('No passkey yet.').waitFor()
    expect(await authenticator.count()).toBe(1)

    await authenticator.touch(false)
    await signOut(page)
    await authenticator.touch(true)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByText('This passkey was not accepted here.').waitFor()
    expect((await ask(page, 'GET', '/v1/session')).status).toBe(401)
    expect(faults).toEqual([])
  })

  test('who declines the passkey is told so and signs in another way', async () => {
    const { page, context, person } = await openAs(browser, served, 'Cleo')
    await page.goto(served.url)
    await signOut(page)
    const stranger = await openPage(browser)
    await addAuthenticator(stranger.context, stranger.page)
    await stranger.page.goto(`${served.url}/sign-in`)
    await stranger.page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await stranger.page.getByText('No passkey was used. Try again, or choose another way.').waitFor()
    await typeSignIn(stranger.page, person)
    await menu(stranger.page).waitFor()
    expect(stranger.faults).toEqual([])
    await context.close()
  })
})

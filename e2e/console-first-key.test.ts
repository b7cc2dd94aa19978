import { isKeyText } from '@keywright/core'
import type { Locator, Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { openBrowser, openPage } from './support/browser.ts'
import { bodyOf, callsWith } from './support/calls.ts'
import { setupLinkOf, startServer } from './support/child-server.ts'
import { temporaryFolder } from './support/cleanup.ts'
import { ask } from './support/console.ts'
import { examplePassword } from './support/people.ts'
import { until } from './support/poll.ts'

const tabsMax = 30

const hasFocus = (target: Locator): Promise<boolean> => target.evaluate((element) => element === document.activeElement)

/** Presses Tab until something has the focus, as someone does who has no mouse. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  for (let tabs = 0; tabs < tabsMax; tabs++) {
    if (await hasFocus(target)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${tabsMax} tabs did not lead to ${target.toString()}`)
}

/** All that a page holds: what is shown, what stands in fields, what is stored, where it is. */
const everythingOn = (page: Page): Promise<string> =>
  page.evaluate(() =>
    JSON.stringify([
      document.documentElement.outerHTML,
      [...document.querySelectorAll('input, textarea')].map((field) => (field as HTMLInputElement).value),
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      history.state,
      location.href,
    ]),
  )

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('the first key', { timeout: 60_000 }, () => {
  test('from the printed link to the first key copied, by keyboard alone, without reading anything', async () => {
    const server = await startServer({ KEYWRIGHT_DATA: temporaryFolder() })
    const link = setupLinkOf(server)
    if (link === null) throw new Error(`there is no set-up link in:\n${server.out()}`)
    const { page, faults } = await openPage(await openBrowser())

    await page.goto(link)
    const fields = [
      ['Your name', 'Ada Lovelace'],
      ['E-mail address', 'ada@example.com'],
      ['Password', examplePassword],
      ['Name of the first account', 'Analytical Engines'],
    ] as const
    // The first field has the focus already.
    const first = page.getByLabel(fields[0][0])
    await until('the first field to have the focus', () => hasFocus(first))
    for (const [label, text] of fields) {
      await tabTo(page, page.getByLabel(label, { exact: true }))
      await page.keyboard.type(text)
    }
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/accounts\/acc_[0-9A-Za-z]+\/keys$/)

    const create = page.getByRole('button', { name: /^Create/ }).first()
    await tabTo(page, create)
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    const name = dialog.getByLabel(/^Name/).first()
    await until('the name to have the focus', () => hasFocus(name))
    await page.keyboard.type('Nightly report')
    await page.keyboard.press('Enter')

    const shown = page.getByRole('alertdialog')
    const copy = shown.getByRole('button', { name: 'Copy key' })
    await copy.waitFor()
    await until('the button that copies to have the focus', () => hasFocus(copy))
    await page.keyboard.press('Enter')
    await shown.getByRole('button', { name: 'Copied' }).waitFor()
    const secret = await page.evaluate(() => navigator.clipboard.readText())
    expect(isKeyText(secret)).toBe(true)
    expect(await shown.getByLabel('Secret key').inputValue()).toBe(secret)

    await tabTo(page, shown.getByRole('button', { name: /^(?:Done|I have)/ }))
    await page.keyboard.press('Enter')
    await shown.waitFor({ state: 'detached' })
    await page.getByText('Nightly report').first().waitFor()
    const opener = page.getByRole('button', { name: /^Create/ }).first()
    await until('the focus to be back at what opened the dialog', () => hasFocus(opener))
    const everything = await everythingOn(page)
    expect(everything).toContain('Nightly report')
    expect(everything).not.toContain(secret)
    expect(everything).not.toContain(secret.slice(secret.indexOf('_') + 1, -6))

    const { status, body } = await ask(page, 'POST', '/v1/credentials', {
      kind: 'verify',
      name: 'API',
      audiences: ['api'],
    })
    expect(status).toBe(201)
    const verifier = callsWith(server.url, String(body?.['secret']))
    expect(await bodyOf(verifier('POST', '/v1/verify', { body: { key: secret } }))).toMatchObject({
      valid: true,
      code: 'VALID',
    })
    expect(faults).toEqual([])
    expect(server.out() + server.told()).not.toContain(secret)
    expect((await fetch(link)).status).toBe(404)

    // The page that is still open follows what happens, and holds nothing up.
    const beganMs = performance.now()
    expect(await server.stop()).toBe(0)
    expect(performance.now() - beganMs).toBeLessThan(5_000)
  })
})

import { isKeyText } from '@keywright/core'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { chromiumPath, openBrowser, openPage } from './support/browser.ts'
import { serveInProcess } from './support/in-process.ts'
import { createAccount } from './support/operating.ts'
import { becomeMember, someone } from './support/people.ts'
import { rolesConfigFile } from './support/roles.config.ts'

/** Everything that a page keeps and shows, as one text: document, fields, address, history, storage, cookies that scripts can read. */
const everythingOf = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const fields = [...document.querySelectorAll('input, textarea')].map((field) => (field as HTMLInputElement).value)
    const databases = (await indexedDB.databases()).map(({ name }) => name)
    const cached = await caches.keys()
    return JSON.stringify([
      document.documentElement.outerHTML,
      fields,
      location.href,
      history.state,
      document.title,
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      document.cookie,
      databases,
      cached,
      performance.getEntriesByType('resource').map(({ name }) => name),
    ])
  })

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('secrets, in a browser', async () => {
  if (chromiumPath === undefined) return
  const { url, operator } = await serveInProcess({ config: rolesConfigFile })
  const browser = await openBrowser()
  const { id: account } = await createAccount(operator, 'Northwind')

  test('T19: a new secret is in the page only while it is shown, in one answer, and in no address or storage', async () => {
    const { page, context, faults } = await openPage(browser)
    await becomeMember(context, url, operator, { account, role: 'owner', person: someone('Ada') })
    const bodies: string[] = []
    page.on('response', async (response) => {
      if (response.url().includes('/v1/')) bodies.push(await response.text().catch(() => ''))
    })
    await page.goto(`${url}/accounts/${account}/keys`)
    await page.getByRole('button', { name: 'Create API key' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: false }).first().fill('Warehouse sync')
    await dialog.getByRole('button', { name: 'Create API key' }).click()
    const shown = page.getByRole('alertdialog')
    await shown.waitFor()
    await page.keyboard.press('Escape')
    expect(await shown.isVisible(), 'a secret is not lost by one key').toBe(true)
    await shown.getByRole('button', { name: 'Copy key' }).click()
    await shown.getByText('Copied').first().waitFor()
    const secret = await page.evaluate(() => navigator.clipboard.readText())
    expect(isKeyText(secret)).toBe(true)
    const during = await everythingOf(page)
    expect(during.split(secret).length - 1, 'the test would find it').toBeGreaterThan(0)
    expect(page.url()).not.toContain(secret)
    await shown.getByRole('button', { name: 'Done' }).click()
    await shown.waitFor({ state: 'detached' })
    await page.getByText('Warehouse sync').first().waitFor()
    expect(await everythingOf(page)).not.toContain(secret)
    await page.reload()
    await page.getByText('Warehouse sync').first().waitFor()
    await page.getByRole('link', { name: 'Team' }).click()
    await page.getByRole('heading', { level: 1, name: 'Team' }).waitFor()
    await page.goBack()
    await page.getByText('Warehouse sync').first().waitFor()
    expect(await everythingOf(page)).not.toContain(secret)
    expect(bodies.filter((body) => body.includes(secret))).toHaveLength(1)
    expect(faults).toEqual([])
  })

  test('a whole key that is pasted into the search leads to it and stays out of addresses and storage', async () => {
    const { page, context } = await openPage(browser)
    await becomeMember(context, url, operator, { account, role: 'owner', person: someone('Grace') })
    const created = await operator<{ id: string; secret: string }>('POST', `/v1/accounts/${account}/keys`, {
      body: { name: 'Night job', preset: 'reader' },
    })
    await page.goto(`${url}/accounts/${account}/keys`)
    const addresses: string[] = []
    page.on('request', (request) => addresses.push(request.url()))
    await page.getByRole('searchbox').fill(created.body.secret)
    await page.waitForURL((address) => address.pathname.endsWith(created.body.id))
    expect(await everythingOf(page)).not.toContain(created.body.secret)
    expect(addresses.join('\n')).not.toContain(created.body.secret)
  })
})

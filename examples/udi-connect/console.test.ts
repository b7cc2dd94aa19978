import { isKeyText } from '@keywright/core'
import type { Account, Key, KeyCreation } from '@keywright/sdk'
import type { Browser, Locator, Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../../e2e/support/browser.ts'
import { bodyOf, type ProblemBody } from '../../e2e/support/calls.ts'
import { openAs, type Present } from '../../e2e/support/console.ts'
import { createAccount, createKey } from '../../e2e/support/operating.ts'
import { createMany } from './many.ts'
import { invalidKey, type System, startSystem } from './testing.ts'

const dialogName = 'Create API Key'

async function openDialog(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'Create API Key' }).click()
  const dialog = page.getByRole('dialog', { name: dialogName })
  await dialog.waitFor()
  return dialog
}

/** Sends the dialog and answers the popup with the new key, and the key that it shows. */
async function sendDialog(page: Page, dialog: Locator): Promise<{ readonly popup: Locator; readonly secret: string }> {
  await dialog.getByRole('button', { name: 'Create API Key' }).click()
  const popup = page.getByRole('alertdialog')
  return { popup, secret: await popup.getByLabel('Secret key').inputValue() }
}

/** Copies the key of the popup and closes it by Done. */
async function takeKey(page: Page, popup: Locator): Promise<string> {
  await popup.getByRole('button', { name: 'Copy key' }).click()
  await popup.getByRole('button', { name: 'Copied' }).waitFor()
  await popup.getByRole('button', { name: 'Done' }).click()
  await popup.waitFor({ state: 'detached' })
  return page.evaluate(() => navigator.clipboard.readText())
}

const rowOf = (page: Page, name: string): Locator =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })

/** Opens the menu of a key's row and answers what it offers. */
async function openMenu(page: Page, name: string): Promise<readonly string[]> {
  await page.getByRole('button', { name: `Actions for ${name}`, exact: true }).click()
  const items = page.getByRole('menuitem')
  await items.first().waitFor()
  return items.allTextContents()
}

async function choose(page: Page, name: string, action: string): Promise<void> {
  await openMenu(page, name)
  await page.getByRole('menuitem', { name: action }).click()
}

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('in a browser', { timeout: 60_000 }, () => {
  let system: System
  let browser: Browser
  let ada: Present

  const newKey = (creation: KeyCreation, account = ada.account) => createKey(system.operator, account, creation)
  const openKeys = ({ page, account }: Present) => page.goto(`${system.url}/accounts/${account}/keys`)

  beforeAll(async () => {
    system = await startSystem()
    browser = await openBrowser()
    ada = await openAs(browser, system, 'Ada')
  })

  describe('UDI-1: Settings → API Keys in the sidebar', () => {
    test("shows the organization's keys of both environments, and no other organization's", async () => {
      const { page, faults } = ada
      await newKey({ name: 'Trial run', environment: 'preview' })
      await newKey({ name: 'Website assistant', environment: 'production' })
      const elsewhere = await createAccount(system.operator, 'Elsewhere')
      await newKey({ name: 'Not yours', environment: 'production' }, elsewhere.id)
      await page.goto(system.url)

      const sidebar = page.getByRole('navigation', { name: 'Main navigation' })
      await sidebar.waitFor()
      expect(await sidebar.textContent()).toMatch(/^Settings.*API Keys/)
      const place = await sidebar.boundingBox()
      expect(place?.x).toBe(0)
      expect(place?.height).toBeGreaterThan(place?.width ?? 0)
      await sidebar.getByRole('link', { name: 'API Keys' }).click()
      await page.getByRole('heading', { level: 1, name: 'API Keys' }).waitFor()
      await rowOf(page, 'Trial run').getByText('Preview', { exact: true }).waitFor()
      await rowOf(page, 'Website assistant').getByText('Production', { exact: true }).waitFor()
      expect(await page.getByText('Not yours').count()).toBe(0)

      const environment = page.getByRole('group', { name: 'Environment' })
      await environment.getByRole('button', { name: 'Preview' }).click()
      await rowOf(page, 'Website assistant').waitFor({ state: 'detached' })
      await rowOf(page, 'Trial run').waitFor()
      await environment.getByRole('button', { name: 'All' }).click()
      await rowOf(page, 'Website assistant').waitFor()
      expect(faults).toEqual([])
    })

    test('a member sees them too, and changes nothing', async () => {
      const grace = await openAs(browser, system, 'Grace', { account: ada.account, role: 'member' })
      const { page } = grace
      await openKeys(grace)
      await rowOf(page, 'Trial run').waitFor()
      await rowOf(page, 'Website assistant').waitFor()
      const refusedWith = async (control: Locator, reason: string) => {
        expect(await control.getAttribute('aria-disabled')).toBe('true')
        await control.hover()
        await page.getByRole('tooltip', { name: reason }).waitFor()
        await control.click({ force: true })
        expect(await page.getByRole('dialog').count()).toBe(0)
      }
      await refusedWith(
        page.getByRole('button', { name: 'Create API Key' }),
        'Your role does not create keys. These roles do: Admin.',
      )
      await openMenu(page, 'Trial run')
      for (const name of ['Revoke', 'Delete'])
        await refusedWith(page.getByRole('menuitem', { name }), 'Your role does not include this.')
      await page.context().close()
    })
  })

  describe('UDI-2: Create API Key, at the top right, opens a dialog', () => {
    test('creates a key in the dialog: a name, a description if one likes, the environment', async () => {
      const { page, account } = ada
      await openKeys(ada)
      const [button, content] = [page.getByRole('button', { name: 'Create API Key' }), page.locator('.content')]
      await rowOf(page, 'Trial run').waitFor()
      const [place, frame] = [await button.boundingBox(), await content.boundingBox()]
      const table = await page.getByRole('table').boundingBox()
      if (place === null || frame === null || table === null) throw new Error('the page is not laid out')
      expect(place.x).toBeGreaterThan(frame.x + frame.width / 2)
      expect(place.y + place.height).toBeLessThan(table.y)

      const dialog = await openDialog(page)
      const environment = dialog.getByRole('radiogroup', { name: 'Environment' })
      expect(await environment.getByRole('radio').count()).toBe(2)
      for (const name of ['Preview', 'Production'])
        expect(await environment.getByRole('radio', { name }).isChecked(), name).toBe(false)
      await dialog.getByText('A key works in one environment only', { exact: false }).waitFor()

      // Both are needed; the description is not.
      await dialog.getByRole('button', { name: 'Create API Key' }).click()
      await dialog.getByText('Name is missing.').waitFor()
      await dialog.getByText('Choose one. It cannot be changed later.').waitFor()
      await dialog.getByLabel('Name').fill('Booking desk')
      await environment.getByRole('radio', { name: 'Preview' }).check()
      await dialog.getByLabel('Description (optional)').fill('Answers questions about bookings')
      const { popup } = await sendDialog(page, dialog)
      const secret = await takeKey(page, popup)
      expect((await system.api('preview', secret)('GET', '/v1/agents')).status).toBe(200)

      const { items } = await bodyOf(
        system.operator<{ items: readonly Key[] }>('GET', `/v1/accounts/${account}/keys?search=Booking%20desk`),
      )
      expect(items).toMatchObject([
        { name: 'Booking desk', description: 'Answers questions about bookings', environment: 'preview' },
      ])
    })

    test('a key for Production without a description is made the same way', async () => {
      const { page } = ada
      const dialog = await openDialog(page)
      await dialog.getByLabel('Name').fill('Checkout helper')
      await dialog.getByRole('radio', { name: 'Production' }).check()
      const { popup } = await sendDialog(page, dialog)
      const secret = await takeKey(page, popup)
      expect((await system.api('production', secret)('GET', '/v1/agents')).status).toBe(200)
      expect((await system.api('preview', secret)('GET', '/v1/agents')).status).toBe(401)
      await rowOf(page, 'Checkout helper').getByText('Production', { exact: true }).waitFor()
    })
  })

  describe('UDI-4: after creation a popup shows the key once', () => {
    test('reads the key in the popup, which is asked for before it goes unread, and never again', async () => {
      const { page, account, faults } = ada
      await openKeys(ada)
      const dialog = await openDialog(page)
      await dialog.getByLabel('Name').fill('Shown once')
      await dialog.getByRole('radio', { name: 'Preview' }).check()
      const { popup, secret } = await sendDialog(page, dialog)
      expect(isKeyText(secret)).toBe(true)
      await popup.getByText('it cannot be shown again', { exact: false }).waitFor()
      // Closed without having been copied, it asks first.
      await popup.getByRole('button', { name: 'Done' }).click()
      await popup.getByText('You will not see this key again. Close anyway?').waitFor()
      await popup.getByRole('button', { name: 'Stay here' }).click()
      expect(await takeKey(page, popup)).toBe(secret)

      const { items } = await bodyOf(
        system.operator<{ items: readonly Key[] }>('GET', `/v1/accounts/${account}/keys?search=Shown%20once`),
      )
      const random = secret.slice(secret.lastIndexOf('_') + 1, -6)
      expect(JSON.stringify(items)).not.toContain(random)
      const hidden = async (where: string) => {
        const text = await page.evaluate(() =>
          JSON.stringify([
            document.documentElement.outerHTML,
            [...document.querySelectorAll('input, textarea')].map((field) => (field as HTMLInputElement).value),
            Object.entries(localStorage),
            Object.entries(sessionStorage),
            history.state,
          ]),
        )
        expect(text.includes(random), where).toBe(false)
      }
      await rowOf(page, 'Shown once').waitFor()
      await hidden('the list')
      await page.reload()
      await rowOf(page, 'Shown once').waitFor()
      await hidden('the list, read anew')
      await page.getByRole('link', { name: 'Shown once', exact: true }).click()
      await page.getByRole('heading', { level: 1, name: 'Shown once' }).waitFor()
      await hidden("the key's page")
      expect(faults).toEqual([])
    })
  })

  describe('UDI-5: the list', () => {
    test('has name, environment and creation date, and an Actions menu on each row', async () => {
      const { page, account } = ada
      await openKeys(ada)
      await rowOf(page, 'Trial run').waitFor()
      const headings = await page.getByRole('columnheader').allTextContents()
      expect(headings).toEqual(['Name', 'Environment', 'Created', 'Status', 'Actions'])

      const { items } = await bodyOf(
        system.operator<{ items: readonly Key[] }>('GET', `/v1/accounts/${account}/keys?sort=-created`),
      )
      const rows = page.getByRole('row').filter({ has: page.getByRole('rowheader') })
      expect(await rows.count()).toBe(items.length)
      for (const [index, key] of items.entries()) {
        const row = rows.nth(index)
        expect(await row.getByRole('link').textContent()).toBe(key.name)
        expect(await row.locator('[data-column="environment"]').textContent()).toBe(
          key.environment === 'preview' ? 'Preview' : 'Production',
        )
        const created = row.locator('[data-column="created"] time')
        expect(await created.getAttribute('datetime')).toBe(key.createdAt)
        expect(await created.getAttribute('title')).toContain(String(new Date(key.createdAt).getFullYear()))
        expect(await row.getByRole('button', { name: `Actions for ${key.name}` }).count()).toBe(1)
      }
      expect(await openMenu(page, 'Trial run')).toEqual(['Revoke', 'Delete'])
      await page.keyboard.press('Escape')
    })
  })

  describe('UDI-6: Revoke disables for a time, Delete is permanent', () => {
    test('a revoked key is refused, and works again once it is reactivated', async () => {
      const { page, faults } = ada
      const key = await newKey({ name: 'On and off', environment: 'production' })
      const api = system.api('production', key.secret)
      await openKeys(ada)
      await choose(page, 'On and off', 'Revoke')
      const dialog = page.getByRole('dialog', { name: 'Revoke “On and off”?' })
      await dialog.getByText('disabled for the time being. It can be reactivated later.', { exact: false }).waitFor()
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      await dialog.waitFor({ state: 'detached' })
      expect((await api('GET', '/v1/agents')).status).toBe(200)

      await choose(page, 'On and off', 'Revoke')
      await dialog.getByRole('button', { name: 'Revoke' }).click()
      await rowOf(page, 'On and off').getByText('Revoked', { exact: true }).waitFor()
      const refused = await api<ProblemBody>('GET', '/v1/agents')
      expect(refused.status).toBe(401)
      expect({ title: refused.body.title, check: refused.body.check }).toEqual(invalidKey)

      // It stays listed, with the way back in its menu.
      await page.reload()
      await rowOf(page, 'On and off').getByText('Revoked', { exact: true }).waitFor()
      expect(await openMenu(page, 'On and off')).toEqual(['Reactivate', 'Delete'])
      await page.getByRole('menuitem', { name: 'Reactivate' }).click()
      await rowOf(page, 'On and off').getByText('Active', { exact: true }).waitFor()
      expect((await api('GET', '/v1/agents')).status).toBe(200)
      expect(await openMenu(page, 'On and off')).toEqual(['Revoke', 'Delete'])
      await page.keyboard.press('Escape')
      expect(faults).toEqual([])
    })

    test('programs revoke and reactivate too, as often as wanted; nothing here is revoked for good', async () => {
      const key = await newKey({ name: 'Switched by a program', environment: 'preview' })
      const api = system.api('preview', key.secret)
      for (let turn = 0; turn < 2; turn++) {
        await bodyOf(system.operator('POST', `/v1/keys/${key.id}/pause`))
        expect((await api('GET', '/v1/agents')).status).toBe(401)
        await bodyOf(system.operator('POST', `/v1/keys/${key.id}/reactivate`))
        expect((await api('GET', '/v1/agents')).status).toBe(200)
      }
      expect((await bodyOf(system.operator<Key>('GET', `/v1/keys/${key.id}`))).state).toBe('active')
    })

    test('a deleted key is refused, is gone, and cannot be brought back', async () => {
      const { page } = ada
      const key = await newKey({ name: 'Old tablet', environment: 'preview' })
      const api = system.api('preview', key.secret)
      await openKeys(ada)
      await choose(page, 'Old tablet', 'Delete')
      const dialog = page.getByRole('dialog', { name: 'Delete “Old tablet”?' })
      await dialog.getByText('removed from your organization for good', { exact: false }).waitFor()
      await dialog.getByRole('button', { name: 'Delete' }).click()
      await dialog.getByText('This is not Old tablet.').waitFor()
      expect((await api('GET', '/v1/agents')).status).toBe(200)
      await dialog.getByLabel('Type Old tablet to confirm').fill('Old tablet')
      await dialog.getByRole('button', { name: 'Delete' }).click()
      await rowOf(page, 'Old tablet').waitFor({ state: 'detached' })
      expect((await api('GET', '/v1/agents')).status).toBe(401)
      expect((await system.operator('GET', `/v1/keys/${key.id}`)).status).toBe(404)
      expect((await system.operator('POST', `/v1/keys/${key.id}/reactivate`)).status).toBe(404)
      await page.reload()
      await rowOf(page, 'On and off').waitFor()
      expect(await rowOf(page, 'Old tablet').count()).toBe(0)
    })
  })

  describe('UDI-7: no limit on the number of keys', () => {
    const many = 3_000
    const usableMs = 5_000
    let account: Account
    let secrets: ReadonlyMap<string, string>

    beforeAll(async () => {
      account = await createAccount(system.operator, 'Many branches')
      secrets = await createMany(system.operator, account.id, many)
    }, 60_000)

    test('all are active, work, and are read to the end by a program', async () => {
      const found = new Set<string>()
      for (let cursor: string | null = ''; cursor !== null; ) {
        const query: string = `limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`
        const page: { readonly items: readonly Key[]; readonly nextCursor: string | null } = await bodyOf(
          system.operator('GET', `/v1/accounts/${account.id}/keys?state=active&${query}`),
        )
        for (const { name } of page.items) found.add(name ?? '')
        cursor = page.nextCursor
      }
      expect(found).toEqual(new Set(secrets.keys()))
      for (const name of ['Branch 0000', 'Branch 1234', 'Branch 2998']) {
        const { status } = await system.api('production', secrets.get(name) ?? '')('GET', '/v1/agents')
        expect(status, name).toBe(200)
      }
    })

    test('the list is found in, turned, sorted and filtered without delay, and another key is made', async () => {
      const grace = await openAs(browser, system, 'Gil', { account: account.id })
      const { page, faults } = grace
      await openKeys(grace)
      const pages = page.getByRole('navigation', { name: 'Pages' })
      const range = (text: string) => pages.getByText(text, { exact: true }).waitFor({ timeout: usableMs })
      const rows = page.getByRole('rowheader')
      await range('1–50 of 3,000')
      await rows.nth(49).waitFor({ timeout: usableMs })
      expect(await rows.count()).toBe(50)
      await pages.getByRole('button', { name: 'Next' }).click()
      await range('51–100 of 3,000')
      await pages.getByRole('button', { name: 'Previous' }).click()
      await range('1–50 of 3,000')

      await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click()
      await rowOf(page, 'Branch 0000').waitFor({ timeout: usableMs })
      expect((await rows.allTextContents()).slice(0, 3)).toEqual(['Branch 0000', 'Branch 0001', 'Branch 0002'])
      await page.getByRole('group', { name: 'Environment' }).getByRole('button', { name: 'Preview' }).click()
      await rowOf(page, 'Branch 0000').waitFor({ state: 'detached', timeout: usableMs })
      await rowOf(page, 'Branch 0001').waitFor({ timeout: usableMs })
      await page.getByRole('group', { name: 'Environment' }).getByRole('button', { name: 'All' }).click()

      const search = page.getByRole('searchbox', { name: 'Search by name, ID or visible characters' })
      await search.fill('branch 1234')
      await rowOf(page, 'Branch 1234').waitFor({ timeout: usableMs })
      await page.waitForFunction(() => document.querySelectorAll('tbody th').length === 1, null, { timeout: usableMs })
      await choose(page, 'Branch 1234', 'Revoke')
      await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
      await rowOf(page, 'Branch 1234').getByText('Revoked', { exact: true }).waitFor({ timeout: usableMs })
      const { status } = await system.api('production', secrets.get('Branch 1234') ?? '')('GET', '/v1/agents')
      expect(status).toBe(401)

      await page.getByRole('button', { name: 'Clear the search' }).click()
      const dialog = await openDialog(page)
      await dialog.getByLabel('Name').fill('Branch 3000')
      await dialog.getByRole('radio', { name: 'Production' }).check()
      await takeKey(page, (await sendDialog(page, dialog)).popup)
      await page.getByText('1–50 of 3,001').waitFor({ timeout: usableMs })
      expect(faults).toEqual([])
      await page.context().close()
    })
  })
})

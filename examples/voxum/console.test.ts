import { isKeyText } from '@keywright/core'
import type { Key } from '@keywright/sdk'
import type { Browser } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../../e2e/support/browser.ts'
import { bodyOf, type ProblemBody } from '../../e2e/support/calls.ts'
import { openAs, type Present } from '../../e2e/support/console.ts'
import { lateClock } from '../../e2e/support/moved-clock.ts'
import { createAccount, createKey } from '../../e2e/support/operating.ts'
import { askToRevoke, createOnPage, headingsOf, rowOf } from './on-page.ts'
import { type System, startSystem, unauthorized } from './testing.ts'

const dayMs = 86_400_000
const oldDays = 100

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('in a browser', () => {
  let system: System
  let browser: Browser
  let account: string
  let ada: Present

  beforeAll(async () => {
    // Two keys were made long ago; then the clock goes on to today, which is the browser's.
    const clock = lateClock(oldDays * dayMs)
    system = await startSystem(clock)
    account = (await createAccount(system.operator, 'Garage Durand')).id
    const [forgotten, watched] = [
      await createKey(system.operator, account, { name: 'Old Website' }),
      await createKey(system.operator, account, { name: 'CRM Sync' }),
    ]
    expect((await system.api(forgotten.secret)('GET', '/api/leads')).status).toBe(200)
    await clock.catchUp()
    expect((await system.api(watched.secret)('GET', '/api/leads')).status).toBe(200)
    browser = await openBrowser()
    ada = await openAs(browser, system, 'Ada', { account })
  })

  const openKeys = () => ada.page.goto(`${system.url}/accounts/${account}/keys`)

  describe('VOX-1: API Keys in the left menu: existing keys, create, revoke', () => {
    test('the entry stands at the left and leads to the keys that there are', async () => {
      const { page } = ada
      await page.goto(`${system.url}/accounts/${account}/team`)
      const navigation = page.getByRole('navigation', { name: 'Main navigation' })
      const entry = navigation.getByRole('link', { name: 'API Keys', exact: true })
      const box = await entry.boundingBox()
      expect(box === null ? undefined : box.x + box.width).toBeLessThan(300)
      await entry.click()
      await page.getByRole('heading', { level: 1, name: 'API Keys' }).waitFor()
      await page.getByRole('row', { name: /CRM Sync/ }).waitFor()
      await page.getByRole('row', { name: /Old Website/ }).waitFor()
    })

    test('a key is created there, shown once, works, and is revoked there', async () => {
      const { page, faults } = ada
      await openKeys()
      const secret = await createOnPage(page, 'Inventory Integration')
      expect(isKeyText(secret)).toBe(true)
      expect((await system.api(secret)('GET', '/api/inventory')).status).toBe(200)
      await page.getByRole('row', { name: /Inventory Integration/ }).waitFor()
      await page.reload()
      await page.getByRole('row', { name: /Inventory Integration/ }).waitFor()
      expect(await page.content()).not.toContain(secret)

      const dialog = await askToRevoke(page, 'Inventory Integration')
      await dialog.getByRole('button', { name: 'Revoke' }).click()
      await dialog.waitFor({ state: 'detached' })
      expect((await system.api(secret)('GET', '/api/inventory')).status).toBe(401)
      expect(faults).toEqual([])
    })

    test('a member whose role only views keys sees them, and why nothing else can be done', async () => {
      const grace = await openAs(browser, system, 'Grace', { account, role: 'member' })
      await grace.page.goto(`${system.url}/accounts/${account}/keys`)
      await grace.page.getByRole('row', { name: /CRM Sync/ }).waitFor()
      const create = grace.page.getByRole('button', { name: 'Create API Key' })
      expect(await create.getAttribute('aria-disabled')).toBe('true')
      await grace.page
        .getByText('Your role does not create keys. These roles do: Administrator.')
        .waitFor({ state: 'attached' })
      await grace.page.getByRole('button', { name: 'Actions for CRM Sync' }).click()
      const revoke = grace.page.getByRole('menuitem', { name: 'Revoke' })
      expect(await revoke.getAttribute('aria-disabled')).toBe('true')
      await grace.context.close()
    })
  })

  describe('VOX-2: a vague name gets advice, a good one does not', () => {
    const advice = 'Name the key after its purpose, so that you know which one to revoke if something is wrong.'
    const vague = ['Key 1', 'Test', 'key', 'TEST 2', 'API Key', 'My key', 'Clé 3', 'Essai', '42']
    const good = ['Inventory Integration', 'CRM Sync', 'Developer Testing', 'Key Account Export', 'Contest 2027']

    test('"Key 1" and "Test" get it as they are typed, good names do not', async () => {
      const { page } = ada
      await openKeys()
      await page.getByRole('button', { name: 'Create API Key' }).click()
      const dialog = page.getByRole('dialog', { name: 'Create API Key' })
      const name = dialog.getByLabel('Name')
      const shown = dialog.getByText(advice, { exact: false })
      expect(await shown.count()).toBe(0)
      for (const each of vague) {
        await name.fill(each)
        await shown.waitFor({ timeout: 2_000 }).catch(() => expect.fail(`${each} got no advice`))
        expect(await shown.textContent()).toMatch(/Inventory Integration, CRM Sync,? and Developer Testing/)
        await name.fill(good[vague.indexOf(each) % good.length] ?? '')
        await shown
          .waitFor({ state: 'detached', timeout: 2_000 })
          .catch(() => expect.fail(`after ${each}: advice stays`))
      }
      await dialog.getByRole('button', { name: 'Cancel' }).click()
    })

    test('it is advice: the vague name is taken all the same', async () => {
      const { page } = ada
      for (const name of ['Key 1', 'Test']) {
        const secret = await createOnPage(page, name)
        expect((await system.api(secret)('GET', '/api/leads')).status).toBe(200)
        await page.getByRole('row', { name }).waitFor()
      }
      const body = { name: 'Test' }
      expect((await system.operator('POST', `/v1/accounts/${account}/keys`, { body })).status).toBe(201)
    })
  })

  describe('VOX-3: the list shows name, key preview, created, last used and status', () => {
    test('five columns in this order, the key by its first characters, status Active or Revoked', async () => {
      const { page } = ada
      const key = await createKey(system.operator, account, { name: 'Stock Feed' })
      const gone = await createKey(system.operator, account, { name: 'Former Feed' })
      await bodyOf(system.operator('POST', `/v1/keys/${gone.id}/revoke`))
      await openKeys()
      await page.getByRole('row', { name: /Stock Feed/ }).waitFor()
      expect((await headingsOf(page)).filter((heading) => heading !== '' && heading !== 'Actions')).toEqual([
        'Name',
        'Key',
        'Created',
        'Last used',
        'Status',
      ])
      const row = await rowOf(page, 'Stock Feed')
      const begins = key.secret.slice(0, 'vx_'.length + 4)
      expect(row['Key']?.startsWith(begins), `${row['Key']} begins ${begins}`).toBe(true)
      expect(row['Key']).not.toContain(key.secret.slice(0, begins.length + 1))
      expect(row['Key']).not.toContain(key.secret.slice(-4))
      expect(row).toMatchObject({ 'Last used': 'Never used', Status: 'Active' })
      expect(row['Created']).toMatch(/second|now|minute/)
      expect((await rowOf(page, 'Former Feed'))['Status']).toBe('Revoked')
      expect((await rowOf(page, 'Old Website'))['Created']).toContain('3 months ago')
    })
  })

  describe('VOX-4: revoking is confirmed and acts at once; the key stays listed as a record', () => {
    test('the dialog says what follows; cancelling keeps the key, confirming ends it for good', async () => {
      const { page } = ada
      const key = await createKey(system.operator, account, { name: 'Lead Import' })
      const api = system.api(key.secret)
      await openKeys()
      const asked = await askToRevoke(page, 'Lead Import')
      await asked
        .getByText('The key stops working at once, and every system that uses it loses its connection.')
        .waitFor()
      await asked.getByRole('button', { name: 'Cancel' }).click()
      await asked.waitFor({ state: 'detached' })
      expect((await api('GET', '/api/leads')).status).toBe(200)

      const dialog = await askToRevoke(page, 'Lead Import')
      const answered = page.waitForResponse((response) => response.url().endsWith(`/v1/keys/${key.id}/revoke`))
      await dialog.getByRole('button', { name: 'Revoke' }).click()
      expect((await answered).status()).toBe(200)
      const refused = await api<ProblemBody>('GET', '/api/leads')
      expect({ status: refused.status, title: refused.body.title }).toEqual({ status: 401, title: unauthorized.title })
      await dialog.waitFor({ state: 'detached' })

      await page.reload()
      await page.getByRole('row', { name: /Lead Import/ }).waitFor()
      const row = await rowOf(page, 'Lead Import')
      expect(row['Status']).toBe('Revoked')
      expect(row['Key']).not.toBe('')
      expect(row['Last used']).not.toBe('Never used')
    })

    test('nothing brings it back, and nothing removes it: there is no deleting', async () => {
      const { page } = ada
      const { items } = await bodyOf(
        system.operator<{ items: readonly Key[] }>('GET', `/v1/accounts/${account}/keys?state=revoked&search=Lead`),
      )
      const [key] = items
      expect(key?.name).toBe('Lead Import')
      for (const action of ['reactivate', 'pause', 'rotate', 'revoke']) {
        const refused = await system.operator('POST', `/v1/keys/${key?.id}/${action}`)
        expect([403, 409], `${action}: ${refused.text}`).toContain(refused.status)
      }
      expect((await system.operator('DELETE', `/v1/keys/${key?.id}`)).status).not.toBe(204)
      for (const name of ['Lead Import', 'CRM Sync']) {
        await page.getByRole('button', { name: `Actions for ${name}` }).click()
        await page.getByRole('menuitem').first().waitFor()
        expect(await page.getByRole('menuitem').allTextContents()).toEqual(['Revoke'])
        await page.keyboard.press('Escape')
        await page.getByRole('menuitem').first().waitFor({ state: 'detached' })
      }
      await page.goto(`${system.url}/help`)
      await page.getByText('Revoke a key that is no longer used: it stays listed as a record.').waitFor()
    })
  })

  describe('VOX-6: last used is tracked, and finds unused keys and unusual activity', () => {
    test('a request shows in the list', async () => {
      const { page } = ada
      const key = await createKey(system.operator, account, { name: 'Showroom Display' })
      await openKeys()
      const row = page.getByRole('row', { name: /Showroom Display/ })
      await row.getByText('Never used').waitFor()
      expect((await system.api(key.secret)('GET', '/api/inventory')).status).toBe(200)
      await row.getByText('Never used').waitFor({ state: 'detached' })
      expect((await rowOf(page, 'Showroom Display'))['Last used']).toMatch(/second|now/)
    })

    test('the page names the keys that nobody has used for long, and lists them', async () => {
      const { page } = ada
      await openKeys()
      await page.getByRole('link', { name: '1 unused for 90 days' }).click()
      await page.getByRole('row', { name: /CRM Sync/ }).waitFor({ state: 'detached' })
      // It was used once, on the day it was made; CRM Sync is as old and was used today.
      expect((await rowOf(page, 'Old Website'))['Last used']).toContain('3 months ago')
      expect(await page.getByRole('row').count()).toBe(2)

      await openKeys()
      await page.getByRole('button', { name: 'Filter' }).click()
      await page.getByLabel('Not used for').selectOption('30')
      await page.getByRole('row', { name: /CRM Sync/ }).waitFor({ state: 'detached' })
      await page.getByRole('row', { name: /Old Website/ }).waitFor()
    })

    test('sorting by last used puts the latest first', async () => {
      const { page } = ada
      await openKeys()
      await page.getByRole('row', { name: /Old Website/ }).waitFor()
      await page.getByRole('columnheader', { name: 'Last used' }).getByRole('button').click()
      await page.locator('th[aria-sort="descending"]', { hasText: 'Last used' }).waitFor()
      const names = async () => (await page.getByRole('rowheader').allInnerTexts()).map((text) => text.trim())
      await expect.poll(async () => (await names())[0]).toBe('Showroom Display')
    })

    test('what is unusual shows on the page of the key: refusals, where from, and by which program', async () => {
      const { page } = ada
      const key = await createKey(system.operator, account, { name: 'Watched Closely' })
      const api = system.api(key.secret)
      const headers = { 'user-agent': 'strange-crawler/1.0' }
      expect((await api('GET', '/api/leads', { headers })).status).toBe(200)
      expect((await api('PUT', '/api/chatbot/greeting', { headers, body: 'Hi' })).status).toBe(403)
      await page.goto(`${system.url}/accounts/${account}/keys/${key.id}`)
      await page.getByText('1 accepted and 1 refused', { exact: false }).waitFor()
      const refused = page.getByRole('row', { name: /chatbot\.edit/ })
      await refused.waitFor()
      expect(await refused.textContent()).toContain('127.0.0.0/24')
      expect(await refused.textContent()).toContain('strange-crawler')
    })
  })

  describe('VOX-8: the help page', () => {
    const section = (title: string) => ada.page.getByRole('region', { name: title })

    test('is reached from the page and says when one needs a key, and when not', async () => {
      const { page } = ada
      await openKeys()
      await page.getByRole('button', { name: 'Your menu' }).click()
      await page.getByRole('menuitem', { name: 'Help' }).click()
      await page.getByRole('heading', { level: 1 }).waitFor()
      expect(new URL(page.url()).pathname).toBe('/help')
      const text = (await section('When you need a key').textContent()) ?? ''
      for (const need of ['Inventory integration', 'CRM connection', 'Applications of your own', 'Tools of others'])
        expect(text).toContain(need)
      expect(text).toContain('You need none to manage your chatbot in the admin panel.')
    })

    test('keep it secret: not in e-mails, code repositories or client-side code', async () => {
      const text = (await ada.page.getByRole('main').textContent()) ?? ''
      expect(text).toContain('Keep keys secret: never in e-mails, code repositories or client-side code.')
      expect(text).toContain('X-API-Key: YOUR_API_KEY')
    })

    test('"Unauthorized" with the very checks that the API answers', async () => {
      const { page } = ada
      await page.getByRole('heading', { name: 'Unauthorized' }).waitFor()
      const text = (await page.getByRole('main').textContent()) ?? ''
      const answer = await system.api(null)<ProblemBody>('GET', '/api/inventory')
      expect(answer.body.check).toHaveLength(3)
      for (const check of answer.body.check ?? []) expect(text).toContain(check)
    })

    test('a key that does not work, and a lost one, with their checks', async () => {
      const { page } = ada
      const working = (await section('A key does not work').textContent()) ?? ''
      for (const check of ['you copied the complete key', 'whether it has been revoked', 'the right endpoint'])
        expect(working).toContain(check)
      const text = (await page.getByRole('main').textContent()) ?? ''
      const lost = text.slice(text.indexOf('A lost key cannot be shown again.'))
      for (const step of ['Create a new key for the same purpose.', 'Put the new key into every program', 'Revoke'])
        expect(lost).toContain(step)
    })

    test('links to the inventory API and the dashboard', async () => {
      for (const href of ['https://voxum.example/docs/inventory-api', 'https://voxum.example/dashboard'])
        expect(await section('Next steps').locator(`a[href="${href}"]`).count(), href).toBe(1)
    })
  })
})

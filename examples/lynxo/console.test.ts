import { isKeyText } from '@keywright/core'
import type { Key } from '@keywright/sdk'
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../../e2e/support/browser.ts'
import { bodyOf, type ProblemBody } from '../../e2e/support/calls.ts'
import { openAs, type Present } from '../../e2e/support/console.ts'
import { createKey } from '../../e2e/support/operating.ts'
import { type System, startSystem } from './testing.ts'

/** Makes a key on the page, as a customer does, and answers its secret, which the browser copied. */
async function createOnPage(page: Page, name: string, environment: string, access: string): Promise<string> {
  await page.getByRole('button', { name: 'Create New API Key' }).click()
  const dialog = page.getByRole('dialog', { name: 'Create New API Key' })
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByRole('radio', { name: environment }).check()
  await dialog.getByRole('radio', { name: access }).check()
  await dialog.getByRole('button', { name: 'Create New API Key' }).click()
  const shown = page.getByRole('alertdialog')
  await shown.getByRole('button', { name: 'Copy key' }).click()
  await shown.getByRole('button', { name: 'Copied' }).waitFor()
  const secret = await page.evaluate(() => navigator.clipboard.readText())
  await shown.getByRole('button', { name: 'Done' }).click()
  await shown.waitFor({ state: 'detached' })
  return secret
}

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('in a browser', () => {
  let system: System
  let browser: Browser
  let ada: Present

  beforeAll(async () => {
    system = await startSystem()
    browser = await openBrowser()
    ada = await openAs(browser, system, 'Ada')
    await ada.page.goto(system.url)
  })

  describe('LYN-1: Developers → API Keys → Create New API Key', () => {
    test('a descriptive name, permissions and scopes; the key is shown once, and works', async () => {
      const { page, faults } = ada
      const navigation = page.getByRole('navigation', { name: 'Main navigation' })
      expect(await navigation.textContent()).toMatch(/^Developers.*API Keys/)
      await navigation.getByRole('link', { name: 'API Keys' }).click()
      const secret = await createOnPage(page, 'Careers page jobs feed', 'Production', 'Read Only')
      expect(isKeyText(secret)).toBe(true)
      expect((await system.api('production', secret)('GET', '/v1/jobs')).status).toBe(200)
      await page.getByRole('row', { name: /Careers page jobs feed/ }).waitFor()
      expect(await page.content()).not.toContain(secret)
      expect(faults).toEqual([])
    })

    test('Custom scopes are chosen for each resource, and hold', async () => {
      const { page } = ada
      await page.getByRole('button', { name: 'Create New API Key' }).click()
      const dialog = page.getByRole('dialog', { name: 'Create New API Key' })
      await dialog.getByLabel('Name').fill('Jobs only')
      await dialog.getByRole('radio', { name: 'Development' }).check()
      await dialog.getByRole('radio', { name: 'Custom' }).check()
      await dialog.getByRole('radiogroup', { name: 'Jobs' }).getByRole('radio', { name: 'Read', exact: true }).check()
      await dialog.getByText('Can read Jobs. Cannot do anything else.').waitFor()
      await dialog.getByRole('button', { name: 'Create New API Key' }).click()
      const shown = page.getByRole('alertdialog')
      await shown.getByRole('button', { name: 'Copy key' }).click()
      await shown.getByRole('button', { name: 'Copied' }).waitFor()
      const api = system.api('development', await page.evaluate(() => navigator.clipboard.readText()))
      await shown.getByRole('button', { name: 'Done' }).click()
      expect((await api('GET', '/v1/jobs')).status).toBe(200)
      expect((await api('POST', '/v1/jobs', { body: { title: 'Welder' } })).status).toBe(403)
      expect((await api('POST', '/v1/integrations/crm/sync')).status).toBe(403)
    })
  })

  describe('LYN-5: revoking asks for confirmation and is final', () => {
    test('the dialog says what follows; cancelling changes nothing, confirming acts at once and for good', async () => {
      const { page, account } = ada
      const key = await createKey(system.operator, account, {
        name: 'To be revoked',
        environment: 'production',
        preset: 'read-only',
      })
      const api = system.api('production', key.secret)
      const menu = page.getByRole('button', { name: 'Actions for To be revoked' })
      await menu.click()
      await page.getByRole('menuitem', { name: 'Revoke' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText('The key stops working at once and cannot be restored.', { exact: false }).waitFor()
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      expect((await api('GET', '/v1/jobs')).status).toBe(200)

      await menu.click()
      await page.getByRole('menuitem', { name: 'Revoke' }).click()
      await dialog.getByRole('button', { name: 'Revoke' }).click()
      await page
        .getByRole('row', { name: /To be revoked/ })
        // The name of the key has the word in it, too.
        .getByText('Revoked', { exact: true })
        .waitFor()
      expect((await api('GET', '/v1/jobs')).status).toBe(401)
      for (const action of ['reactivate', 'pause', 'rotate', 'revoke']) {
        const refused = await system.operator<ProblemBody>('POST', `/v1/keys/${key.id}/${action}`)
        expect([403, 409], `${action}: ${refused.text}`).toContain(refused.status)
      }
      expect((await bodyOf(system.operator<Key>('GET', `/v1/keys/${key.id}`))).state).toBe('revoked')
    })
  })

  describe('LYN-9: usage is tracked and displayed', () => {
    test("the key's page shows how often it was used and its newest checks; the account's log shows the changes", async () => {
      const { page, account } = ada
      const key = await createKey(system.operator, account, {
        name: 'Counted',
        environment: 'staging',
        preset: 'read-only',
      })
      const api = system.api('staging', key.secret)
      for (let call = 0; call < 3; call++) expect((await api('GET', '/v1/jobs')).status).toBe(200)
      expect((await api('POST', '/v1/jobs', { body: { title: 'Welder' } })).status).toBe(403)
      await page
        .getByRole('row', { name: /Counted/ })
        .getByText('Never used')
        .waitFor({ state: 'detached' })
      await page.getByRole('link', { name: 'Counted' }).click()
      await page.getByText('3 accepted and 1 refused', { exact: false }).waitFor()
      await page.getByRole('button', { name: 'View as table' }).click()
      await page.getByRole('table', { name: 'Requests with this key' }).waitFor()
      const newest = page.getByRole('row', { name: /jobs\.create/ })
      await newest.waitFor()
      await page.getByRole('link', { name: 'Activity' }).click()
      await page
        .getByText(/created.*Counted/)
        .first()
        .waitFor()
      await page
        .getByText(/revoked.*To be revoked/)
        .first()
        .waitFor()
    })
  })

  describe('LYN-12: the page and the help page advise', () => {
    test('environment variables, least permission, a key for each integration, descriptive names, a note of where it is used', async () => {
      const { page } = ada
      await page.goto(`${system.url}/accounts/${ada.account}/keys`)
      await page.getByRole('button', { name: 'Create New API Key' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Name').fill('test')
      await dialog.getByText('Use a name that says what the key is for', { exact: false }).waitFor()
      await dialog.getByText('Note the service and the place where this key is stored', { exact: false }).waitFor()
      await dialog.getByLabel('Name').fill('CRM Sync Production')
      await dialog
        .getByText('Use a name that says what the key is for', { exact: false })
        .waitFor({ state: 'detached' })
      await dialog.getByRole('button', { name: 'Cancel' }).click()

      await page.goto(`${system.url}/help`)
      const text = (await page.getByRole('main').textContent()) ?? ''
      for (const advice of [
        'Use environment variables',
        'only grant the minimum that is required',
        'Create a key for each integration',
        'Name keys descriptively',
        'keep a note of which key is used where',
      ])
        expect(text).toContain(advice)
      for (const href of ['https://lynxo.example/docs/errors', 'https://lynxo.example/support'])
        expect(await page.locator(`a[href="${href}"]`).count(), href).toBeGreaterThan(0)
    })
  })
})

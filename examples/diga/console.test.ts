import type { Key } from '@keywright/sdk'
import type { Browser } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../../e2e/support/browser.ts'
import { bodyOf, callsWith, type ProblemBody } from '../../e2e/support/calls.ts'
import { ask, openAs, type Present } from '../../e2e/support/console.ts'
import { createKey } from '../../e2e/support/operating.ts'
import { chooseLevel, createOnPage } from './key-form.testing.ts'
import { type System, startSystem } from './testing.ts'

const notEditable =
  'The permissions of a key cannot be changed. Delete the key and create a new one with those that you need.'
const advice = 'Avoid unrestricted keys: they reach every resource.'

/** The resources by group, as a person reads them. */
const groups: Readonly<Record<string, readonly string[]>> = {
  Communication: ['Calls', 'Messages', 'Transcriptions', 'Recordings'],
  'Agent configuration': [
    'Agents',
    'Conversational paths',
    'Knowledge bases',
    'Tools',
    'Voices',
    'Integrations',
    'Webhooks',
  ],
  'Contacts and data': ['Contacts', 'Statistics', 'Verifications'],
  Administration: ['Phones', 'Members', 'Billing', 'API Keys', 'Notifications'],
}

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('in a browser', () => {
  let system: System
  let browser: Browser
  let ada: Present
  const keysPage = (): string => `${system.url}/accounts/${ada.account}/keys`
  const newKey = (name: string, permissions: readonly string[] | null) =>
    createKey(system.operator, ada.account, {
      name,
      grant: permissions === null ? 'unrestricted' : { permissions: [...permissions] },
    })

  beforeAll(async () => {
    system = await startSystem()
    browser = await openBrowser()
    ada = await openAs(browser, system, 'Ada', { role: 'administrator' })
  })

  describe('DIG-2: the table shows name, key id, masked key, creation date and permissions', () => {
    test('of a restricted and of an unrestricted key', async () => {
      const { page, faults } = ada
      const keys = { Restricted: await newKey('CRM_Query', ['calls.view']), Unrestricted: await newKey('Script', null) }
      await page.goto(keysPage())
      for (const [permissions, key] of Object.entries(keys)) {
        const row = page.getByRole('row', { name: new RegExp(key.name ?? '') })
        await row.getByText(key.id).waitFor()
        const masked = (await row.locator('[data-column="preview"]').textContent()) ?? ''
        expect(masked).toMatch(new RegExp(`^diga_.*${key.secret.slice(-4)}$`))
        expect(key.secret).not.toContain(masked)
        await row.getByText(permissions, { exact: false }).first().waitFor()
        const date = await row.locator('[data-column="created"] time').getAttribute('datetime')
        expect(date).toBe(key.createdAt)
        expect(await page.content()).not.toContain(key.secret)
      }
      const headings = await page.getByRole('table').getByRole('columnheader').allTextContents()
      expect(headings).toEqual(['Name', 'ID', 'Key', 'Created', 'Permissions', 'Actions'])
      expect(faults).toEqual([])
    })
  })

  describe('DIG-3: unrestricted, or No access, Read or Write for each of 19 resources', () => {
    test('without “Restrict key” the key reaches everything', async () => {
      const { page } = ada
      const secret = await createOnPage(page, 'Infrastructure', async (dialog) => {
        expect(await dialog.getByRole('switch', { name: 'Restrict key' }).isChecked()).toBe(false)
        expect(await dialog.getByRole('radiogroup').count()).toBe(0)
      })
      const api = system.api(secret)
      for (const path of ['calls', 'billing', 'api-keys']) expect((await api('GET', `/v1/${path}`)).status).toBe(200)
      expect((await api('POST', '/v1/phones/purchase', { body: {} })).status).toBe(201)
    })

    test('the toggle opens the table: four groups, 19 resources, three levels each; what is chosen holds', async () => {
      const { page, faults } = ada
      const secret = await createOnPage(page, 'Booking_App', async (dialog) => {
        await dialog.getByRole('switch', { name: 'Restrict key' }).check()
        const table = dialog.getByRole('table', { name: 'Access to each resource' })
        await table.waitFor()
        const columns = await table.getByRole('columnheader').allTextContents()
        expect(columns).toEqual(['Resource', 'No access', 'Read', 'Write', 'Custom'])
        expect(await table.getByRole('radiogroup').count()).toBe(19)
        expect(Object.values(groups).flat()).toHaveLength(19)
        for (const [group, resources] of Object.entries(groups)) {
          const body = table.locator('tbody').filter({ has: page.getByRole('rowheader', { name: group, exact: true }) })
          const names = await body
            .locator('th[scope="row"]')
            .evaluateAll((cells) => cells.map((cell) => cell.firstChild?.textContent))
          expect(names).toEqual(resources)
        }
        for (const level of ['No access', 'Read', 'Write'])
          expect(await table.getByRole('radio', { name: level, exact: true }).count(), level).toBe(19)
        expect(await table.getByRole('radio', { name: 'No access', checked: true }).count()).toBe(19)
        await dialog.getByText('0 of 19 resources').waitFor()
        await chooseLevel(dialog, 'Contacts', 'Read')
        await chooseLevel(dialog, 'Calls', 'Write')
        await chooseLevel(dialog, 'Billing', 'Read')
        await chooseLevel(dialog, 'Billing', 'No access')
        await dialog.getByText('Can read Contacts. Can read and change Calls. Cannot do anything else.').waitFor()
      })
      const api = system.api(secret)
      const asked = [
        ['GET', 'contacts', 200],
        ['POST', 'contacts', 403],
        ['GET', 'calls', 200],
        ['POST', 'calls', 201],
        ['GET', 'billing', 403],
        ['GET', 'messages', 403],
      ] as const
      for (const [method, path, status] of asked)
        expect((await api(method, `/v1/${path}`, method === 'GET' ? {} : { body: {} })).status, path).toBe(status)
      await page.getByRole('row', { name: /Booking_App.*Restricted · 2 resources/ }).waitFor()
      expect(faults).toEqual([])
    })
  })

  describe('DIG-6: Delete, from the actions of the row, confirmed in a modal by clicking Delete', () => {
    test('is the only action; nothing is typed; the key stops at once and is gone', async () => {
      const { page, faults } = ada
      const key = await newKey('Old_Integration', ['calls.view'])
      const api = system.api(key.secret)
      const menu = page.getByRole('button', { name: 'Actions for Old_Integration' })
      await menu.click()
      await page.getByRole('menuitem').first().waitFor()
      expect(await page.getByRole('menuitem').allTextContents()).toEqual(['Delete'])
      await page.getByRole('menuitem', { name: 'Delete' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText('Applications that use the key lose access at once.', { exact: false }).waitFor()
      expect(await dialog.getByRole('textbox').count()).toBe(0)
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      await dialog.waitFor({ state: 'detached' })
      expect((await api('GET', '/v1/calls')).status).toBe(200)

      await menu.click()
      await page.getByRole('menuitem', { name: 'Delete' }).click()
      await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
      await page.getByRole('row', { name: /Old_Integration/ }).waitFor({ state: 'detached' })
      expect((await api('GET', '/v1/calls')).status).toBe(401)
      expect((await system.operator('GET', `/v1/keys/${key.id}`)).status).toBe(404)
      expect(faults).toEqual([])
    })

    test('no other action exists over HTTP either: for administrators, or for keys that manage keys', async () => {
      const key = await newKey('Kept', ['calls.view'])
      const manager = await newKey('Infrastructure_Manager', null)
      const calls = callsWith(system.url, manager.secret)
      for (const action of ['revoke', 'pause', 'reactivate', 'rotate']) {
        const path = `/v1/keys/${key.id}/${action}`
        const body = action === 'rotate' ? { overlapSeconds: 0 } : {}
        expect((await ask(ada.page, 'POST', path, body)).status, action).toBe(403)
        expect((await calls('POST', path, { body })).status, action).toBe(403)
      }
      expect(await bodyOf(system.operator<Key>('GET', `/v1/keys/${key.id}`))).toMatchObject({ state: 'active' })
      expect((await system.api(key.secret)('GET', '/v1/calls')).status).toBe(200)
    })
  })

  describe('DIG-7: permissions cannot be edited after creation', () => {
    test('the page says to delete the key and create a new one: when it is made, where it is shown, where it is edited', async () => {
      const { page, faults } = ada
      const key = await newKey('Fixed', ['calls.view'])
      await page.goto(keysPage())
      await page.getByRole('button', { name: 'Create API Key' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('switch', { name: 'Restrict key' }).check()
      await dialog.getByText(notEditable).waitFor()
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      await page.getByRole('link', { name: 'Fixed' }).click()
      await page.getByRole('heading', { level: 1, name: 'Fixed' }).waitFor()
      await page.getByText(notEditable).waitFor()
      await page.getByRole('button', { name: 'Edit' }).click()
      await dialog.getByText(notEditable).waitFor()
      for (const role of ['switch', 'radio', 'table'] as const)
        expect(await dialog.getByRole(role).count(), role).toBe(0)
      await dialog.getByLabel('Name').fill('Fixed_Name')
      await dialog.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('heading', { level: 1, name: 'Fixed_Name' }).waitFor()
      const read = await bodyOf(system.operator<Key>('GET', `/v1/keys/${key.id}`))
      expect(read.grant).toEqual({ permissions: ['calls.view'] })
      expect(faults).toEqual([])
    })

    test('neither can anyone edit them over HTTP', async () => {
      const key = await newKey('Fixed_Too', ['calls.view'])
      const grants = [{ permissions: ['calls.view', 'calls.create'] }, { permissions: [] }, 'unrestricted']
      for (const grant of grants) {
        const body = { grant }
        const refused = await system.operator<ProblemBody>('PATCH', `/v1/keys/${key.id}`, { body })
        expect([refused.status, refused.body.code]).toEqual([403, 'grant_not_editable'])
        const asked = await ask(ada.page, 'PATCH', `/v1/keys/${key.id}`, body)
        expect([asked.status, asked.body?.['code']]).toEqual([403, 'grant_not_editable'])
      }
      const api = system.api(key.secret)
      expect([(await api('GET', '/v1/calls')).status, (await api('POST', '/v1/calls')).status]).toEqual([200, 403])
    })
  })

  describe('DIG-9: good names, no limit, rotating, no unrestricted keys, none shared between environments', () => {
    test('a vague name gets advice with good examples, a good one does not', async () => {
      const { page } = ada
      await page.goto(keysPage())
      await page.getByRole('button', { name: 'Create API Key' }).click()
      const dialog = page.getByRole('dialog')
      const text = dialog.getByText('Name the key after the application', { exact: false })
      for (const name of ['test', 'API key']) {
        await dialog.getByLabel('Name').fill(name)
        await text.waitFor()
        expect(await text.textContent()).toContain('CRM_Query, Booking_App')
        await dialog.getByLabel('Name').fill('CRM_Query')
        await text.waitFor({ state: 'detached' })
      }
      await dialog.getByRole('button', { name: 'Cancel' }).click()
    })

    test('an unrestricted key is advised against where it is chosen and where it is listed', async () => {
      const { page, faults } = ada
      await newKey('Everything', null)
      await newKey('Little', ['calls.view'])
      await page.goto(keysPage())
      await page.getByRole('button', { name: 'Create API Key' }).click()
      const dialog = page.getByRole('dialog')
      const warning = dialog.getByText(advice, { exact: false })
      await warning.waitFor()
      await dialog.getByRole('switch', { name: 'Restrict key' }).check()
      await warning.waitFor({ state: 'detached' })
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      await dialog.waitFor({ state: 'detached' })

      const permissionsOf = (name: string) =>
        page.getByRole('row', { name: new RegExp(name) }).locator('[data-column="permissions"]')
      expect(await permissionsOf('Everything').textContent()).toContain(advice)
      expect(await permissionsOf('Everything').locator('svg').isVisible()).toBe(true)
      expect(await permissionsOf('Little').textContent()).not.toContain(advice)
      expect(await permissionsOf('Little').locator('svg').count()).toBe(0)
      await page
        .getByRole('region', { name: 'Worth a look' })
        .getByText(/are unrestricted/)
        .click()
      await page.getByRole('row', { name: /Little/ }).waitFor({ state: 'detached' })
      await permissionsOf('Everything').getByRole('button').click()
      await dialog.getByText(advice, { exact: false }).waitFor()
      await dialog.getByRole('button', { name: 'Close' }).click()
      expect(faults).toEqual([])
    })

    test('there is no limit on keys, which the help page says, with the rest of the advice', async () => {
      const { page } = ada
      const [{ activeKeysMax }, { cap }] = [
        (await bodyOf(system.operator<{ inForce: { activeKeysMax: null } }>('GET', `/v1/accounts/${ada.account}`)))
          .inForce,
        await bodyOf(system.operator<{ cap: { max: null } }>('GET', `/v1/accounts/${ada.account}/keys/summary`)),
      ]
      expect([activeKeysMax, cap.max]).toEqual([null, null])
      const many = await Promise.all(Array.from({ length: 101 }, (_, index) => newKey(`Unit_${index}`, ['calls.view'])))
      expect((await system.api(many.at(-1)?.secret ?? '')('GET', '/v1/calls')).status).toBe(200)

      await page.goto(`${system.url}/help`)
      const text = (await page.getByRole('main').textContent()) ?? ''
      for (const said of [
        'There is no limit on the number of keys of your project.',
        'CRM_Query',
        advice,
        'Restrict every key to the resources and levels that its application needs.',
        'Exchange keys from time to time: create a new one, put it in place, delete the old one.',
        'Do not share a key between environments',
      ])
        expect(text).toContain(said)
    })
  })
})

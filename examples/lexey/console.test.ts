import type { Key } from '@keywright/sdk'
import type { Browser, Locator, Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../../e2e/support/browser.ts'
import { bodyOf, type ProblemBody } from '../../e2e/support/calls.ts'
import { openAs, type Present } from '../../e2e/support/console.ts'
import { createAccount, createKey } from '../../e2e/support/operating.ts'
import { config } from './keywright.config.ts'
import { beginRevoking, createOnPage } from './on-page.ts'
import { askChat, paths, type System, startSystem } from './testing.ts'

/** What each role of the configuration may do with keys. */
const roles: Readonly<Record<string, boolean>> = { admin: true, manager: true, agent: false, viewer: false }

const keysPage = (system: System, account: string): string => `${system.url}/accounts/${account}/keys`

const rowOf = (page: Page, label: string | RegExp): Locator => page.getByRole('row', { name: label })

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

  describe('LEX-2: API Keys in the top bar → Create Key → type → optional label → copied at once', () => {
    test('a customer key with a label and a management key without one; both work where they should', async () => {
      const { page, faults } = ada
      const navigation = page.getByRole('banner').getByRole('navigation', { name: 'Main navigation' })
      await navigation.getByRole('link', { name: 'API Keys' }).click()
      await page.getByRole('heading', { level: 1, name: 'API Keys' }).waitFor()

      const customer = await createOnPage(page, { type: 'Customer', label: 'Shop window' })
      expect(customer).toMatch(/^lxc_[0-9A-Za-z]{38}$/)
      await rowOf(page, /Shop window/).waitFor()
      expect((await askChat(system.api(customer))).status).toBe(200)

      const management = await createOnPage(page, { type: 'Management' })
      expect(management).toMatch(/^lxm_[0-9A-Za-z]{38}$/)
      await rowOf(page, new RegExp(`No name.*${management.slice(-4)}|${management.slice(-4)}.*No name`)).waitFor()
      expect((await system.api(management)('GET', paths.management)).status).toBe(200)
      expect(faults).toEqual([])
    })

    test('the type has to be chosen; the label may be left out; nothing else is asked before the key is made', async () => {
      const { page } = ada
      await page.getByRole('button', { name: 'Create Key' }).click()
      const dialog = page.getByRole('dialog', { name: 'Create Key' })
      const types = dialog.getByRole('radiogroup', { name: 'key type' })
      expect(await types.getByRole('radio').count()).toBe(2)
      for (const type of ['Customer', 'Management'])
        expect(await types.getByRole('radio', { name: type }).isChecked(), type).toBe(false)
      expect(await dialog.getByRole('textbox', { name: 'Label (optional)' }).getAttribute('required')).toBeNull()
      expect(await dialog.getByRole('textbox').count()).toBe(1)
      await dialog.getByRole('button', { name: 'Create Key' }).click()
      await dialog.getByText('Choose a key type.').first().waitFor()
      expect(await page.getByRole('alertdialog').count()).toBe(0)
      await dialog.getByRole('button', { name: 'Cancel' }).click()
    })

    test('the window with the key has the button that copies it under the finger, and asks before it closes uncopied', async () => {
      const { page } = ada
      await page.getByRole('button', { name: 'Create Key' }).click()
      const dialog = page.getByRole('dialog', { name: 'Create Key' })
      await dialog.getByRole('radio', { name: 'Customer' }).check()
      await dialog.getByRole('button', { name: 'Create Key' }).click()
      const shown = page.getByRole('alertdialog', { name: 'Copy the key now' })
      const copy = shown.getByRole('button', { name: 'Copy key' })
      await expect.poll(() => copy.evaluate((button) => button === document.activeElement)).toBe(true)
      await shown.getByRole('button', { name: 'Done' }).click()
      await shown.getByRole('button', { name: 'Close anyway' }).waitFor()
      await shown.getByRole('alert').getByRole('button').first().click()
      await copy.click()
      await shown.getByRole('button', { name: 'Copied' }).waitFor()
      expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^lxc_[0-9A-Za-z]{38}$/)
      await shown.getByRole('button', { name: 'Done' }).click()
      await shown.waitFor({ state: 'detached' })
    })
  })

  describe('LEX-5: the list has the active keys, masked but for the last four characters, with label and creation date', () => {
    test('three columns, and a row for each active key', async () => {
      const { id: account } = await createAccount(system.operator, 'Listed')
      const grace = await openAs(browser, system, 'Grace', { account, role: 'manager' })
      const { page } = grace
      const made = [
        await createKey(system.operator, account, { type: 'customer', name: 'Shop window' }),
        await createKey(system.operator, account, { type: 'management', name: 'Back office' }),
      ]
      const gone = await createKey(system.operator, account, { type: 'customer', name: 'Long gone' })
      await bodyOf(system.operator('POST', `/v1/keys/${gone.id}/revoke`))
      await page.goto(keysPage(system, account))
      await rowOf(page, /Shop window/).waitFor()
      expect(await page.getByRole('columnheader').allTextContents()).toEqual(['Key', 'Label', 'Created', 'Actions'])
      expect(await page.getByRole('table').locator('tbody tr').count()).toBe(2)
      expect(await page.getByRole('main').textContent()).not.toContain('Long gone')

      for (const { name, secret, createdAt } of made) {
        const row = rowOf(page, new RegExp(name ?? ''))
        const masked = `${secret.slice(0, 4)}${'•'.repeat(8)}${secret.slice(-4)}`
        expect(await row.getByText(masked, { exact: true }).count()).toBe(1)
        const moment = row.locator('time')
        expect(Date.parse((await moment.getAttribute('datetime')) ?? '')).toBe(Date.parse(createdAt))
        const text = (await row.textContent()) ?? ''
        for (let start = 4; start < secret.length - 5; start++)
          expect(text).not.toContain(secret.slice(start, start + 5))
      }

      // Nothing on the page leads to the revoked one: no other state can be chosen.
      expect(await page.getByRole('group', { name: 'Status' }).count()).toBe(0)
      // A search does not bring it back either.
      await page.getByRole('searchbox').fill('Long gone')
      await rowOf(page, /Shop window/).waitFor({ state: 'detached' })
      expect(await page.getByRole('row', { name: /Long gone/ }).count()).toBe(0)
      const { items } = await bodyOf(system.operator<{ items: readonly Key[] }>('GET', `/v1/accounts/${account}/keys`))
      expect(items.map(({ name }) => String(name)).sort()).toEqual(['Back office', 'Shop window'])
      expect(grace.faults).toEqual([])
      await grace.context.close()
    })
  })

  describe('LEX-6: revoking is a soft delete, and final', () => {
    test('it asks; then the key is refused at once, leaves the list, and nothing brings it back', async () => {
      const { page, account } = ada
      const key = await createKey(system.operator, account, { type: 'customer', name: 'To be revoked' })
      const api = system.api(key.secret)
      await page.goto(keysPage(system, account))
      await beginRevoking(page, 'To be revoked')
      const dialog = page.getByRole('dialog')
      await dialog.getByText('Requests with this key are refused from now on.', { exact: false }).waitFor()
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      expect((await askChat(api)).status).toBe(200)

      await beginRevoking(page, 'To be revoked')
      await dialog.getByRole('button', { name: 'Revoke' }).click()
      await rowOf(page, /To be revoked/).waitFor({ state: 'detached' })
      expect((await askChat(api)).status).toBe(401)

      await page.goto(`${keysPage(system, account)}/${key.id}`)
      await page.getByRole('heading', { level: 1, name: 'To be revoked' }).waitFor()
      for (const action of ['Reactivate', 'Rotate', 'Delete', 'Edit'])
        expect(await page.getByRole('button', { name: action, exact: true }).count(), action).toBe(0)
      const again = page.getByRole('button', { name: 'Revoke', exact: true })
      expect(await again.getAttribute('aria-disabled')).toBe('true')

      for (const action of ['reactivate', 'pause', 'rotate', 'revoke']) {
        const path = `/v1/keys/${key.id}/${action}`
        const refused = await system.operator<ProblemBody>('POST', path)
        expect([403, 409], `${action}: ${refused.text}`).toContain(refused.status)
      }
      const body = { name: 'Another label' }
      expect((await system.operator('PATCH', `/v1/keys/${key.id}`, { body })).status).toBeGreaterThanOrEqual(400)
      expect((await askChat(api)).status).toBe(401)
      // Soft: the record is still there, and says so.
      const kept = await bodyOf(system.operator<Key>('GET', `/v1/keys/${key.id}`))
      expect(kept).toMatchObject({ state: 'revoked', name: 'To be revoked' })
    })
  })

  describe('LEX-7: Admin and Manager create, view and revoke; every other role may not even view', () => {
    test('every role of the configuration is tried here', () => {
      expect(Object.keys(roles)).toEqual(config.roles?.map(({ id }) => id))
    })

    const able = Object.keys(roles).filter((role) => roles[role])
    const unable = Object.keys(roles).filter((role) => !roles[role])

    /** Asks the management API as someone, as their own browser could. */
    const asks = ({ context, account }: Present) => {
      const headers = { 'Keywright-Acting': account, Origin: new URL(system.url).origin }
      return async (method: string, path: string, data?: object) => {
        const options = data === undefined ? { method, headers } : { method, headers, data }
        const response = await context.request.fetch(`${system.url}${path}`, options)
        const { request_id: _, ...body } = (await response.json().catch(() => ({}))) as Record<string, unknown>
        return { status: response.status(), body }
      }
    }

    test.each(able)('%s creates, views and revokes, on the page and over HTTP', async (role) => {
      const { id: account } = await createAccount(system.operator, `Of ${role}`)
      const someone = await openAs(browser, system, `Able${role}`, { account, role })
      const { page, faults, context } = someone
      await page.goto(keysPage(system, account))
      const secret = await createOnPage(page, { type: 'Customer', label: 'By hand' })
      await rowOf(page, /By hand/).waitFor()
      expect((await askChat(system.api(secret))).status).toBe(200)
      await page.getByRole('link', { name: /By hand/ }).click()
      await page.getByRole('heading', { level: 1, name: 'By hand' }).waitFor()
      await page.goBack()
      await beginRevoking(page, 'By hand')
      await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
      await rowOf(page, /By hand/).waitFor({ state: 'detached' })
      expect((await askChat(system.api(secret))).status).toBe(401)

      const ask = asks(someone)
      const made = await ask('POST', `/v1/accounts/${account}/keys`, { type: 'management' })
      expect(made.status).toBe(201)
      const id = String(made.body['id'])
      expect((await ask('GET', `/v1/keys/${id}`)).status).toBe(200)
      const listed = await ask('GET', `/v1/accounts/${account}/keys`)
      expect((listed.body['items'] as readonly Key[]).map((key) => key.id)).toEqual([id])
      expect(await ask('POST', `/v1/keys/${id}/revoke`, {})).toMatchObject({ status: 200, body: { state: 'revoked' } })
      expect(faults).toEqual([])
      await context.close()
    })

    test.each(unable)('%s sees neither the page nor a key, and changes none', async (role) => {
      const { id: account } = await createAccount(system.operator, `Of ${role}`)
      const key = await createKey(system.operator, account, { type: 'customer', name: 'Shop window' })
      const someone = await openAs(browser, system, `Unable${role}`, { account, role })
      const { page, context } = someone
      const received: string[] = []
      page.on('response', async (response) => {
        if (response.url().includes('/v1/')) received.push(await response.text().catch(() => ''))
      })
      await page.goto(keysPage(system, account))
      await page.getByText('This page is not part of your role').waitFor()
      expect(await page.getByRole('navigation').first().textContent()).not.toContain('API Keys')
      expect(await page.getByRole('button', { name: 'Create Key' }).count()).toBe(0)
      await page.goto(`${keysPage(system, account)}/${key.id}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      expect(await page.content()).not.toContain('Shop window')
      await page.goto(`${system.url}/accounts/${account}/activity`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      expect(await page.content()).not.toContain('Shop window')
      expect(received.length).toBeGreaterThan(2)
      for (const part of ['Shop window', key.masked, key.id]) expect(received.join('\n')).not.toContain(part)

      const ask = asks(someone)
      const within = `/v1/accounts/${account}`
      for (const path of ['keys', 'keys/summary', 'notices', 'changes'])
        expect((await ask('GET', `${within}/${path}`)).status, path).toBe(403)
      expect((await ask('GET', '/v1/events')).status).toBe(403)
      expect((await ask('POST', `${within}/keys`, { type: 'customer' })).status).toBe(403)
      expect((await ask('POST', `${within}/keys/find`, { secret: key.secret })).status).toBe(403)
      // A key that is there looks like one that never was.
      const absent = `key_${'0'.repeat(20)}`
      for (const [method, rest, data] of [
        ['GET', ''],
        ['GET', '/usage'],
        ['GET', '/activity'],
        ['GET', '/events'],
        ['PATCH', '', { name: 'Mine' }],
        ['POST', '/revoke', {}],
        ['DELETE', ''],
      ] as const) {
        const [existing, missing] = [
          await ask(method, `/v1/keys/${key.id}${rest}`, data),
          await ask(method, `/v1/keys/${absent}${rest}`, data),
        ]
        expect(existing, `${method} ${rest}`).toEqual(missing)
        expect([403, 404]).toContain(existing.status)
      }
      expect((await askChat(system.api(key.secret))).status, 'nobody has revoked it').toBe(200)
      await context.close()
    })
  })
})

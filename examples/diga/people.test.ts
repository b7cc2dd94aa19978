import type { Browser } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../../e2e/support/browser.ts'
import { ask, openAs, openProfile, type Present } from '../../e2e/support/console.ts'
import { createKey } from '../../e2e/support/operating.ts'
import { chooseLevel, createOnPage } from './key-form.testing.ts'
import { config } from './keywright.config.ts'
import { type System, startSystem } from './testing.ts'

const roles = ['administrator', 'member', 'reader'] as const
type Role = (typeof roles)[number]
const labels: Readonly<Record<Role, string>> = { administrator: 'Administrator', member: 'Member', reader: 'Reader' }

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('people in a browser', () => {
  let system: System
  let browser: Browser
  let ada: Present

  beforeAll(async () => {
    system = await startSystem()
    browser = await openBrowser()
    ada = await openAs(browser, system, 'Ada', { role: 'administrator' })
    await createKey(system.operator, ada.account, { name: 'Night_Shift' })
  })

  const newcomer: Readonly<Record<Role, string>> = { administrator: 'Alan', member: 'Mary', reader: 'Rhea' }
  const joins = (role: Role): Promise<Present> =>
    openAs(browser, system, newcomer[role], { account: ada.account, role })

  describe('DIG-1: only project administrators create, view and manage keys; a Team page shows roles', () => {
    const people = new Map<Role, Present>()
    beforeAll(async () => {
      for (const role of roles) people.set(role, await joins(role))
    })
    const presentAs = (role: Role): Present => people.get(role) as Present

    test('these are all the roles that there are', () => {
      expect(config.roles?.map(({ id, label }) => [id, label])).toEqual(Object.entries(labels))
    })

    test.each(roles)('%s in the browser', async (role) => {
      const { page, account, faults } = presentAs(role)
      const answers: Promise<string>[] = []
      page.on('response', (response) => {
        if (response.url().includes('/v1/')) answers.push(response.text().catch(() => ''))
      })
      await page.goto(`${system.url}/accounts/${account}/keys`)
      const navigation = page.getByRole('navigation', { name: 'Main navigation' })
      const link = navigation.getByRole('link', { name: 'API Keys' })
      if (role === 'administrator') {
        await page.getByRole('row', { name: /Night_Shift/ }).waitFor()
        await link.waitFor()
        await createOnPage(page, 'Booking_App')
        await page.getByRole('button', { name: 'Actions for Booking_App' }).waitFor()
      } else {
        await page.getByText('This page is not part of your role').waitFor()
        await page.getByText('It can be seen by: Administrator.').waitFor()
        await navigation.getByRole('link', { name: 'Team' }).waitFor()
        expect(await link.count()).toBe(0)
        expect(await page.getByRole('button', { name: 'Create API Key' }).count()).toBe(0)
        expect((await Promise.all(answers)).join('\n')).not.toContain('Night_Shift')
      }
      expect(faults).toEqual([])
    })

    test.each(roles)('%s over HTTP', async (role) => {
      const { page, account } = presentAs(role)
      await page.goto(`${system.url}/accounts/${account}/team`)
      const target = await createKey(system.operator, account, { name: 'Target' })
      const keys = `/v1/accounts/${account}/keys`
      const requests = [
        ['GET', keys, undefined, 200],
        ['GET', `${keys}/summary`, undefined, 200],
        ['POST', `${keys}/find`, { secret: target.secret }, 200],
        ['POST', keys, { name: 'Made' }, 201],
        ['GET', `/v1/keys/${target.id}`, undefined, 200],
        ['GET', `/v1/keys/${target.id}/activity`, undefined, 200],
        ['PATCH', `/v1/keys/${target.id}`, { name: 'Renamed' }, 200],
        ['DELETE', `/v1/keys/${target.id}`, undefined, 204],
      ] as const
      for (const [method, path, body, granted] of requests) {
        const { status } = await ask(page, method, path, body)
        if (role === 'administrator') expect(status, `${method} ${path}`).toBe(granted)
        else expect([403, 404], `${method} ${path}: ${status}`).toContain(status)
      }
      const after = await system.operator('GET', `/v1/keys/${target.id}`)
      if (role === 'administrator') expect(after.status).toBe(404)
      else expect(after.body).toMatchObject({ name: 'Target', state: 'active' })
    })

    test.each(roles)('the Team page shows %s who has which role, and what each may do', async (role) => {
      const { page, account, person } = presentAs(role)
      await page.goto(`${system.url}/accounts/${account}/team`)
      for (const [id, label] of Object.entries(labels) as [Role, string][])
        await page
          .getByRole('table', { name: 'Members' })
          .getByRole('row', { name: new RegExp(`${newcomer[id]}.*${label}`) })
          .waitFor()
      await page.getByRole('row', { name: new RegExp(`${person.name}.*You`) }).waitFor()
      const table = page.getByRole('table', { name: 'What each role may do' })
      expect(await table.getByRole('columnheader').allTextContents()).toEqual(['Permission', ...Object.values(labels)])
      for (const row of [/^See/, /^Create/, /^Edit/, /^Delete/, /^Manage the team/])
        expect(
          await table.getByRole('row', { name: row }).getByRole('cell').locator('.visually-hidden').allTextContents(),
        ).toEqual(['Allowed', 'Not allowed', 'Not allowed'])
      const invite = page.getByRole('button', { name: 'Invite someone' })
      expect(await invite.getAttribute('aria-disabled')).toBe(role === 'administrator' ? null : 'true')
    })
  })
  describe('DIG-8: verbs behind levels, “Custom”, the last administrator, search and pages', () => {
    test('a set of verbs that fits no level reads Custom, and holds verb by verb', async () => {
      const { page, account } = ada
      await page.goto(`${system.url}/accounts/${account}/keys`)
      const secret = await createOnPage(page, 'Number_Buyer', async (dialog) => {
        await dialog.getByRole('switch', { name: 'Restrict key' }).check()
        await chooseLevel(dialog, 'Calls', 'Read')
        await chooseLevel(dialog, 'Phones', 'Custom')
        const verbs = dialog.getByRole('group', { name: 'What can be done with Phones' })
        const names = ['view', 'purchase', 'import', 'edit', 'delete']
        expect(await verbs.getByRole('checkbox').count()).toBe(names.length)
        for (const verb of ['purchase', 'import']) await verbs.getByRole('checkbox', { name: verb }).check()
        await dialog.getByText('Can purchase and import: Phones.').waitFor()
      })
      const call = system.api(secret)
      const statuses = async (requests: readonly (readonly [string, string])[]) =>
        Promise.all(
          requests.map(
            async ([method, path]) =>
              (await call(method, `/v1/${path}`, { body: method === 'GET' ? undefined : {} })).status,
          ),
        )
      expect(
        await statuses([
          ['POST', 'phones/purchase'],
          ['POST', 'phones/import'],
          ['GET', 'calls'],
        ]),
      ).toEqual([201, 201, 200])
      expect(
        await statuses([
          ['GET', 'phones'],
          ['PATCH', 'phones/sample'],
          ['DELETE', 'phones/sample'],
          ['POST', 'calls'],
        ]),
      ).toEqual([403, 403, 403, 403])

      await page
        .getByRole('row', { name: /Number_Buyer/ })
        .getByRole('button', { name: 'Restricted' })
        .click()
      const view = page.getByRole('dialog', { name: 'What the key may do' })
      await view.getByRole('row', { name: 'Phones Custom: purchase and import' }).waitFor()
      await view.getByRole('row', { name: 'Calls Read' }).waitFor()
      await view.getByRole('row', { name: 'Messages No access' }).waitFor()
    })

    test('the last administrator cannot be demoted, suspended, removed, or leave', async () => {
      const { page, account, faults } = await openAs(browser, system, 'Hana', { role: 'administrator' })
      const dialog = page.getByRole('dialog')
      const isRefused = async (step: string, before = async () => {}): Promise<void> => {
        await page.getByRole('button', { name: 'Actions for Hana' }).click()
        await page.getByRole('menuitem', { name: step }).click()
        await before()
        await dialog.getByRole('button', { name: step, exact: true }).click()
        expect(await dialog.getByRole('alert').textContent()).toMatch(/last active member/)
        await dialog.getByRole('button', { name: 'Cancel' }).click()
        await dialog.waitFor({ state: 'detached' })
      }
      await page.goto(`${system.url}/accounts/${account}/team`)
      for (const role of ['Member', 'Reader'])
        await isRefused('Change role', () => dialog.getByRole('radio', { name: role }).check())
      await isRefused('Suspend')
      await isRefused('Remove')
      await openProfile(page, system.url)
      await page.getByRole('button', { name: 'Leave Hana’s' }).click()
      await dialog.getByRole('button', { name: 'Leave', exact: true }).click()
      expect(await dialog.getByRole('alert').textContent()).toMatch(/last active Administrator/)
      expect((await ask(page, 'GET', '/v1/session')).body).toMatchObject({
        memberships: [{ account: { id: account }, role: 'administrator', state: 'active' }],
      })
      // With a second administrator the first may go.
      const second = await openAs(browser, system, 'Ines', { account, role: 'administrator' })
      await dialog.getByRole('button', { name: 'Leave', exact: true }).click()
      await page.getByText('You belong to none.').waitFor()
      expect([...faults, ...second.faults]).toEqual([])
    })

    test('keys are searched by name, and turned page by page', async () => {
      const { page, account, faults } = await openAs(browser, system, 'Paula', { role: 'administrator' })
      const names = Array.from({ length: 60 }, (_, index) => `Booking_App_${index + 1}`)
      for (const name of [...names, 'CRM_Query'])
        await createKey(system.operator, account, { name, grant: { permissions: [] } })
      await page.goto(`${system.url}/accounts/${account}/keys`)
      const rows = page.getByRole('row', { name: /Booking_App|CRM_Query/ })
      await page.getByText('1–50 of 61').waitFor()
      await expect.poll(() => rows.count()).toBe(50)
      await page.getByRole('button', { name: 'Next' }).click()
      await page.getByText('51–61 of 61').waitFor()
      await expect.poll(() => rows.count()).toBe(11)
      await page.getByRole('button', { name: 'Previous' }).click()
      await page.getByText('1–50 of 61').waitFor()

      await page.getByRole('searchbox', { name: 'Search by name' }).fill('crm_q')
      await page
        .getByRole('row', { name: /Booking_App/ })
        .first()
        .waitFor({ state: 'detached' })
      expect(await rows.count()).toBe(1)
      await page.getByRole('row', { name: /CRM_Query/ }).waitFor()
      await page.getByRole('searchbox', { name: 'Search by name' }).fill('nothing like it')
      await page.getByText('No key matches').waitFor()
      expect(faults).toEqual([])
    })
  })
})

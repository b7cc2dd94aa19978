import type { Browser, Locator, Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from './support/browser.ts'
import { openAs, type Present } from './support/console.ts'
import { type InProcess, serveInProcess } from './support/in-process.ts'
import { enter, gainsFocus, goTo, hasFocus, hears, unmarkedFocus } from './support/keyboard.ts'
import { createAccount, createKey } from './support/operating.ts'
import { rolesConfigFile } from './support/roles.config.ts'

const button = (within: Page | Locator, name: string | RegExp): Locator =>
  within.getByRole('button', { name, exact: typeof name === 'string' }).first()

/** Presses Tab a good while and holds that the focus never leaves a dialog. */
async function staysWithin(page: Page, dialog: Locator): Promise<void> {
  for (let stops = 0; stops < 25; stops++) {
    await page.keyboard.press('Tab')
    expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true)
  }
}

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('by keyboard alone', { timeout: 60_000 }, () => {
  let browser: Browser
  let served: InProcess

  beforeAll(async () => {
    served = await serveInProcess({
      config: rolesConfigFile,
      environment: { KEYWRIGHT_WEBHOOK_NETWORKS: '127.0.0.0/8' },
    })
    browser = await openBrowser()
  })

  /** Opens the keys of an account that has two, as someone of a role sees them. */
  async function openKeys(name: string, role = 'owner'): Promise<Present> {
    const { id } = await createAccount(served.operator, name)
    for (const key of ['Till', 'Warehouse sync']) await createKey(served.operator, id, { name: key, preset: 'reader' })
    const present = await openAs(browser, served, name, { account: id, role })
    await present.page.goto(`${served.url}/accounts/${id}/keys`)
    await present.page.getByText('Warehouse sync').first().waitFor()
    await gainsFocus(present.page.locator('[data-page-title]'))
    return present
  }

  test('a link that is seen only with the focus leads past the navigation', async () => {
    const { page, faults } = await openKeys('Ada')
    const skip = page.getByRole('link', { name: 'Skip to the content' })
    expect((await skip.boundingBox())?.y).toBeLessThan(0)
    await goTo(page, skip, 'Shift+Tab')
    expect((await skip.boundingBox())?.y).toBeGreaterThanOrEqual(0)
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.closest('main') !== null)).toBe(true)
    expect(faults).toEqual([])
  })

  test('a search and a filter say how much they find, and the filters give the focus back', async () => {
    const { page, faults } = await openKeys('Bea')
    await goTo(page, page.getByRole('searchbox'))
    await page.keyboard.type('Till')
    await hears(page, '1 key')
    const filter = button(page, /^Filter/)
    await enter(page, filter)
    const filters = page.getByRole('dialog')
    await goTo(page, filters.getByRole('checkbox', { name: 'Unrestricted' }))
    await page.keyboard.press('Space')
    await hears(page, '0 keys')
    await page.keyboard.press('Escape')
    await gainsFocus(filter)
    await enter(page, button(page, 'Clear filters'))
    await hears(page, '2 keys')
    expect(faults).toEqual([])
  })

  test('a key is revoked by its menu: arrows choose, the safe choice has the focus, and the way back is the menu’s button', async () => {
    const { page, faults } = await openKeys('Cleo')
    const menu = button(page, 'Actions for Till')
    const revoke = page.getByRole('menuitem', { name: 'Revoke' })
    const dialog = page.getByRole('dialog')
    await enter(page, menu)
    await goTo(page, revoke, 'ArrowDown')
    await page.keyboard.press('Escape')
    await gainsFocus(menu)

    await page.keyboard.press('Enter')
    await goTo(page, revoke, 'ArrowUp')
    await page.keyboard.press('Enter')
    await gainsFocus(button(dialog, 'Cancel'))
    await staysWithin(page, dialog)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await gainsFocus(menu)
    await page.getByRole('row', { name: /Till/ }).getByText('Active').waitFor()

    await page.keyboard.press('Enter')
    await goTo(page, revoke, 'ArrowDown')
    await page.keyboard.press('Enter')
    await enter(page, button(dialog, 'Revoke'))
    await hears(page, '“Till” is no longer accepted')
    await page.getByRole('row', { name: /Till/ }).getByText('Revoked').waitFor()
    await gainsFocus(menu)
    expect(faults).toEqual([])
  })

  test('a pause is told and undone', async () => {
    const { page, faults } = await openKeys('Dora')
    await enter(page, button(page, 'Actions for Till'))
    await goTo(page, page.getByRole('menuitem', { name: 'Pause' }), 'ArrowDown')
    await page.keyboard.press('Enter')
    await hears(page, '“Till” is now: Paused. It can be undone')
    await enter(page, button(page, 'Undo'))
    await hears(page, 'Undone: “Till”.')
    await page.getByRole('row', { name: /Till/ }).getByText('Active').waitFor()
    expect(faults).toEqual([])
  })

  test('a key is made with a level of each resource, and its secret stays until it is copied', async () => {
    const { page, faults } = await openKeys('Edna')
    const create = button(page, 'Create API key')
    await enter(page, create)
    const dialog = page.getByRole('dialog')
    await gainsFocus(dialog.getByLabel(/^Name/).first())
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await gainsFocus(create)

    await page.keyboard.press('Enter')
    await gainsFocus(dialog.getByLabel(/^Name/).first())
    await page.keyboard.press('Enter')
    await hears(page, 'One entry needs another look.')
    await gainsFocus(dialog.getByLabel(/^Name/).first())
    await staysWithin(page, dialog)
    await goTo(page, dialog.getByLabel(/^Name/).first())
    await page.keyboard.type('Night job')
    await goTo(page, dialog.getByRole('radio', { name: /^Reader/ }))
    const custom = dialog.getByRole('radio', { name: /^Custom/ }).first()
    await goTo(page, custom, 'ArrowDown')
    await page.keyboard.press('Space')
    const jobs = dialog.getByRole('radiogroup', { name: 'Jobs' })
    await goTo(page, jobs.getByRole('radio', { name: 'No access' }))
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    expect(await hasFocus(jobs.getByRole('radio', { name: 'Write' }))).toBe(true)
    expect(await jobs.getByRole('radio', { name: 'Write' }).isChecked()).toBe(true)
    await page.keyboard.press('Enter')

    const shown = page.getByRole('alertdialog')
    const copy = button(shown, 'Copy key')
    await gainsFocus(copy)
    await staysWithin(page, shown)
    await page.keyboard.press('Escape')
    expect(await shown.isVisible()).toBe(true)
    await enter(page, copy)
    await hears(page, 'Copied')
    await page.keyboard.press('Escape')
    await shown.waitFor({ state: 'detached' })
    await gainsFocus(button(page, 'Create API key'))
    await page.getByRole('row', { name: /Night job/ }).waitFor()
    expect(faults).toEqual([])
  })

  test('a key is rotated, and the new one stays until it is copied', async () => {
    const { page, faults } = await openKeys('Fay')
    await enter(page, button(page, 'Actions for Till'))
    await goTo(page, page.getByRole('menuitem', { name: 'Rotate' }), 'ArrowDown')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await gainsFocus(button(dialog, 'Cancel'))
    await enter(page, button(dialog, 'Rotate'))
    await hears(page, '“Till” has a new key.')
    const shown = page.getByRole('alertdialog')
    await gainsFocus(button(shown, 'Copy key'))
    await page.keyboard.press('Escape')
    expect(await shown.isVisible()).toBe(true)
    await page.keyboard.press('Enter')
    await hears(page, 'Copied')
    await page.keyboard.press('Escape')
    await shown.waitFor({ state: 'detached' })
    await page.getByRole('row', { name: /Till/ }).nth(1).waitFor()
    await gainsFocus(page.getByRole('button', { name: 'Actions for Till' }).and(page.locator(':focus')))
    expect(faults).toEqual([])
  })

  test('someone is invited, and a webhook is added', async () => {
    const { page, account, faults } = await openKeys('Gwen')
    await enter(page, page.getByRole('link', { name: 'Team' }))
    await gainsFocus(page.locator('[data-page-title]'))
    const invite = button(page, 'Invite someone')
    await enter(page, invite)
    const dialog = page.getByRole('dialog')
    await gainsFocus(dialog.getByLabel('E-mail address'))
    await page.keyboard.type('hana@example.com')
    await goTo(page, dialog.getByRole('radio', { name: 'Owner' }))
    await page.keyboard.press('ArrowDown')
    expect(await dialog.getByRole('radio', { name: 'Auditor' }).isChecked()).toBe(true)
    await page.keyboard.press('Enter')
    await gainsFocus(button(page.getByRole('dialog', { name: /hana@example\.com/ }), 'Copy'))
    await page.keyboard.press('Enter')
    await hears(page, 'Copied')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await gainsFocus(invite)

    await page.goto(`${served.url}/accounts/${account}/webhooks`)
    const add = button(page, 'Add webhook')
    await enter(page, add)
    await gainsFocus(dialog.getByLabel('Address'))
    await page.keyboard.press('Enter')
    await page.getByText('Enter the address').waitFor()
    await gainsFocus(dialog.getByLabel('Address'))
    await page.keyboard.type('http://127.0.0.1:9/events')
    await page.keyboard.press('Enter')
    await hears(page, 'The webhook is added')
    const shown = page.getByRole('alertdialog')
    await shown.waitFor()
    await page.keyboard.press('Escape')
    expect(await shown.isVisible()).toBe(true)
    const done = button(shown, 'Done')
    await enter(page, done)
    expect(await shown.isVisible(), 'the secret is not stored yet').toBe(true)
    await goTo(page, shown.getByRole('checkbox'))
    await page.keyboard.press('Space')
    await enter(page, done)
    await shown.waitFor({ state: 'detached' })
    await page.getByRole('row', { name: /127\.0\.0\.1:9/ }).waitFor()
    await gainsFocus(button(page, 'Add webhook'))
    expect(faults).toEqual([])
  })

  test('what cannot be used can be reached, is marked, says why, and does nothing', async () => {
    const { page, faults } = await openKeys('Hana', 'auditor')
    const create = button(page, 'Create API key')
    await enter(page, create)
    expect(await create.getAttribute('aria-disabled')).toBe('true')
    const described = (await create.getAttribute('aria-describedby')) ?? ''
    const text = await page.locator(`[id="${described}"]`).textContent()
    expect(text).toBe('Your role does not create keys. These roles do: Owner.')
    await page.getByRole('tooltip', { name: text ?? '' }).waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(faults).toEqual([])
  })

  test('whatever has the focus is marked by an outline of two pixels or more', async () => {
    const { page, account } = await openKeys('Ines')
    const unmarked = async (stops: number): Promise<readonly string[]> => {
      const found: string[] = []
      for (let stop = 0; stop < stops; stop++) {
        await page.keyboard.press('Tab')
        const each = await unmarkedFocus(page)
        if (each !== null) found.push(each)
      }
      return [...new Set(found)]
    }
    expect(await unmarked(45), 'the keys').toEqual([])
    await page.goto(`${served.url}/accounts/${account}/keys`)
    await enter(page, button(page, 'Create API key'))
    await gainsFocus(page.getByRole('dialog').getByLabel(/^Name/).first())
    expect(await unmarked(20), 'the dialog').toEqual([])
    await page.goto(`${served.url}/profile`)
    await page.getByRole('heading', { level: 1, name: 'Profile and security' }).waitFor()
    await gainsFocus(page.locator('[data-page-title]'))
    expect(await unmarked(30), 'the profile').toEqual([])

    await page.evaluate(() => {
      const sheet = new CSSStyleSheet()
      sheet.replaceSync('* { outline: none !important }')
      document.adoptedStyleSheets = [sheet]
    })
    await button(page, 'Your menu').focus()
    expect(await unmarked(5), 'the test would find it').not.toEqual([])
  })
})

import type { Key } from '@keywright/sdk'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { openBrowser } from '../../e2e/support/browser.ts'
import { bodyOf, type ProblemBody } from '../../e2e/support/calls.ts'
import { openAs } from '../../e2e/support/console.ts'
import { manualClock } from '../../e2e/support/moved-clock.ts'
import { createAccount, createKey } from '../../e2e/support/operating.ts'
import { startSystem } from './testing.ts'

const dayMs = 86_400_000
const minuteMs = 60_000

/** What is read on a page, without the variables of a program's environment. */
const wordsOn = async (page: Page): Promise<string> =>
  ((await page.locator('body').textContent()) ?? '').replaceAll(/environment variables?/gi, '')

describe('UDI-8: the newer words and choices', () => {
  test('a key works until it expires, and one that names no end never does', async () => {
    const clock = manualClock('2026-11-21T09:00:00Z')
    const { operator, api } = await startSystem('stage.config.ts', clock)
    const { id } = await createAccount(operator, 'Harbour Travel')
    const expiresAt = new Date(clock.wallMs() + 7 * dayMs).toISOString()
    const ending = await createKey(operator, id, { name: 'Fair', environment: 'preview', expiresAt })
    const lasting = await createKey(operator, id, { name: 'Desk', environment: 'preview' })
    expect([ending.expiresAt, lasting.expiresAt]).toEqual([expiresAt, null])
    const answers = () =>
      Promise.all(
        [ending, lasting].map(async ({ secret }) => (await api('preview', secret)('GET', '/v1/agents')).status),
      )
    await clock.advance(7 * dayMs - minuteMs)
    expect(await answers()).toEqual([200, 200])
    await clock.advance(2 * minuteMs)
    expect(await answers()).toEqual([401, 200])
    expect((await bodyOf(operator<Key>('GET', `/v1/keys/${ending.id}`))).state).toBe('expired')
    await clock.advance(3_650 * dayMs)
    expect(await answers()).toEqual([401, 200])

    // What is not among the choices is refused.
    const later = new Date(clock.wallMs() + 120 * dayMs).toISOString()
    const body = { name: 'Too long', environment: 'preview', expiresAt: later }
    expect((await operator('POST', `/v1/accounts/${id}/keys`, { body })).status).toBe(422)
  })

  describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('in a browser', { timeout: 60_000 }, () => {
    test('the axis is called Stage wherever it is read, a key may expire, and Done closes the popup', async () => {
      const system = await startSystem('stage.config.ts')
      const { page, account, faults } = await openAs(await openBrowser(), system, 'Ada')
      const create = page.getByRole('button', { name: 'Create API Key' })
      const popup = page.getByRole('alertdialog')
      await page.goto(system.url)

      const make = async (name: string, days: string | null): Promise<string> => {
        await create.click()
        const dialog = page.getByRole('dialog', { name: 'Create API Key' })
        await dialog.getByLabel('Name').fill(name)
        const stage = dialog.getByRole('radiogroup', { name: 'Stage' })
        await dialog.getByText('A key works in one stage only', { exact: false }).waitFor()
        await stage.getByRole('radio', { name: 'Preview' }).check()
        const expiry = dialog.getByRole('combobox', { name: 'Expires' })
        expect(await expiry.inputValue()).toBe('never')
        await dialog.getByText('Does not expire.', { exact: true }).waitFor()
        const choices = await expiry.getByRole('option').allTextContents()
        expect(choices).toEqual(['Never', 'In 7 days', 'In 30 days', 'In 90 days', 'On a date'])
        if (days !== null) await expiry.selectOption({ label: days })
        expect(await wordsOn(page)).not.toMatch(/environment/i)
        await dialog.getByRole('button', { name: 'Create API Key' }).click()
        const secret = await popup.getByLabel('Secret key').inputValue()
        expect(await wordsOn(page)).not.toMatch(/environment/i)
        await popup.getByRole('button', { name: 'Copy key' }).click()
        await popup.getByRole('button', { name: 'Copied' }).waitFor()
        await popup.getByRole('button', { name: 'Done' }).click()
        await popup.waitFor({ state: 'detached' })
        return secret
      }
      const lasting = await make('Front desk', null)
      const ending = await make('Trade fair', 'In 30 days')

      const { items } = await bodyOf(
        system.operator<{ items: readonly Key[] }>('GET', `/v1/accounts/${account}/keys?sort=created`),
      )
      expect(items.map(({ name, environment }) => [name, environment])).toEqual([
        ['Front desk', 'preview'],
        ['Trade fair', 'preview'],
      ])
      expect(items[0]?.expiresAt).toBeNull()
      const livesMs = Date.parse(items[1]?.expiresAt ?? '') - Date.parse(items[1]?.createdAt ?? '')
      expect(Math.abs(livesMs - 30 * dayMs)).toBeLessThan(minuteMs)
      for (const secret of [lasting, ending]) {
        expect((await system.api('preview', secret)('GET', '/v1/agents')).status).toBe(200)
        const refused = await system.api('production', secret)<ProblemBody>('GET', '/v1/agents')
        expect(refused.status).toBe(401)
        expect(refused.body.check?.join(' ')).toMatch(/the stage that you call/)
        expect(refused.text).not.toMatch(/environment/i)
      }

      await page.getByRole('columnheader', { name: 'Stage' }).waitFor()
      await page.getByRole('group', { name: 'Stage' }).waitFor()
      expect(await wordsOn(page)).not.toMatch(/environment/i)
      await page.getByRole('link', { name: 'Front desk' }).click()
      // The refusal above is among the key's newest requests.
      await page.getByText('Wrong stage').first().waitFor()
      expect(await wordsOn(page)).not.toMatch(/environment/i)
      await page.getByRole('link', { name: 'Activity', exact: true }).click()
      await page.getByRole('button', { name: /What changed: .*created.*Front desk/ }).click()
      await page.getByRole('rowheader', { name: 'Stage', exact: true }).waitFor()
      expect(await wordsOn(page)).not.toMatch(/environment/i)

      await page.goto(`${system.url}/help`)
      const help = await wordsOn(page)
      expect(help).not.toMatch(/environment/i)
      expect(help).toContain('Choose the stage: “Preview” or “Production”.')
      expect(help).toContain('“Done” closes the window.')
      expect(faults).toEqual([])
    })
  })
})

import type { Key } from '@keywright/sdk'
import { describe, expect, test } from 'vitest'
import { chromiumPath, openBrowser, openPage, type WatchedPage } from './support/browser.ts'
import { serveInProcess } from './support/in-process.ts'
import { createAccount, createKey } from './support/operating.ts'
import { becomeMember, someone } from './support/people.ts'
import { config, rolesConfigFile } from './support/roles.config.ts'

/** What someone of a role sees on the page of keys. */
interface Sight {
  readonly keys: boolean
  readonly creates: boolean
}

const sights: Readonly<Record<string, Sight>> = {
  owner: { keys: true, creates: true },
  auditor: { keys: true, creates: false },
  guest: { keys: false, creates: false },
}

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('roles, in a browser', async () => {
  if (chromiumPath === undefined) return
  const { url, operator } = await serveInProcess({ config: rolesConfigFile })
  const browser = await openBrowser()
  const { id: account } = await createAccount(operator, 'Northwind')
  await createKey(operator, account, { name: 'Warehouse sync', preset: 'reader' })

  const enter = async (role: string): Promise<WatchedPage> => {
    const opened = await openPage(browser)
    await becomeMember(opened.context, url, operator, { account, role, person: someone(role) })
    return opened
  }

  test('every role of the configuration has its row here', () => {
    expect(Object.keys(sights)).toEqual(config.roles?.map(({ id }) => id))
  })

  test.each(Object.entries(sights))('%s sees what the role may, and nothing else', async (role, sight) => {
    const { page, faults } = await enter(role)
    const answers: string[] = []
    page.on('response', async (response) => {
      if (response.url().includes('/v1/')) answers.push(await response.text().catch(() => ''))
    })
    await page.goto(`${url}/accounts/${account}/keys`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    if (sight.keys) await page.getByText('Warehouse sync').first().waitFor()
    else {
      await page.getByText('This page is not part of your role').waitFor()
      expect(await page.getByRole('navigation').textContent()).not.toContain('API keys')
      expect(answers.join('\n')).not.toContain('Warehouse')
      expect(answers.join('\n')).not.toContain('"states"')
    }
    const create = page.getByRole('button', { name: 'Create API key' })
    const able = sight.creates ? 'false' : 'true'
    if (sight.keys) expect((await create.getAttribute('aria-disabled')) ?? 'false').toBe(able)
    expect(faults).toEqual([])
  })

  test('who may not view learns nothing from the addresses of keys: there is no telling one that exists from one that does not', async () => {
    const { context } = await openPage(browser)
    await becomeMember(context, url, operator, { account, role: 'guest', person: someone('Second') })
    const { items } = (await operator<{ items: readonly Key[] }>('GET', `/v1/accounts/${account}/keys`)).body
    const existing = items[0]?.id ?? ''
    const absent = `key_${'0'.repeat(20)}`
    const look = async (path: string) => {
      const response = await context.request.get(`${url}${path}`, { headers: { 'Keywright-Acting': account } })
      const { request_id: _, ...body } = (await response.json()) as Record<string, unknown>
      return { status: response.status(), body }
    }
    for (const rest of ['', '/usage', '/activity', '/events']) {
      expect(await look(`/v1/keys/${existing}${rest}`)).toEqual(await look(`/v1/keys/${absent}${rest}`))
    }
    for (const path of ['keys', 'keys/summary', 'changes', 'notices'])
      expect((await look(`/v1/accounts/${account}/${path}`)).status, path).toBe(403)
  })
})

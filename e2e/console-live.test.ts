import { describe, expect, test } from 'vitest'
import { chromiumPath, openBrowser, openPage } from './support/browser.ts'
import { bodyOf, callsWith } from './support/calls.ts'
import { serveInProcess } from './support/in-process.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'
import { becomeMember, someone } from './support/people.ts'
import { rolesConfigFile } from './support/roles.config.ts'

const withinMs = 2_000

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('live pages, in a browser', async () => {
  if (chromiumPath === undefined) return
  const { url, operator } = await serveInProcess({ config: rolesConfigFile })
  const browser = await openBrowser()
  const { id: account } = await createAccount(operator, 'Northwind')
  const verify = callsWith(url, await createVerifyCredential(operator, { environment: 'live', audiences: ['api'] }))

  test('a key that is used, revoked or made elsewhere shows within two seconds, without a reload', async () => {
    const key = await createKey(operator, account, { name: 'Warehouse sync', preset: 'reader' })
    const { page, context, faults } = await openPage(browser)
    await becomeMember(context, url, operator, { account, role: 'owner', person: someone('Ada') })
    // The first question for changes is answered at once; the second one waits.
    const following = page.waitForRequest((request) => request.url().includes('waitSeconds'))
    await page.goto(`${url}/accounts/${account}/keys`)
    const row = page.getByRole('row', { name: /Warehouse sync/ })
    await row.getByText('Never used').waitFor()
    // Whatever the page shows from here on came without a reload.
    await page.evaluate(() => Object.assign(globalThis, { still: true }))
    await following

    await bodyOf(verify('POST', '/v1/verify', { body: { key: key.secret } }))
    await row.getByText('Never used').waitFor({ state: 'detached', timeout: withinMs })

    await createKey(operator, account, { name: 'Night job', preset: 'reader' })
    await page.getByRole('row', { name: /Night job/ }).waitFor({ timeout: withinMs })

    await bodyOf(operator('POST', `/v1/keys/${key.id}/revoke`, { body: {} }))
    await row.getByText('Revoked').waitFor({ timeout: withinMs })
    expect(await page.evaluate(() => 'still' in globalThis)).toBe(true)
    expect(faults).toEqual([])
  })
})

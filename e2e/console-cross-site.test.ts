import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from './support/browser.ts'
import { bodyOf } from './support/calls.ts'
import { afterwards } from './support/cleanup.ts'
import { ask, openAs } from './support/console.ts'
import { type InProcess, serveInProcess } from './support/in-process.ts'
import { configFile } from './support/team.config.ts'

/** What another site serves: an empty page, on which a test does what it could do. */
async function startOtherSite(): Promise<number> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Elsewhere</title>')
  }).listen(0, 'localhost')
  afterwards(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as AddressInfo).port
}

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('other sites', { timeout: 60_000 }, () => {
  let browser: Browser
  let served: InProcess

  beforeAll(async () => {
    served = await serveInProcess({ config: configFile })
    browser = await openBrowser()
  })

  const nameOf = async (account: string): Promise<string> =>
    (await bodyOf(served.operator<{ readonly name: string }>('GET', `/v1/accounts/${account}`))).name

  // Another port of the same name is the same site, to which the browser gives the cookies; another name is another site.
  test.for(['localhost', '127.0.0.1'])(
    'a page of another origin (%s) that sends forms and requests as the person who is signed in changes and reads nothing',
    async (host) => {
      const { page, context, account } = await openAs(browser, served, host === 'localhost' ? 'Ada' : 'Bea')
      await page.goto(`${served.url}/accounts/${account}/settings`)
      const path = `${served.url}/v1/accounts/${account}`
      const invitations = `${path}/invitations`
      const before = await nameOf(account)

      const elsewhere = await context.newPage()
      await elsewhere.goto(`http://${host}:${await startOtherSite()}/`)
      const outcomes = await elsewhere.evaluate(
        async ([account, invitations, session]) => {
          const outcome = (request: Promise<Response>) =>
            request.then(({ type, status }) => `${type} ${status}`).catch(() => 'refused')
          const body = JSON.stringify({ email: 'thief@example.com', role: 'admin' })
          const credentials = 'include'
          return await Promise.all([
            outcome(fetch(account as string, { credentials })),
            outcome(fetch(account as string, { method: 'PATCH', credentials, body: '{"name":"Stolen"}' })),
            outcome(fetch(invitations as string, { method: 'POST', credentials, mode: 'no-cors', body })),
            outcome(
              fetch(invitations as string, {
                method: 'POST',
                credentials,
                body,
                headers: { 'Content-Type': 'application/json' },
              }),
            ),
            outcome(fetch(session as string, { method: 'DELETE', credentials })),
          ])
        },
        [path, invitations, `${served.url}/v1/session`] as const,
      )
      // Also what may be sent without asking is kept from the page (Cross-Origin-Resource-Policy).
      expect(new Set(outcomes)).toEqual(new Set(['refused']))

      const answered = elsewhere.waitForResponse(invitations)
      await elsewhere.evaluate((address) => {
        const form = document.createElement('form')
        form.method = 'post'
        form.action = address
        form.enctype = 'text/plain'
        const field = document.createElement('input')
        field.name = '{"email":"thief@example.com","role":"admin","x":"'
        field.value = '"}'
        form.append(field)
        document.body.append(form)
        form.submit()
      }, invitations)
      expect((await answered).status()).toBeGreaterThanOrEqual(401)

      expect(await nameOf(account)).toBe(before)
      const open = await bodyOf(
        served.operator<{ readonly items: readonly unknown[] }>('GET', `/v1/accounts/${account}/invitations`),
      )
      expect(open.items).toEqual([])
      expect((await ask(page, 'GET', '/v1/session')).status).toBe(200)
    },
  )

  test('no page of another origin can frame the console', async () => {
    const { page, context, account } = await openAs(browser, served, 'Cleo')
    const keys = `${served.url}/accounts/${account}/keys`
    const answer = await page.goto(keys)
    expect(answer?.headers()['content-security-policy']).toContain("frame-ancestors 'none'")
    const elsewhere = await context.newPage()
    await elsewhere.goto(`http://localhost:${await startOtherSite()}/`)
    await elsewhere.evaluate((address) => {
      const frame = document.createElement('iframe')
      frame.src = address
      document.body.append(frame)
      return new Promise((resolve) => frame.addEventListener('load', resolve))
    }, keys)
    expect(elsewhere.frames().map((frame) => frame.url())).not.toContain(keys)
  })
})

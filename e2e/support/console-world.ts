import type { Browser } from 'playwright-core'
import { openPage, type WatchedPage } from './browser.ts'
import { bodyOf, callsWith } from './calls.ts'
import { setupLinkOf, startServer } from './child-server.ts'
import { temporaryFolder } from './cleanup.ts'
import { ask, totpCode } from './console.ts'
import { type InProcess, serveInProcess } from './in-process.ts'
import { createAccount, createKey, createVerifyCredential } from './operating.ts'
import { becomeMember, invite, type SignsIn, someone } from './people.ts'
import { richConfigFile } from './rich.config.ts'

/** Whose eyes look at a page. */
export type Viewer = 'stranger' | 'owner' | 'guest' | 'operator'

type Cookies = Awaited<ReturnType<WatchedPage['context']['cookies']>>

/** An installation in which every page has something to show. */
export interface World extends InProcess {
  /** The account with keys, members, webhooks, notices and a log. */
  readonly account: string
  /** An account of the same owner that has nothing yet. */
  readonly emptyAccount: string
  /** A key that was used, rotated and refused. */
  readonly usedKey: string
  /** Its owner signs in with a second factor. */
  readonly twoSteps: SignsIn
  readonly webhook: string
  readonly installationWebhook: string
  /** A link of a second installation, which nobody has set up yet. */
  readonly setupLink: string
  readonly newInvitation: string
  readonly knownInvitation: string
  readonly passwordLink: string
  readonly cookies: Readonly<Record<Exclude<Viewer, 'stranger'>, Cookies>>
}

/** Makes keys of every kind and state, and answers one that was used, rotated and refused. */
async function makeKeys({ url, operator }: InProcess, account: string, member: string): Promise<string> {
  const lifecycle = (id: string, action: string, body: object = {}) =>
    bodyOf(operator('POST', `/v1/keys/${id}/${action}`, { body }))
  const used = await createKey(operator, account, {
    name: 'Warehouse sync',
    description: 'Copies stock figures every night',
    grant: { permissions: ['jobs.view', 'jobs.create', 'integrations.use:crm'] },
  })
  await createKey(operator, account, {
    name: 'Nachtlauf für die Rechnungsstellung der Zweigniederlassung',
    preset: 'all',
    environment: 'test',
    allowedNetworks: ['192.0.2.0/24', '2001:db8::/32'],
  })
  await createKey(operator, account, { name: 'Till', preset: 'reader', owner: member })
  await createKey(operator, account, { name: 'Widget', type: 'embed' })
  await createKey(operator, account, {
    name: 'Short',
    preset: 'reader',
    expiresAt: new Date(Date.now() + 1_500).toISOString(),
  })
  const soon = new Date(Date.now() + 3 * 86_400_000).toISOString()
  await createKey(operator, account, { name: 'Ends soon', preset: 'reader', expiresAt: soon })
  const [paused, revoked] = [
    await createKey(operator, account, { name: 'Resting', preset: 'reader' }),
    await createKey(operator, account, { name: 'Gone', preset: 'reader' }),
  ]
  await lifecycle(paused.id, 'pause')
  await lifecycle(revoked.id, 'revoke')
  const verify = callsWith(url, await createVerifyCredential(operator, { environment: 'live', audiences: ['api'] }))
  for (const permission of ['jobs.view', 'jobs.view', 'calls.view'])
    await bodyOf(
      verify('POST', '/v1/verify', {
        body: { key: used.secret, permissions: [permission], ip: '192.0.2.9', userAgent: 'sync/2.1' },
      }),
    )
  await bodyOf(
    operator('PUT', `/v1/keys/${used.id}/override`, {
      body: { limits: [{ name: 'minute', limit: 120, windowSeconds: 60, until: soon }], reason: 'Asked by mail' },
    }),
  )
  await bodyOf(operator('POST', `/v1/keys/${used.id}/rotate`, { body: { overlapSeconds: 86_400 } }), 201)
  return used.id
}

/** Signs a second person up who is asked for a code as well. */
async function makeTwoSteps(browser: Browser, world: InProcess, account: string): Promise<SignsIn> {
  const person = someone('Tess')
  const { page, context } = await openPage(browser)
  await becomeMember(context, world.url, world.operator, { account, role: 'auditor', person })
  await page.goto(`${world.url}/profile`)
  const { body } = await ask(page, 'POST', '/v1/person/totp', {})
  const code = totpCode(String(body?.['secret']), Date.now())
  const confirmed = await ask(page, 'POST', '/v1/person/totp/confirm', { code })
  if (confirmed.status !== 200) throw new Error(`the code was not taken: ${JSON.stringify(confirmed)}`)
  await context.close()
  return person
}

async function cookiesOf(browser: Browser, enter: (opened: WatchedPage) => Promise<unknown>): Promise<Cookies> {
  const opened = await openPage(browser)
  await enter(opened)
  const cookies = await opened.context.cookies()
  await opened.context.close()
  return cookies
}

/** Makes the world that the states of the console are looked at in. */
export async function makeWorld(browser: Browser): Promise<World> {
  const served = await serveInProcess({
    config: richConfigFile,
    environment: { KEYWRIGHT_WEBHOOK_NETWORKS: '127.0.0.0/8' },
  })
  const { url, operator } = served
  const { id: account } = await createAccount(operator, 'Northwind')
  const { id: emptyAccount } = await createAccount(operator, 'Contoso')
  const ada = someone('Ada')
  const owner = await cookiesOf(browser, async ({ context }) => {
    await becomeMember(context, url, operator, { account, role: 'owner', person: ada })
    const token = await invite(operator, emptyAccount, 'owner', ada.email)
    const headers = { Origin: new URL(url).origin }
    const joined = await context.request.post(`${url}/v1/invitations/accept`, { headers, data: { token } })
    if (!joined.ok()) throw new Error(`the second account was not joined: ${await joined.text()}`)
  })
  const guest = await cookiesOf(browser, ({ context }) =>
    becomeMember(context, url, operator, { account, role: 'guest', person: someone('Gus') }),
  )
  const operating = await cookiesOf(browser, async ({ context }) => {
    const olga = someone('Olga')
    const body = { email: olga.email }
    const { link } = await bodyOf(operator<{ link: string }>('POST', '/v1/operators/invitations', { body }), 201)
    const data = { token: new URL(link).hash.slice(1), name: olga.name, password: olga.password }
    const headers = { Origin: new URL(url).origin }
    const joined = await context.request.post(`${url}/v1/invitations/accept`, { headers, data })
    if (!joined.ok()) throw new Error(`the operator did not join: ${await joined.text()}`)
  })
  const { items: members } = await bodyOf(
    operator<{ items: readonly { id: string }[] }>('GET', `/v1/accounts/${account}/members`),
  )
  const usedKey = await makeKeys(served, account, members[0]?.id ?? '')
  const webhookAt = async (path: string): Promise<string> => {
    const body = { url: 'http://127.0.0.1:9/events', description: 'Stock system' }
    const { id } = await bodyOf(operator<{ id: string }>('POST', path, { body }), 201)
    await bodyOf(operator('POST', `${path}/${id}/test`, { body: {} }))
    return id
  }
  const { items: people } = await bodyOf(
    operator<{ items: readonly { id: string }[] }>('GET', `/v1/people?search=${ada.email}`),
  )
  const setup = await startServer({ KEYWRIGHT_DATA: temporaryFolder(), KEYWRIGHT_CONFIG: richConfigFile })
  return {
    ...served,
    account,
    emptyAccount,
    usedKey,
    twoSteps: await makeTwoSteps(browser, served, account),
    webhook: await webhookAt(`/v1/accounts/${account}/webhooks`),
    installationWebhook: await webhookAt('/v1/webhooks'),
    setupLink: setupLinkOf(setup) ?? '',
    newInvitation: `${url}/invitation#${await invite(operator, account, 'auditor', 'nina@example.com')}`,
    knownInvitation: `${url}/invitation#${await invite(operator, emptyAccount, 'auditor', 'tess@example.com')}`,
    passwordLink: (
      await bodyOf(operator<{ link: string }>('POST', `/v1/people/${people[0]?.id}/password-link`, { body: {} }))
    ).link,
    cookies: { owner, guest, operator: operating },
  }
}

/** Opens a page as someone sees it, at a width. */
export async function openAsViewer(
  browser: Browser,
  { cookies }: World,
  { viewer, width }: { readonly viewer: Viewer; readonly width: number },
): Promise<WatchedPage> {
  const opened = await openPage(browser, { width })
  if (viewer !== 'stranger') await opened.context.addCookies([...cookies[viewer]])
  return opened
}

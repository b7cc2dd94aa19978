import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { openBrowser, openPage } from './support/browser.ts'
import { bodyOf, callsWith } from './support/calls.ts'
import { ask, openAs, openProfile, signOut } from './support/console.ts'
import { type InProcess, serveInProcess } from './support/in-process.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'
import { examplePassword, invite, type SignsIn, someone } from './support/people.ts'
import { config, configFile } from './support/team.config.ts'

const atSignIn = (page: Page) => page.getByRole('heading', { name: 'Sign in' }).waitFor()

interface Listed {
  readonly items: readonly { readonly id: string; readonly email: string; readonly name: string }[]
}

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('people of an account', { timeout: 60_000 }, () => {
  let browser: Browser
  let served: InProcess
  let verifySecret: string

  beforeAll(async () => {
    served = await serveInProcess({ config: configFile })
    verifySecret = await createVerifyCredential(served.operator, { audiences: ['api'] })
    browser = await openBrowser()
  })

  /** What the door says of a key now. */
  async function verdictOf(key: string): Promise<string> {
    const answer = await callsWith(served.url, verifySecret)<{ readonly code: string }>('POST', '/v1/verify', {
      body: { key },
    })
    return answer.body.code
  }

  /** A key that belongs to a member, and one that belongs to their account. */
  async function makeKeys(account: string, email: string) {
    const { items } = await bodyOf(served.operator<Listed>('GET', `/v1/accounts/${account}/members`))
    const owner = items.find((member) => member.email === email)?.id
    if (owner === undefined) throw new Error(`${email} is no member`)
    const personal = await createKey(served.operator, account, { name: 'Laptop', owner })
    const service = await createKey(served.operator, account, { name: 'Server' })
    expect([await verdictOf(personal.secret), await verdictOf(service.secret)]).toEqual(['VALID', 'VALID'])
    return { personal: personal.secret, personalId: personal.id, service: service.secret }
  }

  /** A page of an operator who is signed in. */
  async function openOperator(person: SignsIn) {
    const opened = await openPage(browser)
    const { link } = await bodyOf(
      served.operator<{ link: string }>('POST', '/v1/operators/invitations', { body: { email: person.email } }),
      201,
    )
    await acceptAsNewcomer(opened.page, link, person)
    await opened.page.waitForURL(/\/operator\/accounts/)
    return opened
  }

  async function acceptAsNewcomer(page: Page, link: string, person: SignsIn): Promise<void> {
    await page.goto(link)
    await page.getByLabel('Your name').fill(person.name)
    await page.getByLabel('Password', { exact: true }).fill(person.password)
    await page.getByRole('button', { name: 'Create and join' }).click()
  }

  test('an invited newcomer joins with the role of the invitation, whose link then opens nothing', async () => {
    const admin = await openAs(browser, served, 'Ada')
    await admin.page.goto(`${served.url}/accounts/${admin.account}/team`)
    await admin.page.getByRole('button', { name: 'Invite someone' }).click()
    const dialog = admin.page.getByRole('dialog')
    await dialog.getByLabel('E-mail address').fill('bea@example.com')
    expect(await dialog.getByRole('radio').count()).toBe(config.roles?.length)
    await dialog.getByRole('radio', { name: 'Developer' }).check()
    await dialog.getByRole('button', { name: 'Invite', exact: true }).click()
    const link = await dialog.getByLabel('Link', { exact: true }).inputValue()

    const newcomer = await openPage(browser)
    await newcomer.page.goto(link)
    await newcomer.page.getByText('You are invited as Developer.').waitFor()
    expect(newcomer.page.url()).toBe(`${served.url}/invitation`)
    await acceptAsNewcomer(newcomer.page, link, someone('Bea'))
    await newcomer.page.waitForURL(`${served.url}/accounts/${admin.account}/keys`)
    expect((await ask(newcomer.page, 'GET', '/v1/session')).body).toMatchObject({
      person: { name: 'Bea', email: 'bea@example.com' },
      operator: false,
      memberships: [{ account: { id: admin.account }, role: 'developer', state: 'active' }],
    })
    await newcomer.page.getByRole('link', { name: 'Team' }).click()
    await newcomer.page.getByRole('heading', { level: 1, name: 'Team' }).waitFor()
    await newcomer.page.getByRole('button', { name: 'Invite someone' }).hover()
    await newcomer.page.getByRole('tooltip', { name: 'Your role does not manage the team.' }).waitFor()

    const late = await openPage(browser)
    await late.page.goto(link)
    await late.page.getByRole('heading', { name: 'This invitation is no longer open' }).waitFor()
    expect([...admin.faults, ...newcomer.faults, ...late.faults]).toEqual([])
  })

  test('who is signed in as somebody else is told so and can hand the page over; nothing is used up by it', async () => {
    const other = await openAs(browser, served, 'Cleo')
    const { id: account } = await createAccount(served.operator, 'Second')
    const link = `${served.url}/invitation#${await invite(served.operator, account, 'viewer', 'dora@example.com')}`
    await other.page.goto(link)
    await other.page
      .getByText('You are signed in as cleo@example.com, and the invitation is for someone else.')
      .waitFor()
    await other.page.getByRole('button', { name: 'Sign out' }).click()
    await acceptAsNewcomer(other.page, link, someone('Dora'))
    await other.page.waitForURL(`${served.url}/accounts/${account}/keys`)

    // Whoever has been here before signs in instead.
    await signOut(other.page)
    const again = `${served.url}/invitation#${await invite(served.operator, account, 'viewer', 'cleo@example.com')}`
    await other.page.goto(again)
    await other.page.getByText('You have signed in here before. Sign in to join.').waitFor()
    await other.page.getByLabel('Password', { exact: true }).fill(examplePassword)
    await other.page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await other.page.waitForURL(`${served.url}/accounts/${account}/keys`)
    expect(other.faults).toEqual([])
  })

  test('T10: whoever an operator suspends is out within one action; their personal key is refused at once, the service key stays', async () => {
    const member = await openAs(browser, served, 'Edna', { role: 'developer' })
    const { personal, service } = await makeKeys(member.account, member.person.email)
    await member.page.goto(`${served.url}/accounts/${member.account}/keys`)
    await member.page.getByText('Laptop').first().waitFor()

    const operator = await openOperator(someone('Olga'))
    await operator.page.goto(`${served.url}/operator/people`)
    await operator.page.getByRole('button', { name: 'Actions for Edna' }).click()
    await operator.page.getByRole('menuitem', { name: 'Suspend' }).click()
    await operator.page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click()
    await operator.page.getByRole('dialog').waitFor({ state: 'detached' })
    expect([await verdictOf(personal), await verdictOf(service)]).toEqual(['SUSPENDED', 'VALID'])

    // The page follows what happens by itself.
    await atSignIn(member.page)
    await member.page.getByLabel('E-mail address').fill(member.person.email)
    await member.page.getByLabel('Password', { exact: true }).fill(member.person.password)
    await member.page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await member.page.getByRole('alert').waitFor()
    expect((await ask(member.page, 'GET', '/v1/session')).status).toBe(401)

    await operator.page.getByRole('button', { name: 'Actions for Edna' }).click()
    await operator.page.getByRole('menuitem', { name: 'Resume' }).click()
    await operator.page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click()
    await operator.page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await verdictOf(personal)).toBe('VALID')
    expect([...member.faults, ...operator.faults]).toEqual([])
  })

  test('T10: whoever an administrator removes sees nothing of the account after that; their personal key is revoked, the service key stays', async () => {
    const admin = await openAs(browser, served, 'Fay')
    const member = await openAs(browser, served, 'Gwen', { account: admin.account, role: 'developer' })
    const { personal, personalId, service } = await makeKeys(admin.account, member.person.email)
    const keys = `${served.url}/accounts/${admin.account}/keys`
    await member.page.goto(keys)
    await member.page.getByText('Laptop').first().waitFor()

    await admin.page.goto(`${served.url}/accounts/${admin.account}/team`)
    await admin.page.getByRole('button', { name: 'Actions for Gwen' }).click()
    await admin.page.getByRole('menuitem', { name: 'Remove' }).click()
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await admin.page.getByRole('row', { name: /Gwen/ }).waitFor({ state: 'detached' })
    expect([await verdictOf(personal), await verdictOf(service)]).toEqual(['SUSPENDED', 'VALID'])

    expect(await bodyOf(served.operator('GET', `/v1/keys/${personalId}`))).toMatchObject({ state: 'revoked' })

    await member.page.getByRole('heading', { name: 'There is nothing here' }).first().waitFor()
    expect(await member.page.content()).not.toContain('Fay')
    await member.page.goto(served.url)
    await member.page.getByText('You are not a member of any').first().waitFor()
    expect([...admin.faults, ...member.faults]).toEqual([])
  })

  test('the last administrator is not demoted, removed or let go, and is told why in words', async () => {
    const { page, account, faults } = await openAs(browser, served, 'Hana')
    const last = /last active member with the role "admin"/
    const dialog = page.getByRole('dialog')
    const tried = async (step: string, confirm: string, before = async () => {}): Promise<void> => {
      await page.getByRole('button', { name: 'Actions for Hana' }).click()
      await page.getByRole('menuitem', { name: step }).click()
      await before()
      await dialog.getByRole('button', { name: confirm, exact: true }).click()
      expect(await dialog.getByRole('alert').textContent()).toMatch(last)
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      await dialog.waitFor({ state: 'detached' })
    }
    await page.goto(`${served.url}/accounts/${account}/team`)
    await tried('Change role', 'Change role', () => dialog.getByRole('radio', { name: 'Viewer' }).check())
    await tried('Suspend', 'Suspend')
    await tried('Remove', 'Remove')

    await openProfile(page, served.url)
    await page.getByRole('button', { name: 'Leave Hana’s' }).click()
    await dialog.getByRole('button', { name: 'Leave', exact: true }).click()
    expect(await dialog.getByRole('alert').textContent()).toMatch(/You are the last active Administrator here/)
    expect((await ask(page, 'GET', '/v1/session')).body).toMatchObject({
      memberships: [{ account: { id: account }, role: 'admin', state: 'active' }],
    })

    // With a second one, the first may go.
    const second = await openAs(browser, served, 'Ines', { account })
    await dialog.getByRole('button', { name: 'Leave', exact: true }).click()
    await page.getByText('You belong to none.').waitFor()
    expect([...faults, ...second.faults]).toEqual([])
  })

  test('an operator who acts for an account sees so on every page, and the log names them', async () => {
    const { id: account } = await createAccount(served.operator, 'Acted For')
    const operator = await openOperator(someone('Paul'))
    await operator.page.goto(`${served.url}/accounts/${account}/team`)
    const banner = operator.page.getByRole('note').filter({ hasText: 'You act as operator for Acted For.' })
    await banner.waitFor()
    await operator.page.getByRole('button', { name: 'Invite someone' }).click()
    const dialog = operator.page.getByRole('dialog')
    await dialog.getByLabel('E-mail address').fill('quinn@example.com')
    await dialog.getByRole('radio', { name: 'Viewer' }).check()
    await dialog.getByRole('button', { name: 'Invite', exact: true }).click()
    await dialog.getByLabel('Link', { exact: true }).waitFor()
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await operator.page.getByRole('link', { name: 'Activity' }).click()
    await banner.waitFor()
    await operator.page.getByText('You invited').first().waitFor()

    const { items } = await bodyOf(
      served.operator<{ readonly items: readonly { readonly type: string; readonly actor: unknown }[] }>(
        'GET',
        `/v1/events?account=${account}&type=invitation.created`,
      ),
    )
    const { body } = await ask(operator.page, 'GET', '/v1/session')
    const person = body?.['person'] as { readonly id: string }
    expect(items).toMatchObject([{ actor: { kind: 'operator', id: person.id } }])
    await operator.page.getByRole('link', { name: 'Back to the operator area' }).click()
    await operator.page.waitForURL(/\/operator\/accounts/)

    const colleague = await openOperator(someone('Rosa'))
    await colleague.page.goto(`${served.url}/operator/log`)
    await colleague.page.getByText('Paul invited').first().waitFor()
    expect([...operator.faults, ...colleague.faults]).toEqual([])
  })
})

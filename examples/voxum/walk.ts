import type { Locator, Page } from 'playwright-core'
import type { SignsIn } from '../../e2e/support/people.ts'
import { seenTexts } from './seen-texts.ts'

/** What a person who reads one language looks for on the pages. */
export interface PageWords {
  readonly create: string
  readonly name: string
  readonly vague: string
  readonly more: string
  readonly cancel: string
  readonly done: string
  readonly copyKey: string
  readonly closeAnyway: string
  readonly menu: string
  readonly actionsFor: (name: string) => string
  readonly revoke: string
  readonly edit: string
  readonly filter: string
  readonly select: string
  readonly selectPage: string
  readonly table: string
  readonly details: string
  readonly addWebhook: string
  readonly invite: string
  readonly join: string
  readonly yourName: string
  readonly password: string
  readonly signOut: string
  readonly signIn: string
  readonly email: string
  readonly forgot: string
}

/** What is there when the walk begins. */
export interface Place {
  readonly url: string
  readonly account: string
  readonly invitation: string
  readonly person: SignsIn
  /** Makes what the lists show, once the account's empty page was seen; answers the id of a key that was used. */
  readonly fill: () => Promise<string>
}

/** The texts that were seen, by where. */
export type Seen = ReadonlyMap<string, readonly string[]>

/** Goes to every page that a customer sees, opens what can be opened there, and notes every text. */
export async function walk(page: Page, words: PageWords, place: Place): Promise<Seen> {
  const seen = new Map<string, readonly string[]>()
  const note = async (where: string, ready: Locator): Promise<void> => {
    await ready.first().waitFor()
    // While there is one, not all is there.
    await page.locator('.mantine-Skeleton-root, [aria-busy="true"]').first().waitFor({ state: 'detached' })
    seen.set(where, await seenTexts(page))
  }
  const button = (name: string): Locator => page.getByRole('button', { name, exact: true })
  const dialog = page.getByRole('dialog')
  const heading = page.getByRole('heading', { level: 1 })
  const pageOf = (path: string) => page.goto(`${place.url}/accounts/${place.account}${path}`)
  const steps = { page, words, place, note, button, dialog, heading, pageOf }
  await comeIn(steps)
  await makeKey(steps)
  const used = await place.fill()
  await lookAtKeys(steps, used)
  await lookAround(steps)
  await leave(steps)
  return seen
}

interface Steps {
  readonly page: Page
  readonly words: PageWords
  readonly place: Place
  readonly note: (where: string, ready: Locator) => Promise<void>
  readonly button: (name: string) => Locator
  readonly dialog: Locator
  readonly heading: Locator
  readonly pageOf: (path: string) => Promise<unknown>
}

async function comeIn({ page, words, place, note, button, heading }: Steps): Promise<void> {
  await page.goto(place.invitation)
  await note('invitation', button(words.join))
  await button(words.join).click()
  await note('invitation, incomplete', page.locator('[aria-invalid="true"]'))
  await page.getByLabel(words.yourName).fill(place.person.name)
  await page.getByLabel(words.password, { exact: true }).fill(place.person.password)
  await button(words.join).click()
  await button(words.create).waitFor()
  await note('keys, none yet', heading)
}

async function makeKey({ page, words, note, button, dialog }: Steps): Promise<void> {
  await button(words.create).first().click()
  await dialog.getByRole('button', { name: words.more }).click()
  await note('create', dialog.getByRole('radio'))
  await dialog.getByRole('button', { name: words.create }).click()
  await note('create, incomplete', dialog.locator('[aria-invalid="true"]'))
  await dialog.getByLabel(words.name).first().fill(words.vague)
  await note('create, advice', dialog.locator('[aria-live]:not(:empty)'))
  await dialog.getByRole('button', { name: words.create }).click()
  const shown = page.getByRole('alertdialog')
  await note('shown once', shown.getByRole('button', { name: words.copyKey }))
  await shown.getByRole('button', { name: words.done }).click()
  await note('shown once, not copied', shown.getByRole('button', { name: words.closeAnyway }))
  await shown.getByRole('button', { name: words.closeAnyway }).click()
  await shown.waitFor({ state: 'detached' })
}

async function lookAtKeys({ page, words, note, button, dialog, heading, pageOf }: Steps, used: string): Promise<void> {
  await pageOf('/keys')
  await button(words.actionsFor('Inventory Integration')).waitFor()
  await note('keys', page.getByRole('row').nth(3))
  await button(words.actionsFor('Inventory Integration')).click()
  await note('menu of a key', page.getByRole('menuitem'))
  await page.getByRole('menuitem', { name: words.revoke }).click()
  await note('revoke', dialog.getByRole('button', { name: words.revoke }))
  await dialog.getByRole('button', { name: words.cancel }).click()
  await dialog.waitFor({ state: 'detached' })
  await button(words.filter).click()
  await note('filters', dialog.getByRole('combobox'))
  await page.keyboard.press('Escape')
  await button(words.select).click()
  await page.getByRole('checkbox', { name: words.selectPage }).click()
  await note('selection', page.locator('input:checked'))
  await button(words.revoke).click()
  await note('revoke many', dialog.getByRole('textbox'))
  await pageOf('/keys?search=nothing')
  await note('keys, no match', page.getByRole('heading', { level: 2 }))

  await pageOf(`/keys/${used}`)
  await button(words.table).waitFor()
  await note('key', page.getByRole('row').nth(1))
  await button(words.table).click()
  await note('key, as table', page.getByRole('table').nth(1))
  await button(words.edit).click()
  await note('edit', dialog.getByRole('textbox'))
  await pageOf('/keys/none')
  await note('no such key', heading)
}

async function lookAround({ page, words, place, note, button, dialog, heading, pageOf }: Steps): Promise<void> {
  await pageOf('/activity')
  await page.getByRole('button', { name: words.details }).first().click()
  await note('activity', page.getByRole('table'))
  for (const path of ['/notices', '/settings', '/team', '/webhooks']) {
    await pageOf(path)
    await note(path, heading)
  }
  await button(words.addWebhook).first().click()
  await note('add a webhook', dialog.getByRole('textbox'))
  await pageOf('/team')
  await button(words.invite).first().click()
  await note('invite', dialog.getByRole('textbox'))
  await page.goto(`${place.url}/profile`)
  await note('profile', heading)
  await button(words.menu).click()
  await note('own menu', page.getByRole('menuitem'))
  await page.keyboard.press('Escape')
  await page.goto(`${place.url}/help`)
  await note('help', heading)
  await pageOf('/nowhere')
  await note('no such page', heading)
}

async function leave({ page, words, place, note, button, heading }: Steps): Promise<void> {
  await page.goto(`${place.url}/profile`)
  await button(words.menu).click()
  await page.getByRole('menuitem', { name: words.signOut }).click()
  await note('sign in', button(words.signIn))
  await button(words.signIn).click()
  await note('sign in, incomplete', page.locator('[aria-invalid="true"]'))
  await page.getByLabel(words.email).fill(place.person.email)
  await page.getByLabel(words.password, { exact: true }).fill('not the password at all')
  await button(words.signIn).click()
  await note('sign in, refused', page.getByRole('alert'))
  await button(words.forgot).click()
  await note('forgotten password', heading)
  await page.goto(place.invitation)
  await note('invitation, used', heading)
}

import type { Locator, Page, Route } from 'playwright-core'
import { typeSignIn } from './console.ts'
import type { Viewer, World } from './console-world.ts'
import { examplePassword } from './people.ts'

/** One sight of the console: who sees it and how they get there from nowhere. */
export interface ConsoleState {
  readonly name: string
  readonly viewer: Viewer
  readonly reach: (page: Page, world: World) => Promise<unknown>
}

type Way = ConsoleState['reach']
type Path = string | ((world: World) => string)

const pathOf = (path: Path, world: World): string => (typeof path === 'string' ? path : path(world))

/** Waits until a page has its title and shows nothing that stands for what is still to come. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  await page.waitForFunction(() => document.querySelector('.mantine-Skeleton-root, main [aria-busy="true"]') === null)
}

const then =
  (first: Way, ...next: readonly Way[]): Way =>
  async (page, world) => {
    for (const step of [first, ...next]) await step(page, world)
  }

/** A page of ours, whole. */
const at =
  (path: Path): Way =>
  async (page, world) => {
    const address = pathOf(path, world)
    await page.goto(address.startsWith('http') ? address : `${world.url}${address}`)
    await settled(page)
  }

const button = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('button', { name, exact: typeof name === 'string' }).first()
const press =
  (name: string | RegExp): Way =>
  (page) =>
    button(page, name).click()
const choose =
  (name: string | RegExp): Way =>
  (page) =>
    page
      .getByRole('menuitem', { name, exact: typeof name === 'string' })
      .first()
      .click()
const shows =
  (role: 'dialog' | 'alertdialog' | 'menu' | 'alert'): Way =>
  async (page) => {
    await page.getByRole(role).last().waitFor()
    await page.waitForFunction(() => document.querySelector('#overlays .mantine-Skeleton-root') === null)
  }
const says =
  (text: string): Way =>
  (page) =>
    page.getByText(text).first().waitFor()
/** Fills a field of the dialog that is open. */
const fill =
  (label: string | RegExp, text: string): Way =>
  (page) =>
    page.getByRole('dialog').getByLabel(label).first().fill(text)
/** Presses a button of the dialog that is open. */
const confirm =
  (name: string): Way =>
  (page) =>
    page.getByRole('dialog').getByRole('button', { name, exact: true }).click()

const keys = at(({ account }) => `/accounts/${account}/keys`)
const key = at(({ account, usedKey }) => `/accounts/${account}/keys/${usedKey}`)
const inAccount = (page: string): Way => at(({ account }) => `/accounts/${account}/${page}`)
const rowMenu = (name: string): Way => then(keys, press(`Actions for ${name}`), shows('menu'))
const creating = then(keys, press('Create API key'), shows('dialog'))
const matrix: Way = async (page, world) => {
  const dialog = page.getByRole('dialog')
  await dialog
    .getByRole('radio', { name: /^Custom/ })
    .first()
    .click()
  await says('of 3 resources')(page, world)
  const narrow = dialog.getByRole('combobox', { name: 'Integrations' })
  if ((await narrow.count()) > 0) await narrow.selectOption('custom')
  else await dialog.getByRole('radiogroup', { name: 'Integrations' }).getByRole('radio', { name: 'Custom' }).click()
}
const created = then(creating, fill(/^Name/, 'Nightly report'), confirm('Create API key'), shows('alertdialog'))

let addresses = 0
/** An address that nobody was invited by yet. */
const newAddress: Way = (page) => {
  addresses += 1
  return page.getByRole('dialog').getByLabel('E-mail address').fill(`guest-${addresses}@example.com`)
}

/** Holds back the answers to some requests for as long as the page is open. */
const heldBack =
  (pattern: string | RegExp): Way =>
  (page) =>
    page.route(pattern, () => undefined)
const answer = (route: Route, status: number, code: string): Promise<void> =>
  route.fulfill({
    status,
    contentType: 'application/problem+json',
    body: JSON.stringify({ type: 'about:blank', title: 'Refused', status, code, request_id: 'r-1' }),
  })
/** Has some requests fail as they do where the server has a fault. */
const failing =
  (pattern: string | RegExp): Way =>
  (page) =>
    page.route(pattern, (route) => answer(route, 500, 'internal_error'))
/** A page that does not settle, or only into a failure. */
const halfway =
  (path: Path, sign: string): Way =>
  async (page, world) => {
    await page.goto(`${world.url}${pathOf(path, world)}`)
    await page.locator(sign).first().waitFor({ state: 'attached', timeout: 15_000 })
  }
const keysPath: Path = ({ account }) => `/accounts/${account}/keys`

const strangers: Readonly<Record<string, Way>> = {
  'sign-in': at('/sign-in'),
  'sign-in, fields missing': then(at('/sign-in'), press('Sign in'), says('Enter your password.')),
  'sign-in, refused': then(
    at('/sign-in'),
    (page) => typeSignIn(page, { email: 'nobody@example.com', password: 'seven wrong lamps at noon' }),
    shows('alert'),
  ),
  'sign-in, refused by a provider': at('/sign-in?error=not_invited'),
  'sign-in, second step': then(
    at('/sign-in'),
    (page, { twoSteps }) => typeSignIn(page, twoSteps),
    (page) => page.getByLabel('Code from your authenticator app').waitFor(),
  ),
  'sign-in, backup code': then(
    at('/sign-in'),
    (page, { twoSteps }) => typeSignIn(page, twoSteps),
    press('Use a backup code'),
    (page) => page.getByLabel('Backup code').waitFor(),
  ),
  'forgotten password': then(at('/sign-in'), press('Forgot the password?'), says('A new password')),
  'set-up': at(({ setupLink }) => setupLink),
  'set-up, fields missing': then(
    at(({ setupLink }) => setupLink),
    press('Set up'),
    says('Enter your name.'),
  ),
  'invitation of someone new': at(({ newInvitation }) => newInvitation),
  'invitation of someone known': at(({ knownInvitation }) => knownInvitation),
  'invitation, closed': at('/invitation#inv_0000000000000000000000000000000000000000'),
  'new password': at(({ passwordLink }) => passwordLink),
  'new password, too short': then(
    at(({ passwordLink }) => passwordLink),
    (page) => page.getByLabel('New password', { exact: true }).fill('short'),
    press('Set the password'),
    says('more characters are needed'),
  ),
  'new password, incomplete': at('/new-password'),
  help: at('/help'),
  'set-up, closed meanwhile': then(
    (page) =>
      page.route('**/setup/*', (route) =>
        route.request().method() === 'POST' ? answer(route, 404, 'setup_closed') : route.continue(),
      ),
    at(({ setupLink }) => setupLink),
    async (page) => {
      for (const [label, text] of [
        ['Your name', 'Ada'],
        ['E-mail address', 'ada@example.com'],
        ['Password', examplePassword],
        ['Name of the first account', 'Northwind'],
      ] as const)
        await page.getByLabel(label, { exact: true }).fill(text)
    },
    press('Set up'),
    says('This set-up link no longer works'),
  ),
}

const owners: Readonly<Record<string, Way>> = {
  keys,
  'keys, none yet': at(({ emptyAccount }) => `/accounts/${emptyAccount}/keys`),
  'keys, no match': then(
    at(({ account }) => `/accounts/${account}/keys?search=zzzz`),
    says('No key matches'),
  ),
  'keys, filters open': then(keys, press(/^Filter/), shows('dialog')),
  'keys, filtered': at(({ account }) => `/accounts/${account}/keys?environment=live&state=active&sort=-name`),
  'keys, on their way': then(
    heldBack(/\/v1\/accounts\/[^/]+\/keys(\?|$)/),
    halfway(keysPath, '.mantine-Skeleton-root'),
  ),
  'keys, server error': then(failing(/\/v1\/accounts\/[^/]+\/keys(\?|$)/), halfway(keysPath, '[role="alert"]')),
  'keys, row menu': rowMenu('Warehouse sync'),
  'keys, row menu of a paused key': rowMenu('Resting'),
  'keys, selection': then(keys, press('Select'), (page) => page.getByLabel('Select Till').click(), says('1 selected')),
  'keys, bulk dialog': then(
    keys,
    press('Select'),
    (page) => page.getByLabel('Select Till').click(),
    says('1 selected'),
    (page) => page.getByRole('region', { name: 'Selected keys' }).getByRole('button', { name: 'Revoke' }).click(),
    says('1 key will be changed.'),
  ),
  'create dialog': creating,
  'create dialog, matrix and more options': then(creating, matrix, press('More options'), says('Allowed networks')),
  'create dialog, errors': then(creating, matrix, confirm('Create API key'), says('Name is missing.')),
  'create dialog, fixed grant': then(creating, (page) => page.getByRole('radio', { name: /^Embed key/ }).click()),
  'shown once': created,
  'shown once, leaving': then(
    created,
    (page) => page.getByRole('alertdialog').getByRole('button', { name: 'Done' }).click(),
    says('You will not see this key again.'),
  ),
  'rotate dialog': then(rowMenu('Till'), choose('Rotate'), shows('dialog')),
  'revoke dialog': then(rowMenu('Till'), choose('Revoke'), shows('dialog')),
  'delete dialog': then(rowMenu('Till'), choose('Delete'), shows('dialog'), fill(/^Type /, 'Till')),
  'delete dialog, wrong name': then(
    rowMenu('Till'),
    choose('Delete'),
    fill(/^Type /, 'Tiller'),
    confirm('Delete'),
    says('This is not Till.'),
  ),
  key,
  'key, usage as a table': then(key, press('View as table'), (page) => button(page, 'View as chart').waitFor()),
  'key, edit dialog': then(key, press('Edit'), shows('dialog')),
  'key, on its way': then(
    heldBack(/\/v1\/keys\//),
    halfway(({ account, usedKey }) => `/accounts/${account}/keys/${usedKey}`, '.mantine-Skeleton-root'),
  ),
  'key, server error': then(
    failing(/\/v1\/keys\/[^/]+$/),
    halfway(({ account, usedKey }) => `/accounts/${account}/keys/${usedKey}`, '[role="alert"]'),
  ),
  'key, missing': at(({ account }) => `/accounts/${account}/keys/key_00000000000000000000`),
  activity: inAccount('activity'),
  'activity, entry opened': then(inAccount('activity'), press(/^What changed/)),
  'activity, server error': then(
    failing('**/v1/events?**'),
    halfway(({ account }) => `/accounts/${account}/activity`, '[role="alert"]'),
  ),
  notices: inAccount('notices'),
  'notices, none': at(({ emptyAccount }) => `/accounts/${emptyAccount}/notices`),
  webhooks: inAccount('webhooks'),
  'webhooks, none': at(({ emptyAccount }) => `/accounts/${emptyAccount}/webhooks`),
  'webhooks, create dialog': then(
    inAccount('webhooks'),
    press('Add webhook'),
    (page) => page.getByRole('radio', { name: 'Only these' }).check(),
    confirm('Add webhook'),
    says('Enter the address'),
  ),
  webhook: at(({ account, webhook }) => `/accounts/${account}/webhooks/${webhook}`),
  team: inAccount('team'),
  'team, invite dialog': then(inAccount('team'), press('Invite someone'), confirm('Invite'), says('Choose a role.')),
  'team, invited': then(
    inAccount('team'),
    press('Invite someone'),
    newAddress,
    (page) => page.getByRole('dialog').getByRole('radio', { name: 'Auditor' }).check(),
    confirm('Invite'),
    says('No mail is set up here.'),
  ),
  'team, member menu': then(inAccount('team'), press(/^Actions for/), shows('menu')),
  'team, suspend dialog': then(inAccount('team'), press('Actions for Gus'), choose('Suspend'), shows('dialog')),
  settings: inAccount('settings'),
  profile: at('/profile'),
  'profile, password dialog': then(at('/profile'), press('Change the password'), shows('dialog')),
  'profile, authenticator set-up': then(at('/profile'), press('Set up'), shows('dialog'), (page) =>
    page.getByLabel('Code that the app shows').waitFor(),
  ),
  'profile, passkey dialog': then(at('/profile'), press('Add a passkey'), shows('dialog')),
  'profile, leave dialog': then(at('/profile'), press('Leave Northwind'), shows('dialog')),
  'person menu': then(keys, press('Your menu'), shows('menu')),
  'account menu': then(keys, press(/^Northwind\. /), shows('menu')),
  'navigation of small screens': then(keys, async (page) => {
    const menu = button(page, 'Open the menu')
    if (await menu.isVisible()) await menu.click()
    await page.getByRole('link', { name: 'Activity' }).waitFor()
  }),
  'no such page': then(
    at(({ account }) => `/accounts/${account}/nothing`),
    says('There is nothing here'),
  ),
  'no such account': at('/accounts/acc_00000000000000000000/keys'),
  'account, on its way': then(heldBack(/\/v1\/accounts\/[^/]+$/), halfway(keysPath, '.mantine-Skeleton-root')),
}

const operators: Readonly<Record<string, Way>> = {
  'operator, accounts': at('/operator/accounts'),
  'operator, account menu': then(at('/operator/accounts'), press('Actions for Northwind'), shows('menu')),
  'operator, plan dialog': then(
    at('/operator/accounts'),
    press('Actions for Northwind'),
    choose('Plan and limits'),
    shows('dialog'),
    press('Add a limit'),
    confirm('Save'),
    says('Lower-case letters'),
  ),
  'operator, delete dialog': then(
    at('/operator/accounts'),
    press('Actions for Contoso'),
    choose('Delete'),
    shows('dialog'),
  ),
  'operator, create account': then(
    at('/operator/accounts'),
    press('Create account'),
    confirm('Create account'),
    says('Enter a name.'),
  ),
  'operator, people': at('/operator/people'),
  'operator, person menu': then(at('/operator/people'), press('Actions for Gus'), shows('menu')),
  'operator, password link': then(
    at('/operator/people'),
    press('Actions for Gus'),
    choose('Link to set a password'),
    confirm('Make the link'),
    says('The link is made'),
  ),
  'operator, operators': at('/operator/operators'),
  'operator, invite dialog': then(at('/operator/operators'), press('Invite operator'), shows('dialog')),
  'operator, credentials': at('/operator/credentials'),
  'operator, credential dialog': then(
    at('/operator/credentials'),
    press('Create credential'),
    (page) => page.getByRole('dialog').getByRole('radio', { name: 'Checking keys' }).check(),
    confirm('Create credential'),
    says('Choose at least one.'),
  ),
  'operator, credential shown once': then(
    at('/operator/credentials'),
    press('Create credential'),
    fill(/^Name/, 'Billing service'),
    (page) => page.getByRole('dialog').getByRole('radio', { name: 'Operating' }).check(),
    confirm('Create credential'),
    shows('alertdialog'),
  ),
  'operator, webhooks': at('/operator/webhooks'),
  'operator, webhook': at(({ installationWebhook }) => `/operator/webhooks/${installationWebhook}`),
  'operator, log': at('/operator/log'),
  'operator, log entry opened': then(at('/operator/log'), press(/^Details of entry/)),
  'operator in an account': keys,
  'operator, limits of a key': then(key, press('Change limits'), shows('dialog')),
}

const guests: Readonly<Record<string, Way>> = {
  'keys, not for this role': keys,
  'webhooks, not for this role': inAccount('webhooks'),
  'team, for a guest': inAccount('team'),
}

const seenBy = (viewer: Viewer, ways: Readonly<Record<string, Way>>): readonly ConsoleState[] =>
  Object.entries(ways).map(([name, reach]) => ({ name, viewer, reach }))

/** Every page of the console, and every state of it that looks different. */
export const consoleStates: readonly ConsoleState[] = [
  ...seenBy('stranger', strangers),
  ...seenBy('owner', owners),
  ...seenBy('operator', operators),
  ...seenBy('guest', guests),
]

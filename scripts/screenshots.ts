import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger, type RunningServer, readSettings, serve } from 'keywright/embedding'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { repository, run } from './run.ts'
import { type MovableClock, makeSampleData, movableClock, type Operate } from './sample-data.ts'
import { findServices } from './services.ts'

const folder = join(repository, 'docs/screenshots')
const bytesMax = 150 * 1_024
const accountAgeMs = 120 * 86_400_000
const view = { viewport: { width: 1280, height: 800 }, locale: 'en-GB', reducedMotion: 'reduce' } as const
const person = { name: 'Robin Hale', email: 'robin@northwind.example', password: randomBytes(18).toString('hex') }

/** The configuration of the walk in the README; the names of its environments, presets and fields are those of the sample data. */
function configurationOfTheWalk(): string {
  const path = / -- --config (\S+)/.exec(readFileSync(join(repository, 'README.md'), 'utf8'))?.[1]
  if (path === undefined) throw new Error('README.md does not say which configuration its walk starts with.')
  return join(repository, path)
}

async function startServer(clock: MovableClock, data: string, operatorKey: string): Promise<RunningServer> {
  const read = readSettings({
    environment: {
      KEYWRIGHT_PORT: '0',
      KEYWRIGHT_DATA: data,
      KEYWRIGHT_CONFIG: configurationOfTheWalk(),
      KEYWRIGHT_OPERATOR_KEY: operatorKey,
    },
    flags: {},
    folder: data,
  })
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const log = createLogger({ level: 'warn', write: (text) => process.stderr.write(text) })
  return serve(read.settings, { log, clock })
}

const operateBy =
  (url: string, operatorKey: string): Operate =>
  async (method, path, body, credential = operatorKey) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${credential}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`)
    return (await response.json()) as never
  }

/** Makes a person who may do everything in an account, and signs the browser in as them. */
async function admit(context: BrowserContext, url: string, operate: Operate, account: string): Promise<void> {
  const body = { email: person.email, role: 'admin' }
  const { link } = await operate<{ link: string }>('POST', `/v1/accounts/${account}/invitations`, body)
  const accepted = await context.request.post(`${url}/v1/invitations/accept`, {
    headers: { Origin: url },
    data: { token: new URL(link).hash.slice(1), name: person.name, password: person.password },
  })
  if (!accepted.ok()) throw new Error(`The invitation was answered ${accepted.status()}: ${await accepted.text()}`)
}

async function shoot(page: Page, name: string): Promise<void> {
  // Nothing blinks, and no control is under the pointer.
  await page.mouse.move(0, 0)
  await page.evaluate('document.fonts.ready')
  await page.waitForTimeout(400)
  const path = join(folder, `${name}.png`)
  await page.screenshot({ path, caret: 'hide', animations: 'disabled' })
  const { size } = statSync(path)
  if (size > bytesMax) throw new Error(`${path} has ${size} bytes; at most ${bytesMax} are wanted.`)
  console.log(`${path}: ${Math.round(size / 1_024)} KiB`)
}

async function shootCreation(page: Page): Promise<void> {
  const create = { name: 'Create New API Key' }
  await page.getByRole('button', create).click()
  const dialog = page.getByRole('dialog', create)
  await dialog.getByLabel('Name').fill('Warehouse Export')
  await dialog.getByLabel('Where it is used').fill('export-worker, secret in the vault')
  await dialog.getByRole('radio', { name: 'Staging' }).check()
  await dialog.getByRole('radio', { name: 'Custom' }).check()
  await dialog.getByRole('radiogroup', { name: 'Jobs' }).getByRole('radio', { name: 'Read/Write' }).check()
  await dialog
    .getByRole('radiogroup', { name: 'Integrations' })
    .getByRole('radio', { name: 'Read', exact: true })
    .check()
  await shoot(page, 'create')
  await dialog.getByRole('button', create).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Copy key' }).waitFor()
  await shoot(page, 'shown-once')
}

async function shootAll(browser: Browser, url: string, operate: Operate, clock: MovableClock): Promise<void> {
  clock.putBack(accountAgeMs)
  const { id: account } = await operate<{ id: string }>('POST', '/v1/accounts', { name: 'Northwind', plan: 'scale' })
  const mostUsed = await makeSampleData(operate, clock, account)
  const light = await browser.newContext({ ...view, colorScheme: 'light' })
  await admit(light, url, operate, account)

  const keys = await light.newPage()
  await keys.goto(`${url}/accounts/${account}/keys`)
  await keys.getByRole('table').waitFor()
  await shoot(keys, 'keys')
  await shootCreation(keys)

  const help = await light.newPage()
  await help.goto(`${url}/help`)
  await shoot(help, 'help')

  const dark = await browser.newContext({ ...view, colorScheme: 'dark', storageState: await light.storageState() })
  const key = await dark.newPage()
  await key.goto(`${url}/accounts/${account}/keys/${mostUsed}`)
  await key.getByRole('img', { name: 'Requests over time' }).waitFor()
  await shoot(key, 'key-dark')
}

const chromiumPath = findServices(process.env).find(({ name }) => name === 'chromium')?.found
if (chromiumPath === undefined) {
  console.error('There is no chromium; scripts/install-test-services.sh installs it.')
  process.exit(1)
}
const built = await run('node', ['scripts/build-console.ts', '--if-needed'])
if (built.code !== 0) throw new Error(built.output)
mkdirSync(folder, { recursive: true })
// The key that a picture shows is gone with this folder.
const data = mkdtempSync(join(tmpdir(), 'keywright-screenshots-'))
const clock = movableClock()
const operatorKey = randomBytes(32).toString('hex')
clock.putBack(accountAgeMs)
const server = await startServer(clock, data, operatorKey)
const browser = await chromium.launch({ executablePath: chromiumPath })
try {
  await shootAll(browser, server.url, operateBy(server.url, operatorKey), clock)
} finally {
  await browser.close()
  await server.close()
  rmSync(data, { recursive: true, force: true })
}

import { createHash, createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Account, CreatedKey } from '@keywright/sdk'
import { beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../../e2e/support/browser.ts'
import { type Answer, bodyOf, type Call, callsWith } from '../../e2e/support/calls.ts'
import { type Canary, find } from '../../e2e/support/canary.ts'
import { type ChildServer, keywright, startServer } from '../../e2e/support/child-server.ts'
import { temporaryFolder } from '../../e2e/support/cleanup.ts'
import { openAs } from '../../e2e/support/console.ts'
import { createAccount, createKey } from '../../e2e/support/operating.ts'
import { dumped, everythingStored, onDatabaseServer, ownStore, storedRows } from '../../e2e/support/own-store.ts'
import { until } from '../../e2e/support/poll.ts'
import { createOnPage, everythingOf } from './on-page.ts'
import { askChat, configFile, keyTypes, paths, startApi } from './testing.ts'

const folder = temporaryFolder()
const operatorKey = randomBytes(32).toString('hex')
const environment = {
  KEYWRIGHT_DATA: folder,
  KEYWRIGHT_CONFIG: configFile,
  KEYWRIGHT_OPERATOR_KEY: operatorKey,
  KEYWRIGHT_LOG_LEVEL: 'trace',
  ...(await ownStore()),
}

const secrets: Canary[] = []
/** Whatever anybody was answered, by the question. */
const answers = new Map<string, string>()
const creations = new Map<string, string>()

/** Notes what a call was answered. */
const keep = ({ status, headers, text }: Answer<unknown>): void => {
  const fields = [...headers].map(([name, value]) => `${name}: ${value}`).join('\n')
  answers.set(`answer ${answers.size} (${status})`, `${fields}\n${text}`)
}

let server: ChildServer
let operator: Call
let account: Account
let keys: readonly (CreatedKey & { readonly secret: string })[]
let apiUrl: string

beforeAll(async () => {
  server = await startServer(environment)
  operator = callsWith(server.url, operatorKey, keep)
  account = await createAccount(operator, 'Acme')
  apiUrl = await startApi({ url: server.url, operator })
  const creator = callsWith(server.url, operatorKey, (answer) =>
    creations.set(`creation ${creations.size}`, answer.text),
  )
  keys = await Promise.all(keyTypes.map((type) => createKey(creator, account.id, { type, name: `${type} backend` })))
  for (const { secret, name } of keys) secrets.push({ name: `the secret of ${name}`, value: secret })
})

/** Uses a key as programs do, well and badly. */
async function use(secret: string): Promise<void> {
  const api = callsWith(apiUrl, secret, keep)
  await askChat(api)
  await api('GET', paths.management)
  await api('GET', `${paths.management}?key=${secret}`)
  await callsWith(apiUrl, `${secret}x`, keep)('GET', paths.management)
}

interface Operation {
  readonly method: string
  readonly path: string
}

let described: Promise<readonly Operation[]> | undefined

/** Every operation of the server's own description; what ends things comes last. */
function operations(): Promise<readonly Operation[]> {
  described ??= (async () => {
    const { body } = await operator<{ paths: Readonly<Record<string, object>> }>('GET', '/openapi.json')
    const all = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => ['get', 'put', 'post', 'patch', 'delete'].includes(method))
        .map((method) => ({ method: method.toUpperCase(), path })),
    )
    const rank = ({ method, path }: Operation) =>
      method === 'DELETE' ? 2 : /revoke|suspend|\/batch$/.test(path) ? 1 : 0
    return all.sort((one, other) => rank(one) - rank(other))
  })()
  return described
}

/** The addresses of an operation with the ids of what there is, one for each key where it is about one. */
function addressesOf(path: string): readonly string[] {
  const [first = '', ...others] = keys.map(({ id }) =>
    path
      .replace('{account}', account.id)
      .replace('{key}', id)
      .replaceAll(/\{\w+\}/g, 'absent'),
  )
  return path.includes('{key}') ? [first, ...others] : [first]
}

/** Asks every endpoint that only reads, and answers how many there are. */
async function readEverything(ask: (path: string) => Promise<unknown>): Promise<number> {
  const addresses = (await operations())
    .filter(({ method }) => method === 'GET')
    .flatMap(({ path }) => addressesOf(path))
  await Promise.all(addresses.map(ask))
  return addresses.length
}

const noPlaceHolds = (places: ReadonlyMap<string, Buffer | string>): void => expect(find(secrets, places)).toEqual([])

/** What is left of the store when somebody backs it up, and what that said. */
async function backedUp(): Promise<ReadonlyMap<string, Buffer | string>> {
  if (onDatabaseServer) return new Map([['the backup', dumped(environment)]])
  const backup = join(temporaryFolder(), 'backup.db')
  const made = await keywright(['backup', backup], environment)
  expect(made.code, made.told).toBe(0)
  return new Map<string, Buffer | string>([
    ['the backup', readFileSync(backup)],
    ['what the backup said', `${made.out}\n${made.told}`],
  ])
}

describe('LEX-3: a secret is shown exactly once, and nothing can give it back', () => {
  test('the answer of the creation holds it once; the same request again is answered without it', async () => {
    for (const { secret } of keys) {
      const held = [...creations.values()].map((text) => text.split(secret).length - 1)
      expect(held.reduce((sum, count) => sum + count, 0)).toBe(1)
    }
    const once = { body: { type: 'customer', name: 'repeated' }, headers: { 'idempotency-key': '"one"' } }
    const path = `/v1/accounts/${account.id}/keys`
    const creator = callsWith(server.url, operatorKey)
    const { secret, id } = await bodyOf(creator<CreatedKey>('POST', path, once), 201)
    secrets.push({ name: 'the secret of a repeated creation', value: secret ?? '' })
    const again = await operator<CreatedKey>('POST', path, once)
    expect(again.body).toMatchObject({ id, secret: null })
  })

  describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('in a browser', () => {
    test('the page shows it once, and no screen afterwards', { timeout: 40_000 }, async () => {
      const browser = await openBrowser()
      const { page, context, faults } = await openAs(browser, { url: server.url, operator }, 'Ada', {
        account: account.id,
      })
      const received: string[] = []
      page.on('response', async (response) => {
        if (response.url().includes('/v1/')) received.push(await response.text().catch(() => ''))
      })
      await page.goto(`${server.url}/accounts/${account.id}/keys`)
      const secret = await createOnPage(page, { type: 'Customer', label: 'made on the page' })
      secrets.push({ name: 'a secret made on the page', value: secret })
      expect(received.filter((text) => text.includes(secret))).toHaveLength(1)
      await page.evaluate(() => navigator.clipboard.writeText(''))

      const screens = new Map<string, string>()
      const look = async (at: string): Promise<void> => void screens.set(at, await everythingOf(page))
      await look('the list, after the window was closed')
      await page.goBack()
      await page.goForward()
      await look('the list, come back to')
      await page.getByRole('link', { name: 'made on the page' }).click()
      await page.getByRole('heading', { level: 1, name: 'made on the page' }).waitFor()
      await look("the key's page")
      const visit = async (path: string, shows: string) => {
        await page.goto(`${server.url}${path}`)
        await page.getByRole('main').getByText(shows).first().waitFor()
        await look(path)
      }
      const within = `/accounts/${account.id}`
      await visit(`${within}/keys`, 'made on the page')
      await visit(`${within}/activity`, 'made on the page')
      await visit(`${within}/notices`, 'made on the page')
      await visit(`${within}/webhooks`, 'No webhooks yet')
      await visit(`${within}/team`, 'ada@example.com')
      await visit(`${within}/settings`, account.id)
      await visit('/profile', 'Where you are signed in')
      await visit('/help', 'Create Key')
      expect(screens.size).toBe(11)
      noPlaceHolds(screens)

      // The person's own requests, beyond what the pages ask.
      const headers = { 'Keywright-Acting': account.id }
      const asAda = async (path: string) => {
        const response = await context.request.get(`${server.url}${path}`, { headers, maxRedirects: 0 })
        answers.set(`Ada: ${path}`, `${JSON.stringify(response.headers())}\n${await response.text()}`)
      }
      expect(await readEverything(asAda)).toBeGreaterThan(20)
      expect(faults).toEqual([])
    })
  })

  test('no endpoint gives it back: not to operators, not to its holder, not to strangers', async () => {
    for (const { secret } of keys) await use(secret)
    const callers = [operator, callsWith(server.url, keys[0]?.secret ?? '', keep), callsWith(server.url, null, keep)]
    for (const call of callers) expect(await readEverything((path) => call('GET', path))).toBeGreaterThan(20)
    for (const { secret } of keys) {
      await bodyOf(operator('POST', `/v1/accounts/${account.id}/keys/find`, { body: { secret } }))
      await bodyOf(operator('POST', '/v1/verify', { body: { key: secret, audience: 'customer-chat' } }))
      await operator('POST', `/v1/keys/${encodeURIComponent(secret)}/revoke`)
      await operator('GET', `/v1/accounts/${account.id}/keys?search=${encodeURIComponent(secret)}`)
    }
    // Everything else that there is to ask, whatever it does: ends come last.
    for (const { method, path } of await operations()) {
      if (method === 'GET') continue
      for (const address of addressesOf(path)) await operator(method, address, { body: {} })
    }
    expect((await operator('GET', `/v1/accounts/${account.id}`)).status, 'the account is gone by now').toBe(404)
    expect(answers.size).toBeGreaterThan(200)
    noPlaceHolds(answers)
  })

  test('no database file, no backup and no line of the log holds it', async () => {
    await until('usage to be stored', async () =>
      /^keywright_usage_at_stake 0$/m.test((await operator('GET', '/metrics')).text),
    )
    const places = new Map(await backedUp())
    for (const [name, content] of await everythingStored(environment)) places.set(`${name} while it runs`, content)
    await server.stop()
    for (const [name, content] of await everythingStored(environment)) places.set(name, content)
    places.set('standard output', server.out())
    places.set('the log', server.told())
    expect(places.get('the log')?.length).toBeGreaterThan(10_000)
    const looked = onDatabaseServer
      ? ['the database', 'the backup']
      : ['keywright.db', 'keywright.db-wal while it runs']
    expect([...places.keys()]).toEqual(expect.arrayContaining(looked))
    expect(places.get('the backup')?.includes(account.id), 'the search looks into what is stored').toBe(true)
    noPlaceHolds(places)
  })

  test('the search would find one that is planted among what was gathered', () => {
    const [first] = secrets
    expect(secrets.length).toBeGreaterThanOrEqual(3)
    const planted = new Map(answers).set('a planted answer', `{"key":"${first?.value}"}`)
    expect(find(secrets, planted)).toContain(`${first?.name} (raw) in a planted answer`)
  })
})

describe('LEX-4: only a cryptographic hash is stored', () => {
  test("a key's row has an HMAC digest under a pepper that lies outside the database, and four characters of either end", async () => {
    const data = temporaryFolder()
    const ownEnvironment: Readonly<Record<string, string>> = {
      ...environment,
      ...(await ownStore()),
      KEYWRIGHT_DATA: data,
    }
    const own = await startServer(ownEnvironment)
    const call = callsWith(own.url, operatorKey)
    const { id: owner } = await createAccount(call, 'Acme')
    const key = await createKey(call, owner, { type: 'customer' })
    await own.stop()

    const pepperText = ownEnvironment['KEYWRIGHT_PEPPER'] ?? readFileSync(join(data, 'pepper'), 'utf8').trim()
    const { row, all } = await storedRows(ownEnvironment, key.id)
    const hmac = createHmac('sha256', pepperText).update('keywright key\0').update(key.secret).digest()
    expect(row?.['digest']).toBe(hmac.toString('base64url'))
    // Without the pepper nobody can try texts against it.
    const plain = createHash('sha256').update(key.secret).digest()
    for (const form of ['hex', 'base64', 'base64url'] as const) expect(all).not.toContain(plain.toString(form))
    expect(find([{ name: 'the pepper', value: pepperText }], new Map([['the database', all]]))).toEqual([])

    const random = key.secret.slice('lxc_'.length)
    expect(row?.['first_characters']).toBe(random.slice(0, 4))
    expect(row?.['last_characters']).toBe(random.slice(-4))
    const pieces = Array.from({ length: random.length - 5 }, (_, start) => random.slice(start, start + 6))
    expect(pieces.filter((piece) => all.includes(piece))).toEqual([])
  })
})

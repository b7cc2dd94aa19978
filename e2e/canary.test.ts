import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { CreatedCredential, CreatedKey, RotatedKey } from '@keywright/sdk'
import { beforeAll, describe, expect, test } from 'vitest'
import { run } from '../packages/server/src/cli/program.ts'
import { type Answer, bodyOf, type Call, callsWith } from './support/calls.ts'
import { type Canary, find } from './support/canary.ts'
import { type ChildServer, setupLinkOf, startServer } from './support/child-server.ts'
import { temporaryFolder } from './support/cleanup.ts'
import { type Collector, startCollector } from './support/collector.ts'
import { configFile } from './support/everything.config.ts'
import { createAccount, createKey, type WithSecret } from './support/operating.ts'
import { until } from './support/poll.ts'

const folder = temporaryFolder()
const elsewhere = temporaryFolder()
const environment = {
  KEYWRIGHT_DATA: folder,
  KEYWRIGHT_CONFIG: configFile,
  KEYWRIGHT_LOG_LEVEL: 'trace',
}

/** Everything that anybody could read, by where it was found. */
const places = new Map<string, Buffer | string>()
/** The files that hold digests, and must hold nothing more. */
const files = new Map<string, Buffer>()
const secrets: Canary[] = []
const digests: Canary[] = []
const shown = new Set<string>()

/** Notes a secret; the one place where it is shown may hold it once. */
function note(name: string, value: string): string {
  if (!secrets.some((secret) => secret.value === value)) secrets.push({ name, value })
  return value
}

let answers = 0

/** Keeps an answer without the secret that it is there to show, which counts once. */
function keep(answer: Answer<unknown>): void {
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
  const { secret } = answer.body as { readonly secret?: unknown }
  let text = answer.text
  if (typeof secret === 'string' && !shown.has(secret)) {
    shown.add(secret)
    text = text.replace(secret, '')
  }
  places.set(`answer ${answers++} (${answer.status})`, `${headers}\n${text}`)
}

/** Runs a command of the command line in this process and keeps what it wrote, but for the secret that it is there to print. */
async function command(
  parameters: readonly string[],
  more: Readonly<Record<string, string>> = {},
  input = '',
): Promise<string> {
  const [out, told]: [string[], string[]] = [[], []]
  await run(parameters, {
    environment: { ...environment, ...more },
    folder: elsewhere,
    write: (text) => void out.push(text),
    tell: (text) => void told.push(text),
    watched: false,
    readInput: async () => input,
    stopSignal: () => Promise.resolve('SIGTERM'),
  })
  const text = out.join('')
  const secret = /^\S+_[0-9A-Za-z]{38}$/m.exec(text)?.[0]
  if (secret !== undefined) note(`the secret that "${parameters.slice(0, 2).join(' ')}" printed`, secret)
  places.set(
    `command "${parameters.slice(0, 2).join(' ')}" ${places.size}`,
    `${secret === undefined ? text : text.replace(secret, '')}\n${told.join('')}`,
  )
  return text
}

/** Sends a request as no library would, and keeps the answer. */
function sendRaw(url: string, path: string, headers: readonly string[], body = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(url),
      { path, method: body === '' ? 'GET' : 'POST', headers: [...headers] },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () => {
          places.set(`raw answer ${answers++}`, `${response.rawHeaders.join('\n')}\n${Buffer.concat(parts).toString()}`)
          resolve()
        })
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Every call of a key's life that an operator makes. */
async function operate(operator: Call): Promise<readonly WithSecret<CreatedKey>[]> {
  const { id } = await createAccount(operator, 'Acme', { externalId: 'acme-1' })
  const make = async (name: string, more: object = {}) => {
    const key = await createKey(operator, id, { name, preset: 'all', ...more })
    note(`the secret of ${name}`, key.secret)
    return key
  }
  const [first, second, third] = [
    await make('first'),
    await make('second', { quota: { limit: 5, period: 'day' } }),
    await make('third', { metadata: { team: 'crm' } }),
  ]
  const once = { body: { name: 'repeated' }, headers: { 'idempotency-key': '"canary-1"' } }
  const repeated = await bodyOf(operator<WithSecret<CreatedKey>>('POST', `/v1/accounts/${id}/keys`, once), 201)
  note('the secret of a repeated creation', repeated.secret)
  await operator('POST', `/v1/accounts/${id}/keys`, once)
  const rotated = await bodyOf(operator<WithSecret<RotatedKey>>('POST', `/v1/keys/${first.id}/rotate`), 201)
  note('the secret of a rotated key', rotated.secret)
  await operator('PATCH', `/v1/keys/${second.id}`, { body: { description: 'Changed' } })
  await operator('POST', `/v1/keys/${third.id}/pause`)
  await operator('POST', `/v1/keys/${third.id}/reactivate`)
  await operator('PUT', `/v1/keys/${second.id}/override`, {
    body: { limits: [{ name: 'requests', limit: 9, windowSeconds: 60 }] },
  })
  await operator('POST', '/v1/keys/batch', { body: { action: 'pause', filter: { account: id, search: 'repeated' } } })
  const verify = await bodyOf(
    operator<WithSecret<CreatedCredential>>('POST', '/v1/credentials', {
      body: { kind: 'verify', name: 'API', environment: 'live', audiences: ['shop'] },
    }),
    201,
  )
  note('the secret of a verify credential', verify.secret)
  for (const path of [
    `/v1/accounts/${id}`,
    `/v1/accounts/${id}/keys`,
    `/v1/keys/${first.id}`,
    `/v1/keys/${first.id}/usage`,
    `/v1/keys/${first.id}/activity`,
    `/v1/keys/${first.id}/events`,
  ])
    await operator('GET', path)
  for (const path of [
    '/v1/accounts',
    '/v1/credentials',
    '/v1/events?limit=200',
    '/v1/config',
    '/v1/head',
    '/metrics',
    '/healthz',
    '/readyz',
    '/openapi.json',
    '/reference',
  ])
    await operator('GET', path)
  return [rotated, second, third]
}

/** Checks, and every way in which a caller can get one wrong. */
async function present(
  url: string,
  operator: Call,
  verifySecret: string,
  keys: readonly WithSecret<CreatedKey>[],
): Promise<void> {
  const verifier = callsWith(url, verifySecret, keep)
  for (const { secret } of keys) {
    await verifier('POST', '/v1/verify', {
      body: { key: secret, permissions: ['jobs.view'], ip: '192.0.2.7', userAgent: 'curl/8' },
    })
    await verifier('POST', '/v1/verify/batch', { body: { checks: [{ key: secret }, { key: `${secret}x` }] } })
    await operator('POST', '/v1/verify', { body: { key: secret } })
    const traced = { traceparent: `00-${secret}-01`, tracestate: `keywright=${secret}`, baggage: `key=${secret}` }
    await verifier('POST', '/v1/verify', { body: { key: secret }, headers: traced })
    const encoded = encodeURIComponent(secret)
    // In places that logs and errors like to repeat.
    const wrong: readonly [path: string, body?: object][] = [
      [`/v1/accounts?key=${encoded}`],
      [`/v1/accounts?search=${encoded}`],
      [`/v1/keys/${encoded}`],
      [`/v1/${[...Buffer.from(secret)].map((byte) => `%${byte.toString(16)}`).join('')}`],
      [`/v1/events?type=${encoded}`],
      [`/v1/accounts?cursor=${encoded}`],
      [`/setup/${encoded}`],
      [`/v1/verify?key=${encoded}`],
      ['/v1/verify', { keys: secret }],
      ['/v1/verify', { key: { secret } }],
      ['/v1/verify', { key: secret, permissions: [secret] }],
      ['/v1/verify', { key: secret, environment: secret, audience: secret }],
      ['/v1/verify', { key: secret, ip: secret, tag: `${secret} ` }],
      ['/v1/verify/batch', { checks: secret }],
      ['/v1/accounts', { name: 'x', plan: secret }],
      ['/v1/credentials', { kind: secret, name: 'x' }],
      ['/v1/verify', { [secret]: true }],
      ['/v1/accounts', { name: 'x', [secret]: true }],
    ]
    for (const [path, body] of wrong)
      await operator(body === undefined ? 'GET' : 'POST', path, body === undefined ? {} : { body })
    // As proxies ask, with the key where it belongs and wherever else it may get to.
    for (const [path, headers] of [
      ['', {}],
      ['?permission=jobs.create&mode=nginx', {}],
      [`?tag=${encoded}&${encoded}=1`, {}],
      [`/${encoded}?api_key=${encoded}`, { 'X-Keywright-Check': `permission=${encoded}` }],
      ['', { 'X-Forwarded-Uri': `/jobs?api_key=${encoded}`, 'User-Agent': secret, 'X-Forwarded-For': secret }],
      ['', { 'X-Keywright-Credential': secret }],
    ] as const)
      await callsWith(url, secret, keep)('GET', `/v1/forward-auth${path}`, {
        headers: { 'X-Keywright-Credential': verifySecret, ...headers },
      })
    await callsWith(url, secret, keep)('GET', '/v1/accounts')
    await callsWith(url, `${secret}${secret}`, keep)('GET', '/v1/accounts')
    const basic = Buffer.from(`key:${secret}`).toString('base64')
    await sendRaw(url, '/v1/accounts', ['Host', 'localhost', 'Authorization', `Basic ${basic}`])
    await sendRaw(url, '/v1/accounts', [
      'Host',
      'localhost',
      'Authorization',
      `Bearer ${secret}`,
      'Authorization',
      `Bearer ${secret}`,
    ])
    await sendRaw(url, '/v1/accounts', ['Host', 'localhost', 'X-API-Key', secret])
    await sendRaw(url, '/v1/accounts', ['Host', 'localhost', 'X-Request-Id', secret])
    await sendRaw(url, '/v1/accounts', [
      'Host',
      'localhost',
      'Authorization',
      `Bearer ${verifySecret}`,
      'Cookie',
      `key=${secret}`,
    ])
    const json = ['Host', 'localhost', 'Authorization', `Bearer ${verifySecret}`]
    await sendRaw(url, '/v1/verify', [...json, 'Content-Type', 'text/plain'], `{"key":"${secret}"}`)
    await sendRaw(url, '/v1/verify', [...json, 'Content-Type', 'application/json'], `{"key":"${secret}"`)
    await sendRaw(
      url,
      '/v1/verify',
      [...json, 'Content-Type', 'application/json'],
      JSON.stringify({ key: secret.repeat(900) }),
    )
  }
}

/** Every command, right and wrong, with the secrets where people put them. */
async function commands(url: string, operatorSecret: string, key: WithSecret<CreatedKey>): Promise<void> {
  const client = { KEYWRIGHT_URL: url, KEYWRIGHT_CREDENTIAL: operatorSecret }
  const accounts = JSON.parse(await command(['accounts', 'list', '--json'], client)) as {
    readonly items: readonly { readonly id: string }[]
  }
  const account = accounts.items[0]?.id ?? ''
  await command(['keys', 'create', account, '--preset', 'reader', '--name', 'From the command line'], client)
  await command(['credentials', 'create', 'operator', 'Second'], client)
  for (const group of ['keys', 'members']) await command([group, 'list', account], client)
  for (const parameters of [
    ['credentials', 'list'],
    ['events', 'list', '--all', '--json'],
    ['config', 'show'],
    ['keys', 'show', key.id],
    ['keys', 'events', key.id],
    ['keys', 'activity', key.id],
  ])
    await command(parameters, client)
  await command(['keys', 'verify', '--environment', 'live', '--audience', 'shop'], client, `${key.secret}\n`)
  await command(['keys', 'verify'], { ...client, KEYWRIGHT_CREDENTIAL: key.secret }, key.secret)
  await command(['keys', 'show', key.secret], client)
  await command(['keys', 'list', account, `--search=${key.secret}`], client)
  await command(['keys', 'list', `--${key.secret}`], client)
  await command([key.secret], client)
  await command(['serve', `--operator-key=${operatorSecret}`])
  await command(['accounts', 'list'], { ...client, KEYWRIGHT_CREDENTIAL: `${operatorSecret}\n${operatorSecret}` })
  await command(['accounts', 'list'], { ...client, KEYWRIGHT_URL: `http://user:${operatorSecret}@127.0.0.1:1` })
  const fresh = { KEYWRIGHT_DATA: join(elsewhere, 'other') }
  const wrong: Readonly<Record<string, string>>[] = [
    { KEYWRIGHT_PORT: key.secret },
    { KEYWRIGHT_PEPPER: 'aaaaaaaa', KEYWRIGHT_LOG_KEY: 'short' },
    { [`KEYWRIGHT_${key.secret}`]: 'x' },
  ]
  for (const more of wrong) await command(['serve'], { ...fresh, ...more })
  const config = join(elsewhere, 'wrong.json')
  writeFileSync(
    config,
    JSON.stringify({
      product: { name: 'Wrong' },
      types: [{ id: 'key', prefix: key.secret, label: 'API key', audiences: ['api'] }],
    }),
  )
  await command(['serve'], { ...fresh, KEYWRIGHT_CONFIG: config })
  const pepper = note('another pepper', randomBytes(32).toString('hex'))
  await command(['events', 'verify'], { KEYWRIGHT_PEPPER: pepper })
  await command(['serve'], { KEYWRIGHT_PEPPER: pepper, KEYWRIGHT_PORT: '0' })
  await command(['doctor'])
  await command(['migrate'])
  await command(['events', 'checkpoint'])
  await command(['events', 'verify', '--json'])
  await command(['backup', join(elsewhere, 'backup.db')])
}

function readDigests(): void {
  const database = new DatabaseSync(join(folder, 'keywright.db'), { readOnly: true })
  for (const table of ['keys', 'credentials']) {
    const rows = database.prepare(`select id, digest from ${table}`).all() as unknown as readonly {
      readonly id: string
      readonly digest: string
    }[]
    for (const { id, digest } of rows) digests.push({ name: `the digest of ${id}`, value: digest })
  }
  const entries = database.prepare('select * from log_entries').all()
  places.set('the entries of the log', JSON.stringify(entries))
  database.close()
}

const withoutLink = ({ out }: ChildServer, token: string): string => out().replaceAll(token, '')

const tracedDoors = [
  'POST /v1/verify',
  'POST /v1/verify/batch',
  'GET /v1/forward-auth',
  'GET /setup/{token}',
  'GET /v1/keys/{key}',
]

let collector: Collector
let server: ChildServer
let operatorSecret: string
let keys: readonly WithSecret<CreatedKey>[]

beforeAll(async () => {
  collector = await startCollector()
  server = await startServer({ ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
  const link = setupLinkOf(server) ?? ''
  const token = note('the set-up token', link.split('/').at(-1) ?? '')
  const anybody = callsWith(server.url, null, keep)
  await anybody('GET', `/setup/${token}`)
  const made = await bodyOf(anybody<WithSecret<CreatedCredential>>('POST', `/setup/${token}`), 201)
  operatorSecret = note('the operator credential', made.secret)
  await anybody('POST', `/setup/${token}`)
  const operator = callsWith(server.url, operatorSecret, keep)
  keys = await operate(operator)
  places.set('standard output of the first run', withoutLink(server, token))
})

beforeAll(async () => {
  const operator = callsWith(server.url, operatorSecret, keep)
  const verifySecret = secrets.find(({ name }) => name.includes('verify'))?.value ?? ''
  await present(server.url, operator, verifySecret, keys)
  await until('usage to be stored', async () =>
    /^keywright_usage_at_stake 0$/m.test((await operator('GET', '/metrics')).text),
  )
  // What is not yet sent goes with the crash.
  await until('the traces of every door to be sent', () => {
    const sent = collector.spans().map(({ name }) => name)
    return tracedDoors.every((door) => sent.includes(door))
  })
  await commands(server.url, operatorSecret, keys[0] as WithSecret<CreatedKey>)
})

beforeAll(async () => {
  // A crash, and what the start after it says.
  const operator = callsWith(server.url, operatorSecret, keep)
  const account = await createAccount(operator, 'Crashing')
  const racing = Array.from({ length: 20 }, () =>
    createKey(operator, account.id, { name: 'Crashing' }).then(
      ({ secret }) => note('a secret made in the crash', secret),
      () => {},
    ),
  )
  await racing[0]
  await server.kill()
  await Promise.all(racing)
  places.set('standard error of the first run', server.told())
  const second = await startServer({ ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
  await callsWith(second.url, operatorSecret, keep)('GET', '/v1/events?limit=200')
  for (const { secret } of keys)
    await callsWith(second.url, operatorSecret, keep)('POST', '/v1/verify', {
      body: { key: secret, environment: 'live', audience: 'shop' },
    })
  for (const file of readdirSync(folder))
    if (file.includes('-wal') || file.includes('-shm'))
      files.set(`${file} while it runs`, readFileSync(join(folder, file)))
  await second.stop()
  places.set('what the collector of traces got', collector.text())
  places.set('standard output of the second run', second.out())
  places.set('standard error of the second run', second.told())
  readDigests()
  for (const name of ['pepper', 'log-key']) note(`the ${name}`, readFileSync(join(folder, name), 'utf8').trim())
})

describe('the canary', () => {
  const planted = `pub_${randomBytes(16).toString('hex')}AbCdEf`
  const digest = randomBytes(32).toString('base64url')
  const canaries = [
    { name: 'a key', value: planted },
    { name: 'a digest', value: digest },
  ]
  const plants: readonly [form: string, text: string][] = [
    ['raw', `{"msg":"${planted}"}`],
    [
      'percent-encoded',
      `GET /x?key=${[...Buffer.from(planted)].map((byte) => `%${byte.toString(16)}`).join('')} HTTP/1.1`,
    ],
    ['base64, shifted by 0', Buffer.from(`${planted}:`).toString('base64')],
    ['base64, shifted by 1', Buffer.from(`u${planted}!`).toString('base64')],
    ['base64, shifted by 2', Buffer.from(`ke${planted}`).toString('base64url')],
    ['hexadecimal', Buffer.from(planted).toString('hex')],
    ['cut short', `"${planted.slice(0, 37)}"`],
    ['a digest', `digest=${digest}`],
    ['a digest as bytes', Buffer.from(digest, 'base64url').toString('latin1')],
    ['a digest in hexadecimal', Buffer.from(digest, 'base64url').toString('hex')],
  ]

  test.each(plants)('finds one that is planted: %s', (_form, text) => {
    expect(find(canaries, new Map([['a place', Buffer.from(text, 'latin1')]]))).not.toEqual([])
  })

  test('finds one that is planted among what was really gathered', () => {
    const [secret] = secrets
    const withPlant = new Map(places).set(
      'a planted log line',
      `{"authorization":"Basic ${Buffer.from(`key:${secret?.value}`).toString('base64')}"}`,
    )
    expect(find(secrets, withPlant).filter((line) => line.includes('a planted log line'))).not.toEqual([])
  })

  test('finds nothing in clean text', () => {
    expect(find(canaries, new Map([['a place', 'GET /v1/keys 200 pub_••••••••CdEf']]))).toEqual([])
  })
})

test('the run left enough to look at', () => {
  expect(secrets.length).toBeGreaterThan(10)
  expect(digests.length).toBeGreaterThan(8)
  expect(places.size).toBeGreaterThan(100)
  for (const door of tracedDoors) expect(collector.spans().map(({ name }) => name)).toContain(door)
  expect(places.get('standard error of the first run')?.length).toBeGreaterThan(10_000)
})

test('T19, T22: no secret, pepper or log key is in any log, answer, event, metric, trace, document or command', () => {
  expect(find(secrets, places)).toEqual([])
})

test('no digest is in any log, answer, event, metric, trace, document or command', () => {
  expect(find(digests, places)).toEqual([])
})

test('LEX-3: no secret, pepper or log key is in the database, its side files, the checkpoints or a backup', () => {
  files.set('the backup', readFileSync(join(elsewhere, 'backup.db')))
  for (const file of readdirSync(folder))
    if (file !== 'pepper' && file !== 'log-key') files.set(file, readFileSync(join(folder, file)))
  expect(files.size).toBeGreaterThan(3)
  expect(find(secrets, files)).toEqual([])
})

test('the files that hold secrets can be read by their owner alone', () => {
  for (const file of ['pepper', 'log-key', 'keywright.db'])
    expect(statSync(join(folder, file)).mode & 0o077, file).toBe(0)
})

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { bodyOf, type Call, callsWith } from './support/calls.ts'
import { repository, startServer } from './support/child-server.ts'
import { afterwards, temporaryFolder } from './support/cleanup.ts'
import { configFile } from './support/everything.config.ts'
import { namedBlocks } from './support/markdown.ts'
import { createAccount, createKey } from './support/operating.ts'
import { until } from './support/poll.ts'
import { freePort } from './support/ports.ts'
import { openShell } from './support/shell.ts'

const newEnvironment = () => ({
  KEYWRIGHT_DATA: temporaryFolder(),
  KEYWRIGHT_CONFIG: configFile,
  KEYWRIGHT_OPERATOR_KEY: randomBytes(32).toString('hex'),
  KEYWRIGHT_WEBHOOK_NETWORKS: '127.0.0.0/8',
})

interface Created {
  readonly id: string
  readonly secret: string
}

/** What the receiver accepted, in the order of arrival, repetitions included. */
interface Accepted {
  readonly id: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly message: { readonly type: string; readonly data: { readonly target: { readonly id: string } } }
}

const acceptedIn = (file: string): readonly Accepted[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Accepted)
    : []

/** Starts the receiver in a process of its own; resolves when it listens. */
async function startReceiver(options: { readonly port: number; readonly file: string; readonly secret: string }) {
  const program = resolve(import.meta.dirname, 'support/webhook-receiver.ts')
  const parameters = ['--port', String(options.port), '--file', options.file, '--secret', options.secret]
  const child = spawn(process.execPath, [program, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  let out = ''
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString()
  })
  const kill = async () => {
    child.kill('SIGKILL')
    await closed
  }
  afterwards(kill)
  await until('the receiver to listen', () => out.includes('receives at'))
  return { kill }
}

const createWebhook = (operator: Call, path: string, body: object): Promise<Created> =>
  bodyOf(operator<Created>('POST', path, { body }), 201)

test('a receiver of its own sees each event at least once through a kill -9 of the server and of itself', async () => {
  const environment = newEnvironment()
  const file = join(temporaryFolder(), 'accepted.jsonl')
  const port = await freePort()
  const first = await startServer(environment)
  let operator = callsWith(first.url, environment.KEYWRIGHT_OPERATOR_KEY)
  const account = await createAccount(operator, 'Hooked')
  const path = `/v1/accounts/${account.id}/webhooks`
  const url = `http://127.0.0.1:${port}/hooks`
  const { id, secret } = await createWebhook(operator, path, { url, events: ['key.created'] })
  const receiver = await startReceiver({ port, file, secret })

  const made: string[] = []
  const makeKeys = async (count: number) => {
    for (let index = 0; index < count; index++) {
      made.push((await createKey(operator, account.id, { name: 'Announced' })).id)
    }
  }
  const arrived = () => new Set(acceptedIn(file).map(({ message }) => message.data.target.id))
  await makeKeys(15)
  await until('some messages to arrive', () => arrived().size > 0)
  await makeKeys(5)
  // The server dies with messages unsent or unrecorded, and comes back to them.
  await first.kill()
  const second = await startServer(environment)
  operator = callsWith(second.url, environment.KEYWRIGHT_OPERATOR_KEY)
  await makeKeys(5)
  // What the dead server had taken is taken again when its lease has run out.
  await until('every event so far to arrive', () => arrived().size === made.length, 40_000)
  await receiver.kill()
  // Nobody listens: these fail at first.
  await makeKeys(3)
  await until('an attempt to fail', async () => {
    const page = await bodyOf(
      operator<{ readonly items: readonly { readonly attempts: number; readonly lastError: string | null }[] }>(
        'GET',
        `${path}/${id}/deliveries?state=pending`,
      ),
    )
    return page.items.some(({ lastError }) => lastError === 'connection_failed')
  })
  await startReceiver({ port, file, secret })
  // Retries would come by themselves, in minutes; a replay by hand is what an operator does who does not want to wait.
  const replayed = await bodyOf(
    operator<{ readonly queued: number }>('POST', `${path}/${id}/replay`, {
      body: { since: new Date(Date.now() - 3_600_000).toISOString() },
    }),
  )
  expect(replayed.queued).toBe(28)
  await until('every event to arrive', () => arrived().size === made.length, 20_000)
  expect([...arrived()].sort()).toEqual([...made].sort())

  // A message keeps its id, so that repetitions can be told apart.
  const ids = new Map<string, Set<string>>()
  for (const {
    id: message,
    message: { data },
  } of acceptedIn(file)) {
    ids.set(data.target.id, (ids.get(data.target.id) ?? new Set()).add(message))
  }
  expect([...ids.values()].filter(({ size }) => size !== 1)).toEqual([])
  await second.stop()
}, 90_000)

test('the receiver refuses what was altered, what is old and what another secret signed', async () => {
  const environment = newEnvironment()
  const file = join(temporaryFolder(), 'accepted.jsonl')
  const port = await freePort()
  const server = await startServer(environment)
  const operator = callsWith(server.url, environment.KEYWRIGHT_OPERATOR_KEY)
  const { id, secret } = await createWebhook(operator, '/v1/webhooks', { url: `http://127.0.0.1:${port}/` })
  await startReceiver({ port, file, secret })
  await bodyOf(operator('POST', `/v1/webhooks/${id}/test`))
  const [first] = await until('the test to arrive', () => {
    const accepted = acceptedIn(file).filter(({ message }) => message.type === 'webhook.test')
    return accepted.length > 0 && accepted
  })
  const { body = '', headers = {} } = first ?? {}
  const send = async (more: { body?: string; headers?: Readonly<Record<string, string>> }) =>
    (
      await fetch(`http://127.0.0.1:${port}/`, {
        method: 'POST',
        body: more.body ?? body,
        headers: Object.fromEntries(
          ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [
            name,
            more.headers?.[name] ?? headers[name] ?? '',
          ]),
        ),
      })
    ).status
  expect(await send({})).toBe(204)
  expect(await send({ body: body.replace(id, `${id}x`) })).toBe(401)
  expect(await send({ headers: { 'webhook-id': 'msg_another' } })).toBe(401)
  expect(await send({ headers: { 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 600) } })).toBe(401)

  // After a rotation without overlap the receiver, which still has the old secret, accepts nothing; with one it goes on.
  await bodyOf(operator('POST', `/v1/webhooks/${id}/secret`, { body: { overlapSeconds: 0 } }))
  await bodyOf(operator('POST', `/v1/webhooks/${id}/test`))
  const failed = await until('the test to be refused', async () => {
    const page = await bodyOf(
      operator<{ readonly items: readonly { readonly type: string; readonly lastStatus: number | null }[] }>(
        'GET',
        `/v1/webhooks/${id}/deliveries?state=failed`,
      ),
    )
    return page.items[0]
  })
  expect(failed).toMatchObject({ type: 'webhook.test', lastStatus: 401 })
  await server.stop()
}, 40_000)

test('redirects are not followed, and without the setting no address of the own network is taken', async () => {
  let followed = 0
  const target = createServer((_, response) => {
    followed++
    response.end()
  })
  await new Promise<void>((listening) => target.listen(0, '127.0.0.1', listening))
  afterwards(() => target.close())
  const inside = `http://127.0.0.1:${(target.address() as AddressInfo).port}/`
  const redirecting = createServer((_, response) => {
    response.writeHead(307, { Location: inside }).end()
  })
  await new Promise<void>((listening) => redirecting.listen(0, '127.0.0.1', listening))
  afterwards(() => redirecting.close())
  const environment = newEnvironment()
  const server = await startServer(environment)
  const operator = callsWith(server.url, environment.KEYWRIGHT_OPERATOR_KEY)
  const url = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}/`
  const { id } = await createWebhook(operator, '/v1/webhooks', { url })
  await bodyOf(operator('POST', `/v1/webhooks/${id}/test`))
  const failed = await until('the test to fail', async () => {
    const page = await bodyOf(
      operator<{ readonly items: readonly { readonly lastStatus: number | null; readonly lastError: string }[] }>(
        'GET',
        `/v1/webhooks/${id}/deliveries?state=failed`,
      ),
    )
    return page.items[0]
  })
  expect(failed).toMatchObject({ lastStatus: 307, lastError: 'redirect_refused' })
  expect(followed).toBe(0)
  await server.stop()

  const { KEYWRIGHT_WEBHOOK_NETWORKS: _, ...guarded } = newEnvironment()
  const careful = await startServer(guarded)
  const carefully = callsWith(careful.url, guarded.KEYWRIGHT_OPERATOR_KEY)
  for (const refused of [
    inside,
    'https://127.1/',
    'https://[::ffff:10.0.0.1]/',
    'https://localhost/',
    'https://user@example.com/',
  ]) {
    const answer = await carefully<{ readonly code: string }>('POST', '/v1/webhooks', { body: { url: refused } })
    expect([refused, answer.status, answer.body.code]).toEqual([refused, 422, 'webhook_address_refused'])
  }
  await careful.stop()
}, 40_000)

test('U6: the receiver and the commands of the guide do what it says', async () => {
  const guide = readFileSync(join(repository, 'docs/guides/webhooks.md'), 'utf8')
  const blocks = namedBlocks(guide, 'sh')
  expect([...blocks.keys()]).toEqual(['start', 'create', 'test', 'replay', 'rotate'])
  const block = (name: string) => blocks.get(name) ?? ''
  const project = temporaryFolder()
  symlinkSync(join(repository, 'node_modules'), join(project, 'node_modules'))
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(project, 'receiver.ts'), namedBlocks(guide, 'ts').get('receiver.ts') ?? '')

  const [port, receiverPort] = [await freePort(), await freePort()]
  const operatorKey = randomBytes(32).toString('hex')
  const credential = join(project, 'operator-key')
  writeFileSync(credential, operatorKey)
  const { KEYWRIGHT_DATA, KEYWRIGHT_CONFIG } = newEnvironment()
  const environment = {
    KEYWRIGHT_DATA,
    KEYWRIGHT_CONFIG,
    KEYWRIGHT_PORT: String(port),
    KEYWRIGHT_URL: `http://127.0.0.1:${port}`,
    KEYWRIGHT_OPERATOR_KEY_FILE: credential,
    KEYWRIGHT_CREDENTIAL_FILE: credential,
    WEBHOOK_PORT: String(receiverPort),
  }
  const server = openShell(environment).leaveRunning(block('start'))
  await until('the server to serve', () => /serves at /.exec(server()) ?? undefined, 20_000)
  const shell = openShell(environment)
  await shell.type(block('create'))
  await shell.type(`cd ${project}`)
  const tested = await shell.type(block('test'))
  expect(tested).toMatch(/^webhook\.test msg_\w+$/m)
  expect(tested).toContain('"state":"delivered"')
  expect(await shell.type(block('replay'))).toMatch(/\{"queued":\d+\}/)
  expect(await shell.type(block('rotate'))).toMatch(/"secretRotatingUntil":"\d{4}-[^"]+","secret":"whsec_/)
}, 120_000)

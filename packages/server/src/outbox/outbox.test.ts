import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { afterEach, expect, it } from 'vitest'
import { Secret } from '../secret.ts'
import type { Storage } from '../storage/ports.ts'
import { storageOf } from '../storage/storage.ts'
import { openTestStore, type TestClock, testClock, testConfig, testOperator, testSource } from '../storage/testing.ts'
import { type Outbox, type OutboxSettings, startOutbox } from './outbox.ts'

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close()
})

const listening = async (server: Server): Promise<number> => {
  opened.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** One mail as the mail server took it. */
interface Taken {
  readonly from: string
  readonly to: readonly string[]
  readonly data: string
}

/** A mail server that speaks as much of RFC 5321 as a client needs, with a password (RFC 4954), and refuses what it is told to. */
async function openSmtp(refusals: { recipients: number; readonly line?: string } = { recipients: 0 }) {
  const taken: Taken[] = []
  const users: string[] = []
  const speak = (socket: Socket) => {
    let [from, to, data]: [string, string[], string | null] = ['', [], null]
    let rest = ''
    const say = (line: string) => void socket.write(`${line}\r\n`)
    const heard = (line: string) => {
      if (data !== null) {
        if (line !== '.') data += `${line.replace(/^\.\./, '.')}\n`
        else {
          taken.push({ from, to, data })
          data = null
          to = []
          say('250 2.0.0 taken')
        }
      } else if (/^EHLO /i.test(line)) say('250-mail.test\r\n250-8BITMIME\r\n250 AUTH PLAIN')
      else if (/^AUTH PLAIN /i.test(line)) {
        users.push(Buffer.from(line.slice(11), 'base64').toString().replaceAll('\0', ' ').trim())
        say('235 2.7.0 welcome')
      } else if (/^MAIL FROM:/i.test(line)) {
        from = line.slice(10)
        say('250 2.1.0 go on')
      } else if (/^RCPT TO:/i.test(line)) {
        if (refusals.recipients-- > 0) say(refusals.line ?? '451 4.3.0 later, for ada@example.com')
        else {
          to.push(line.slice(8))
          say('250 2.1.5 go on')
        }
      } else if (/^DATA/i.test(line)) {
        data = ''
        say('354 go ahead')
      } else if (/^QUIT/i.test(line)) socket.end('221 2.0.0 bye\r\n')
      else say('250 2.0.0 fine')
    }
    say('220 mail.test ESMTP')
    socket.on('error', () => {})
    socket.on('data', (part) => {
      const lines = (rest + part.toString()).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) heard(line)
    })
  }
  const port = await listening(createServer(speak))
  return { taken, users, url: `smtp://keys:p%40ss@127.0.0.1:${port}` }
}

interface World {
  readonly storage: Storage
  readonly store: Awaited<ReturnType<typeof openTestStore>>
  readonly outbox: Outbox
  readonly clock: TestClock
  readonly accountId: string
  readonly lines: string[]
  readonly paused: number[]
}

async function openWorld(given: Partial<OutboxSettings> = {}): Promise<World> {
  const clock = testClock(Date.now())
  const roles = [{ id: 'admin', label: 'Admin', may: ['view', 'revoke'] as const, managesMembers: true }]
  const config = testConfig({
    ...testSource,
    product: { name: { en: 'Tides', fr: 'Marées' }, languages: ['en', 'fr'] },
    roles,
  })
  const store = await openTestStore({ kind: 'sqlite', clock, config })
  opened.push(store)
  const storage = storageOf(store)
  const lines: string[] = []
  const paused: number[] = []
  const write = (fields: object, message: string) => void lines.push(JSON.stringify({ ...fields, message }))
  const outbox = await startOutbox({
    storage,
    config: () => config,
    clock,
    log: { info: write, error: write },
    settings: {
      smtpUrl: null,
      mailFrom: 'Keys <keys@tides.example>',
      webhookNetworks: ['127.0.0.0/8'],
      publicUrl: () => 'https://keys.tides.example',
      ...given,
    },
    random: () => 0,
    pause: async (ms) => void paused.push(ms),
    timeoutMs: 2_000,
  })
  opened.push(outbox)
  const account = await storage.accounts.create(testOperator, { name: 'Example Ltd' })
  if ('problem' in account) throw new Error(account.problem)
  return { storage, store, outbox, clock, accountId: account.record.id, lines, paused }
}

const link = new Secret('https://keys.tides.example/invitation#tokenthatisasecret')
const about = {
  account: 'Click http://evil.example\r\nBcc: all',
  role: 'Admin',
  invitedBy: null,
  expiresAtMs: Date.UTC(2026, 10, 27, 12),
}

it('an invitation goes out at once, in the language of the person, as text and HTML, and its link is nowhere else', async () => {
  const smtp = await openSmtp()
  const { outbox, storage, lines } = await openWorld({ smtpUrl: new Secret(smtp.url) })
  expect(outbox.messages.mail).toBe(true)
  const to = { email: 'fleur@example.com', name: 'Fleur\r\nBcc: all@example.com', language: 'fr-CA' }
  expect(await outbox.messages.invitation(to, link, about)).toBe(true)
  const [mail] = smtp.taken
  expect(mail?.to).toEqual(['<fleur@example.com>'])
  expect(mail?.from).toMatch(/^<keys@tides\.example>/)
  expect(smtp.users).toEqual(['keys p@ss'])
  const [head = '', ...body] = (mail?.data ?? '').split('\n\n')
  expect(head).not.toMatch(/^Bcc:/im)
  expect(head).toMatch(/^Auto-Submitted: auto-generated$/m)
  expect(body.join('\n\n')).toMatch(/text\/plain[\s\S]*text\/html/)
  expect(body.join('\n').replaceAll('=\n', '')).toContain('/invitation#tokenthatisasecret')
  expect(body.join('\n')).not.toContain('http://evil.example')
  expect(lines.join()).not.toContain('tokenthatisasecret')
  expect(await storage.outbox.counts()).toEqual({ deliveries: 0, mails: 0 })
})

it('a direct mail is tried three times, and whoever waits is told that it was not taken', async () => {
  const refusals = { recipients: 2 }
  const smtp = await openSmtp(refusals)
  const { outbox, paused, lines } = await openWorld({ smtpUrl: new Secret(smtp.url) })
  const to = { email: 'ada@example.com', name: 'Ada', language: null }
  expect(await outbox.messages.passwordReset(to, link, Date.now())).toBe(true)
  expect(paused).toEqual([500, 2_000])
  refusals.recipients = 3
  expect(await outbox.messages.passwordReset(to, link, Date.now())).toBe(false)
  expect(lines.join()).toContain('451')
  expect(lines.join()).not.toMatch(/ada@example\.com|tokenthatisasecret|p@ss/)
  expect(smtp.taken).toHaveLength(1)
})

it('without a mail server nothing is mailed, and one without a sender refuses the start', async () => {
  const { outbox } = await openWorld()
  expect(outbox.messages.mail).toBe(false)
  expect(await outbox.messages.invitation({ email: 'a@example.com', name: null, language: null }, link, about)).toBe(
    false,
  )
  await expect(openWorld({ smtpUrl: new Secret('smtp://127.0.0.1:9'), mailFrom: null })).rejects.toThrow(
    /KEYWRIGHT_MAIL_FROM/,
  )
})

it('a webhook gets what happens, signed so that the reference library accepts it, and nothing of the answer is kept', async () => {
  const { storage, outbox, clock, accountId } = await openWorld()
  const got: { headers: IncomingMessage['headers']; body: string }[] = []
  let status = 500
  const receiver = createHttpServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => {
      body += part.toString()
    })
    request.on('end', () => {
      got.push({ headers: request.headers, body })
      response.writeHead(status).end('the receiver said something private')
    })
  })
  const port = await listening(receiver)
  const url = `http://127.0.0.1:${port}/hooks`
  expect(await outbox.webhookFault(url)).toBeUndefined()
  const made = await storage.webhooks.create(testOperator, accountId, { url, events: ['key.created'] })
  if ('problem' in made) throw new Error(made.problem)
  await storage.keys.create(testOperator, accountId, { name: 'Deploy' })
  await outbox.look()
  await outbox.settled()
  status = 204
  clock.advance(5_000)
  await outbox.look()
  await outbox.settled()
  expect(got).toHaveLength(2)
  const [first, second] = got as [(typeof got)[0], (typeof got)[0]]
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id'])
  expect(Number(second.headers['webhook-timestamp']) - Number(first.headers['webhook-timestamp'])).toBe(5)
  const verifier = new Webhook(made.secret.expose())
  for (const { headers, body } of got) {
    expect(verifier.verify(body, headers as Record<string, string>)).toMatchObject({ type: 'key.created' })
    expect(() => verifier.verify(body.replace('created', 'revoked'), headers as Record<string, string>)).toThrow()
  }
  const page = await storage.webhooks.deliveries(accountId, made.record.id, {})
  expect(page).toMatchObject({ items: [{ state: 'delivered', attempts: 2, lastStatus: 204, lastError: null }] })
  expect(JSON.stringify(page)).not.toContain('private')
  expect(await outbox.counts()).toMatchObject({ deliveries: 0, delivered: 1, deliveryFailures: 1 })
})

it('why an address is refused is one sentence, the same for names of the own network and for names that are none', async () => {
  const { outbox } = await openWorld({ webhookNetworks: [] })
  expect(await outbox.webhookFault('https://169.254.169.254/')).toBe(
    await outbox.webhookFault('https://no-such-name.invalid/'),
  )
  expect(await outbox.webhookFault('https://localhost/')).toBe(
    await outbox.webhookFault('https://no-such-name.invalid/'),
  )
  expect(await outbox.webhookFault('nothing')).toMatch(/whole address/)
})

it('notices are mailed together after half a minute, with the names of keys and links to them', async () => {
  const smtp = await openSmtp()
  const world = await openWorld({ smtpUrl: new Secret(smtp.url) })
  const { storage, outbox, clock, accountId } = world
  await addPerson(world)
  await storage.keys.create(testOperator, accountId, { name: 'Deploy' })
  await storage.keys.create(testOperator, accountId, { name: 'Nightly' })
  await outbox.look()
  await outbox.settled()
  expect(smtp.taken).toEqual([])
  clock.advance(30_000)
  await outbox.look()
  await outbox.settled()
  expect(smtp.taken).toHaveLength(1)
  const data = smtp.taken[0]?.data.replaceAll('=\n', '') ?? ''
  expect(data).toMatch(/^Subject: Tides: 2 messages about your keys$/m)
  expect(data).toContain('Deploy')
  expect(data).toContain('Nightly')
  expect(data).toContain(`https://keys.tides.example/accounts/${accountId}/keys/key_`)
})

it('a mail to an address that the mail server does not know is given up at once, and the log says so without the address', async () => {
  const smtp = await openSmtp({ recipients: 1, line: '550 5.1.1 no ada@example.com here' })
  const world = await openWorld({ smtpUrl: new Secret(smtp.url) })
  const { storage, outbox, clock, accountId, lines } = world
  await addPerson(world)
  await storage.keys.create(testOperator, accountId, { name: 'Deploy' })
  await outbox.look()
  clock.advance(30_000)
  await outbox.look()
  await outbox.settled()
  expect(await storage.outbox.counts()).toEqual({ deliveries: 0, mails: 0 })
  clock.advance(3_600_000)
  await outbox.look()
  await outbox.settled()
  expect(smtp.taken).toEqual([])
  expect(lines.join()).toContain('refuses a mail for good')
  expect(lines.join()).not.toContain('ada@example.com')
})

/** Someone who signs in and administers the account. */
async function addPerson({ store, storage, accountId }: World): Promise<void> {
  const times = { created_at: '2026-11-20T12:00:00.000Z', updated_at: '2026-11-20T12:00:00.000Z' }
  const flags = { email_verified: 1, suspended: 0, two_factor_enabled: 0 }
  await store.context.write(testOperator, async ({ database }) => {
    await database
      .insertInto('people')
      .values({ id: 'per_Ada', name: 'Ada', email: 'ada@example.com', image: null, language: null, ...flags, ...times })
      .execute()
  })
  const member = await storage.members.create(testOperator, accountId, {
    role: 'admin',
    personId: 'per_Ada',
    name: 'Ada',
  })
  if ('problem' in member) throw new Error(member.problem)
}

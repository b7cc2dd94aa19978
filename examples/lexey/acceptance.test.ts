import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { Account } from '@keywright/sdk'
import { Webhook } from 'standardwebhooks'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, bodyOf, type Call, callsWith, type ProblemBody } from '../../e2e/support/calls.ts'
import { afterwards } from '../../e2e/support/cleanup.ts'
import { createAccount, createKey, createVerifyCredential } from '../../e2e/support/operating.ts'
import { until } from '../../e2e/support/poll.ts'
import { createApi } from './api.ts'
import { close, listen } from './listen.ts'
import { createReceiver, type KeyEvent } from './receiver.ts'
import {
  askChat,
  invalidKey,
  type KeyType,
  keyTypes,
  paths,
  type System,
  startApi,
  startSystem,
  wrongType,
} from './testing.ts'

let system: System
let account: Account

beforeAll(async () => {
  system = await startSystem()
  account = await createAccount(system.operator, 'Acme')
})

const newKey = (type: KeyType, owner = account.id) => createKey(system.operator, owner, { type })

const lesson = { question: 'When are you open?', answer: 'From nine to five.' }

/** Every operation of each API, with what it answers to a key that reaches it. */
const operations: Readonly<Record<KeyType, readonly (readonly [string, (call: Call) => Promise<Answer>, number])[]>> = {
  customer: [['ask', (call) => askChat(call), 200]],
  management: [
    ['list the conversations', (call) => call('GET', paths.management), 200],
    ['teach an answer', (call) => call('POST', paths.management, { body: lesson }), 201],
  ],
}

const titleAndCheck = (answer: Answer) => {
  const { title, check } = answer.body as unknown as ProblemBody
  return { title, check }
}

describe('LEX-1: a key reaches the API of its own type and no other', () => {
  test.each([
    ['customer', /^lxc_[0-9A-Za-z]{38}$/],
    ['management', /^lxm_[0-9A-Za-z]{38}$/],
  ] as const)('a %s key begins with its prefix', async (type, pattern) => {
    expect((await newKey(type)).secret).toMatch(pattern)
  })

  const pairs = keyTypes.flatMap((made) =>
    keyTypes.flatMap((used) =>
      operations[used].map(([operation, perform, status]) => ({ made, used, operation, perform, status })),
    ),
  )

  test.each(pairs)('a $made key at the $used API: $operation', async ({ made, used, perform, status }) => {
    const answer = await perform(system.api((await newKey(made)).secret))
    if (made === used) {
      expect(answer.status, answer.text).toBe(status)
      return
    }
    expect(answer.status, answer.text).toBe(403)
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(titleAndCheck(answer)).toEqual(wrongType)
  })

  test('what was refused has had no effect', async () => {
    const other = await createAccount(system.operator, 'Untouched')
    const [customer, management] = [await newKey('customer', other.id), await newKey('management', other.id)]
    const [asking, managing] = [system.api(customer.secret), system.api(management.secret)]
    expect((await askChat(managing)).status).toBe(403)
    expect((await asking('POST', paths.management, { body: lesson })).status).toBe(403)
    expect((await managing('GET', paths.management)).body).toEqual({ conversations: [] })
    expect((await askChat(asking)).text).not.toContain(lesson.answer)
  })

  test('a prefix that is exchanged makes no key of the other type', async () => {
    const customer = await newKey('customer')
    const management = await newKey('management')
    const disguised = system.api(customer.secret.replace('lxc_', 'lxm_'))
    expect((await disguised('GET', paths.management)).status).toBe(401)
    expect((await askChat(system.api(management.secret.replace('lxm_', 'lxc_')))).status).toBe(401)
  })

  test.each(keyTypes)('an API that may only check %s keys cannot be made to accept others', async (type) => {
    const other = type === 'customer' ? 'management' : 'customer'
    const credential = await createVerifyCredential(system.operator, { audiences: [`${type}-chat`] })
    const verify = callsWith(system.url, credential)
    const { secret } = await newKey(other)
    const checked = await bodyOf(verify<{ code: string }>('POST', '/v1/verify', { body: { key: secret } }))
    expect(checked.code).toBe('WRONG_TYPE')
    const widened = await verify('POST', '/v1/verify', { body: { key: secret, audience: `${other}-chat` } })
    expect(widened.body['valid'], widened.text).not.toBe(true)
  })

  test('a key is of a type that somebody chose', async () => {
    const path = `/v1/accounts/${account.id}/keys`
    expect((await system.operator('POST', path, { body: { name: 'No type' } })).status).toBe(422)
    expect((await system.operator('POST', path, { body: { type: 'other' } })).status).toBe(422)
  })
})

/** What a stream sends, one by one as it arrives. */
async function openStream(apiUrl: string, key: string, message: string) {
  const sent = request(`${apiUrl}${paths.customer}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', Accept: 'text/event-stream' },
  })
  sent.end(JSON.stringify({ message }))
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage]
  let text = ''
  let ended = false
  response.setEncoding('utf8')
  response.on('data', (part: string) => {
    text += part
  })
  response.on('end', () => {
    ended = true
  })
  const events = () =>
    text
      .split('\n\n')
      .slice(0, -1)
      .map((block) => {
        const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? []
        return { event, data: JSON.parse(data ?? 'null') as Readonly<Record<string, string>> }
      })
  return { response, events, hasEnded: () => ended }
}

describe('LEX-8: what belongs around typed keys', () => {
  describe('a stream behind a customer key', () => {
    test('sends the answer while it is being made, as server-sent events', async () => {
      let letOn: () => void = () => {}
      let waits = 0
      const apiUrl = await startApi(system, () => {
        waits++
        return new Promise<void>((resolve) => {
          letOn = resolve
        })
      })
      const management = callsWith(apiUrl, (await newKey('management')).secret)
      await bodyOf(management('POST', paths.management, { body: lesson }), 201)
      const stream = await openStream(apiUrl, (await newKey('customer')).secret, lesson.question)
      expect(stream.response.statusCode).toBe(200)
      expect(stream.response.headers['content-type']).toBe('text/event-stream')
      expect(stream.response.headers['cache-control']).toBe('no-store')

      const words = lesson.answer.match(/\S+\s*/g) ?? []
      for (const [index] of words.entries()) {
        await until('the next word', () => stream.events().length === index + 1 && waits === index + 1)
        expect(stream.hasEnded()).toBe(false)
        letOn()
      }
      await until('the end of the stream', stream.hasEnded)
      expect(stream.events()).toEqual([
        ...words.map((text) => ({ event: 'word', data: { text } })),
        { event: 'done', data: { answer: lesson.answer } },
      ])
      const { conversations } = await bodyOf(management<{ conversations: readonly object[] }>('GET', paths.management))
      expect(conversations).toContainEqual(lesson)
    })

    test("never carries another account's answers", async () => {
      const other = await createAccount(system.operator, 'Other')
      await bodyOf(system.api((await newKey('management')).secret)('POST', paths.management, { body: lesson }), 201)
      const theirs = system.api((await newKey('customer', other.id)).secret)
      expect((await askChat(theirs)).text).not.toContain(lesson.answer)
    })
  })

  describe('a key that is not accepted', () => {
    const presented: Readonly<Record<string, () => Promise<Readonly<Record<string, string>>>>> = {
      'none at all': async () => ({}),
      'a text that is no key': async () => ({ authorization: 'Bearer not-a-key' }),
      'half a key': async () => ({ authorization: `Bearer ${(await newKey('customer')).secret.slice(0, -5)}` }),
      'a key of an account that is gone': async () => {
        const gone = await createAccount(system.operator, 'Gone')
        const { secret } = await newKey('customer', gone.id)
        await system.operator('DELETE', `/v1/accounts/${gone.id}`)
        return { authorization: `Bearer ${secret}` }
      },
      'a revoked key': async () => {
        const { id, secret } = await newKey('customer')
        await bodyOf(system.operator('POST', `/v1/keys/${id}/revoke`))
        return { authorization: `Bearer ${secret}` }
      },
      'a key in another header': async () => ({ 'x-api-key': (await newKey('customer')).secret }),
    }
    const cases = Object.keys(presented).flatMap((name) =>
      keyTypes.map((type) => ({ name, type, method: type === 'customer' ? 'POST' : 'GET' })),
    )

    test.each(cases)('$name: 401 as JSON at the $type API', async ({ name, type, method }) => {
      const headers = (await presented[name]?.()) ?? {}
      const answer = await callsWith(system.apiUrl, null)(method, paths[type], { headers })
      expect(answer.status, answer.text).toBe(401)
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="Lexey"/)
      expect(titleAndCheck(answer)).toEqual(invalidKey)
    })
  })

  describe('whatever is wrong before a stream is answered as JSON', () => {
    const json = { 'content-type': 'application/json' }
    const withKey = async (type: KeyType, more: object = {}) => ({
      authorization: `Bearer ${(await newKey(type)).secret}`,
      ...json,
      ...more,
    })
    const hello = JSON.stringify({ message: 'Hello' })
    const cases: readonly (readonly [string, number, () => Promise<RequestInit>])[] = [
      ['no key', 401, async () => ({ headers: json, body: hello })],
      ['no key and no JSON', 401, async () => ({ headers: json, body: '{' })],
      ['a management key', 403, async () => ({ headers: await withKey('management'), body: hello })],
      ['a management key and no JSON', 403, async () => ({ headers: await withKey('management'), body: '{' })],
      ['a body that is no JSON', 400, async () => ({ headers: await withKey('customer'), body: '{' })],
      ['no message', 422, async () => ({ headers: await withKey('customer'), body: '{}' })],
      ['a message that is no text', 422, async () => ({ headers: await withKey('customer'), body: '{"message":7}' })],
      ['no body', 422, async () => ({ headers: await withKey('customer') })],
      [
        'a body of another type',
        422,
        async () => ({ headers: await withKey('customer', { 'content-type': 'text/plain' }), body: hello }),
      ],
      [
        'a body that is too large',
        413,
        async () => ({ headers: await withKey('customer'), body: JSON.stringify({ message: 'a'.repeat(20_000) }) }),
      ],
    ]

    test.each(cases)('%s: %i', async (_what, status, init) => {
      const { headers, ...rest } = await init()
      const response = await fetch(`${system.apiUrl}${paths.customer}`, {
        method: 'POST',
        headers: { ...(headers as Record<string, string>), accept: 'text/event-stream' },
        ...rest,
      })
      const text = await response.text()
      expect(response.status, text).toBe(status)
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(JSON.parse(text)).toMatchObject({ status, title: expect.any(String) })
    })

    test('two keys at once: 400', async () => {
      const [one, two] = [await newKey('customer'), await newKey('customer')]
      const sent = request(`${system.apiUrl}${paths.customer}`, { method: 'POST' })
      sent.setHeader('Authorization', [`Bearer ${one.secret}`, `Bearer ${two.secret}`])
      sent.end()
      const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage]
      response.resume()
      expect(response.statusCode).toBe(400)
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
    })

    test('another method or address: 404', async () => {
      const call = system.api((await newKey('customer')).secret)
      for (const answer of [await call('GET', paths.customer), await call('POST', '/api/v1/nowhere')]) {
        expect(answer.status).toBe(404)
        expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      }
    })

    test('Keywright that cannot be asked: 503, and nothing is let through', async () => {
      const absent = createServer()
      const nobody = await listen(absent)
      await close(absent)
      const server = createApi(nobody, 'kwv_nobody')
      afterwards(() => close(server))
      const answer = await askChat(callsWith(await listen(server), (await newKey('customer')).secret))
      expect(answer.status, answer.text).toBe(503)
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
    })
  })

  describe('webhook events', () => {
    /** Listens as the example does, for the events of an account's keys. */
    async function receiveKeyEvents(owner: string) {
      const told: KeyEvent[] = []
      let secret: string | undefined
      const server = createReceiver(
        () => secret,
        (event) => told.push(event),
      )
      afterwards(() => close(server))
      const url = `${await listen(server)}/`
      const body = { url, events: ['key.created', 'key.revoked'] }
      const webhook = await bodyOf(
        system.operator<{ secret: string }>('POST', `/v1/accounts/${owner}/webhooks`, { body }),
        201,
      )
      secret = webhook.secret
      return { url, secret, told }
    }

    test('key.created and key.revoked arrive, signed, about the keys of the account alone', async () => {
      const [mine, other] = [
        await createAccount(system.operator, 'Told'),
        await createAccount(system.operator, 'Not told of'),
      ]
      const { told } = await receiveKeyEvents(mine.id)
      await newKey('customer', other.id)
      const customer = await newKey('customer', mine.id)
      const management = await newKey('management', mine.id)
      await bodyOf(system.operator('POST', `/v1/keys/${customer.id}/revoke`))
      const seen = () => told.map(({ type, data }) => `${type} ${data.target.id}`).sort()
      await until('three events', () => told.length >= 3)
      expect(seen()).toEqual(
        [`key.created ${customer.id}`, `key.created ${management.id}`, `key.revoked ${customer.id}`].sort(),
      )
      expect(told.map(({ data }) => data.account)).toEqual([mine.id, mine.id, mine.id])
      for (const { secret } of [customer, management]) expect(JSON.stringify(told)).not.toContain(secret)
    })

    test('the receiver believes what the reference library signs, once, and nothing else', async () => {
      const { url, secret, told } = await receiveKeyEvents((await createAccount(system.operator, 'Forged')).id)
      const body = JSON.stringify({
        type: 'key.created',
        timestamp: new Date().toISOString(),
        data: { account: 'acc_1', target: { kind: 'key', id: 'key_1' } },
      })
      const send = async (id: string, signedWith: string, at = new Date(), text = body): Promise<number> => {
        const headers = {
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
          'webhook-signature': new Webhook(signedWith).sign(id, at, body),
        }
        return (await fetch(url, { method: 'POST', headers, body: text })).status
      }
      const foreign = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
      expect(await send('msg_1', foreign)).toBe(401)
      expect(await send('msg_1', secret, new Date(), body.replace('key_1', 'key_2'))).toBe(401)
      expect(await send('msg_1', secret, new Date(Date.now() - 600_000))).toBe(401)
      expect((await fetch(url, { method: 'POST', body })).status).toBe(401)
      expect(told).toEqual([])
      expect(await send('msg_1', secret)).toBe(204)
      expect(await send('msg_1', secret)).toBe(204)
      expect(told.map(({ data }) => data.target.id)).toEqual(['key_1'])
    })
  })
})

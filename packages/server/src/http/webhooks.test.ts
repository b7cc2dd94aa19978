import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storageOf } from '../storage/storage.ts'
import { openTestStore, testClock, testConfig, testOperator } from '../storage/testing.ts'
import { managedSource, openTestServer, type TestServer, testDeps } from './testing.ts'

const clock = testClock()
const config = testConfig(managedSource)
let store: Awaited<ReturnType<typeof openTestStore>>
let server: TestServer
let [own, other] = ['', '']
let reasonToRefuse: string | undefined

beforeAll(async () => {
  store = await openTestStore({ kind: 'sqlite', clock, config })
  const storage = storageOf(store)
  await storage.outbox.begin()
  const account = async (name: string) => {
    const created = await storage.accounts.create(testOperator, { name })
    if ('problem' in created) throw new Error(created.problem)
    return created.record.id
  }
  own = await account('Own')
  other = await account('Other')
  const member = await storage.members.create(testOperator, own, { role: 'admin' })
  if ('problem' in member) throw new Error(member.problem)
  server = await openTestServer(
    testDeps({
      storage,
      clock,
      config: () => config,
      webhookFault: async () => reasonToRefuse,
      identities: {
        operator: { kind: 'operator', id: 'cred_1' },
        admin: { kind: 'member', id: member.id, accountId: own, role: 'admin' },
        key: {
          kind: 'key',
          id: 'key_1',
          accountId: own,
          lineageId: 'lin_1',
          grant: { permissions: ['apikeys.view'] },
        },
      },
    }),
  )
})
afterAll(async () => {
  await server.close()
  await store.close()
})

const url = 'https://hooks.example.com/in'

describe('webhooks over HTTP', () => {
  it('answer the secret at creation and at rotation, and never again', async () => {
    const path = `/v1/accounts/${own}/webhooks`
    const created = await server.send('POST', path, {
      token: 'admin',
      body: { url, description: 'Ours', events: ['key.revoked'] },
    })
    expect(created.status).toBe(201)
    const { secret, ...webhook } = created.json()
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(webhook).toEqual({
      id: expect.stringMatching(/^whk_/),
      account: own,
      url,
      description: 'Ours',
      events: ['key.revoked'],
      state: 'active',
      createdAt: '2026-11-20T12:00:00.000Z',
      lastSuccessAt: null,
      failingSince: null,
      secretRotatingUntil: null,
    })
    expect(created.headers['location']).toBe(`${path}/${String(webhook['id'])}`)
    expect(created.headers['cache-control']).toContain('no-store')
    const list = await server.send('GET', path, { token: 'admin' })
    expect(list.json()).toEqual({ items: [webhook], nextCursor: null })
    const rotated = await server.send('POST', `${path}/${String(webhook['id'])}/secret`, {
      token: 'admin',
      body: { overlapSeconds: 60 },
    })
    expect(rotated.json()['secret']).not.toBe(secret)
    expect(rotated.json()['secretRotatingUntil']).toBe('2026-11-20T12:01:00.000Z')
    const paused = await server.send('PATCH', `${path}/${String(webhook['id'])}`, {
      token: 'admin',
      body: { state: 'paused', events: null },
    })
    expect(paused.json()).toMatchObject({ state: 'paused', events: null, url })
    expect(paused.text).not.toContain('whsec_')
    expect((await server.send('DELETE', `${path}/${String(webhook['id'])}`, { token: 'admin' })).status).toBe(204)
    expect((await server.send('DELETE', `${path}/${String(webhook['id'])}`, { token: 'admin' })).status).toBe(404)
  })

  it('refuse an address that they may not go to, and a body that is not what it should be', async () => {
    reasonToRefuse = 'Use a public address.'
    const refused = await server.send('POST', '/v1/webhooks', { token: 'operator', body: { url } })
    expect([refused.status, refused.json()['code']]).toEqual([422, 'webhook_address_refused'])
    expect(refused.text).toContain('Use a public address.')
    reasonToRefuse = undefined
    for (const body of [{}, { url: '' }, { url, events: [] }, { url, secret: 'whsec_mine' }]) {
      const answer = await server.send('POST', '/v1/webhooks', { token: 'operator', body })
      expect([body, answer.status]).toEqual([body, 400])
    }
  })

  it('send a test, list what was sent and send it again; of another account they look as if they were not', async () => {
    const created = await server.send('POST', `/v1/accounts/${own}/webhooks`, { token: 'admin', body: { url } })
    const path = `/v1/accounts/${own}/webhooks/${String(created.json()['id'])}`
    const tested = await server.send('POST', `${path}/test`, { token: 'admin' })
    expect(tested.json()).toMatchObject({ type: 'webhook.test', event: null, state: 'pending', attempts: 0 })
    const list = await server.send('GET', `${path}/deliveries?state=pending`, { token: 'admin' })
    expect(list.json()).toEqual({ items: [tested.json()], nextCursor: null })
    const again = await server.send('POST', `${path}/deliveries/${String(tested.json()['id'])}/replay`, {
      token: 'admin',
      body: {},
    })
    expect(again.json()).toMatchObject({ id: tested.json()['id'], state: 'pending' })
    const none = await server.send('POST', `${path}/deliveries/msg_none/replay`, { token: 'admin' })
    expect(none.json()['code']).toBe('delivery_not_found')
    const replayed = await server.send('POST', `${path}/replay`, {
      token: 'admin',
      body: { since: '2026-11-20T11:00:00Z' },
    })
    expect(replayed.json()['queued']).toBeGreaterThan(0)
    const elsewhere = path.replace(own, other)
    for (const [method, at] of [
      ['POST', `${elsewhere}/test`],
      ['GET', `${elsewhere}/deliveries`],
      ['DELETE', elsewhere],
    ] as const) {
      expect((await server.send(method, at, { token: 'admin' })).json()['code']).toBe('account_not_found')
      expect((await server.send(method, at, { token: 'operator' })).json()['code']).toBe('webhook_not_found')
    }
  })
})

describe('notices over HTTP', () => {
  it('are for members and operators, not for managing keys', async () => {
    const storage = storageOf(store)
    const key = await storage.keys.create(testOperator, own, { name: 'Deploy' })
    if ('problem' in key) throw new Error(key.problem)
    await storage.outbox.readLog(false)
    const page = await server.send('GET', `/v1/accounts/${own}/notices`, { token: 'admin' })
    expect(page.json()).toEqual({
      items: [
        {
          id: expect.stringMatching(/^ntc_/),
          kind: 'key.created',
          key: key.record.id,
          keyName: 'Deploy',
          at: '2026-11-20T12:00:00.000Z',
          days: null,
          mailed: false,
        },
      ],
      nextCursor: null,
    })
    expect((await server.send('GET', `/v1/accounts/${own}/notices`, { token: 'key' })).status).toBe(403)
  })
})

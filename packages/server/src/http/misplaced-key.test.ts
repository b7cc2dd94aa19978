import { generateKeyText } from '@keywright/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testRandomBytes } from '../storage/testing.ts'
import { openStoredPlane, type StoredPlane } from './stored.testing.ts'
import type { Sent } from './testing.ts'

const secret = generateKeyText('exa', 'live', testRandomBytes(7))
let plane: StoredPlane
let account: string
let key: string
let member: string
beforeAll(async () => {
  plane = await openStoredPlane()
  account = await make('/v1/accounts', { name: 'Acme' })
  key = await make(`/v1/accounts/${account}/keys`, { name: 'Sync' })
  member = await make(`/v1/accounts/${account}/members`, { role: 'admin', name: 'Ada' })
})
afterAll(() => plane.close())

const send = (method: string, path: string, body?: unknown, headers: Sent['headers'] = []) =>
  plane.send(method, path, { token: plane.operator, headers, ...(body === undefined ? {} : { body }) })

async function make(path: string, body: unknown): Promise<string> {
  const answer = await send('POST', path, body)
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.json()['id'] as string
}

const named = 'It looks like a secret key; write a name instead.'

describe('a key that is written where a text belongs is refused and kept nowhere', () => {
  const keys = () => `/v1/accounts/${account}/keys`
  it.each<[string, string, () => string, object, string, string]>([
    ['name of a key', 'POST', keys, { name: secret }, '#/name', named],
    ['name of a key, among words', 'POST', keys, { name: `mine: ${secret}.` }, '#/name', named],
    ['name of a key, joined to more', 'POST', keys, { name: `KEY_${secret}x` }, '#/name', named],
    ['new name of a key', 'PATCH', () => `/v1/keys/${key}`, { name: secret }, '#/name', named],
    ['description', 'POST', keys, { name: 'A', description: `see\n${secret}` }, '#/description', 'instead'],
    ['metadata', 'POST', keys, { name: 'A', metadata: { a: [{ b: `x ${secret}` }] } }, '#/metadata', 'leave it out'],
    ['name in metadata', 'PATCH', () => `/v1/keys/${key}`, { metadata: { [secret]: 1 } }, '#/metadata', 'leave it out'],
    [
      'instance of a permission',
      'POST',
      keys,
      { name: 'A', grant: { permissions: [`jobs.view:${secret}`] } },
      '#/grant/permissions/0',
      '',
    ],
    [
      'name of a member that there is not',
      'POST',
      () => '/v1/accounts',
      { name: 'A', [secret]: 1 },
      '#/exa_live_[redacted]',
      'no such member',
    ],
    ['name of an account', 'POST', () => '/v1/accounts', { name: secret }, '#/name', named],
    [
      'externalId of an account',
      'POST',
      () => '/v1/accounts',
      { name: 'A', externalId: secret },
      '#/externalId',
      'write an id',
    ],
    [
      'name of a member',
      'POST',
      () => `/v1/accounts/${account}/members`,
      { role: 'admin', name: secret },
      '#/name',
      named,
    ],
    [
      'externalId of a member',
      'POST',
      () => `/v1/accounts/${account}/members`,
      { role: 'admin', externalId: secret },
      '#/externalId',
      'write an id',
    ],
    ['name of a credential', 'POST', () => '/v1/credentials', { kind: 'operator', name: secret }, '#/name', named],
    ['reason', 'POST', () => `/v1/keys/${key}/pause`, { reason: `leaked: ${secret}` }, '#/reason', 'say why'],
    ['reason of a rotation', 'POST', () => `/v1/keys/${key}/rotate`, { reason: secret }, '#/reason', 'say why'],
    [
      'reason of a batch',
      'POST',
      () => '/v1/keys/batch',
      { action: 'pause', filter: {}, reason: secret },
      '#/reason',
      'say why',
    ],
    ['reason of a deletion', 'DELETE', () => `/v1/keys/${key}`, { reason: secret }, '#/reason', 'say why'],
  ])('%s', async (_, method, path, body, pointer, detail) => {
    const before = await plane.head()
    const answer = await send(method, path(), body)
    expect([answer.status, answer.json()['code']]).toEqual([400, 'invalid_parameters'])
    expect(answer.json()['errors']).toMatchObject([{ pointer, detail: expect.stringContaining(detail) }])
    expect(answer.text).not.toContain(secret)
    expect(JSON.stringify(plane.lines)).not.toContain(secret)
    expect(await plane.head()).toBe(before)
  })

  it('Idempotency-Key', async () => {
    for (const value of [secret, `"${secret}"`, `again-${secret}`]) {
      const answer = await send('POST', '/v1/accounts', { name: 'A' }, [['Idempotency-Key', value]])
      expect([answer.status, answer.json()['code']]).toEqual([400, 'bad_request'])
      expect(answer.text).not.toContain(secret)
    }
  })

  it('a query, whole or as a part, by name or value', async () => {
    for (const query of [`search=${secret}`, `search=of+${secret}+it`, `${secret}=1`]) {
      const answer = await send('GET', `/v1/accounts?${query}`)
      expect([answer.status, answer.json()['code']]).toEqual([400, 'credential_ambiguous'])
      expect(answer.text).not.toContain(secret)
    }
  })
})

it('a key that is sent as User-Agent is masked before it is kept', async () => {
  const userAgent = `agent/1 ${secret} ${Buffer.from(`user:${secret}`).toString('base64')}`
  const answer = await send('PATCH', `/v1/keys/${key}`, { name: 'Renamed' }, [['User-Agent', userAgent]])
  expect(answer.status).toBe(200)
  const { items } = (await send('GET', `/v1/keys/${key}/events?limit=1`)).json() as { items: { personal: unknown }[] }
  expect(items[0]?.personal).toMatchObject({ userAgent: 'agent/1 exa_live_[redacted] [redacted]==' })
})

it('texts that only resemble a key are taken', async () => {
  const hash = 'deploy_a94a8fe5ccb19ba61c4c0873d391e987982fbbd3'
  const made = await send('POST', `/v1/accounts/${account}/keys`, {
    name: hash,
    description: `exa_live_${'a'.repeat(38)}`,
    metadata: { commit: hash },
  })
  expect(made.status).toBe(201)
})

describe('a deletion takes its reason, and the log keeps it', () => {
  it.each<[string, () => Promise<string>]>([
    ['account', async () => `/v1/accounts/${await make('/v1/accounts', { name: 'Gone' })}`],
    ['key', async () => `/v1/keys/${await make(`/v1/accounts/${account}/keys`, { name: 'Gone' })}`],
    [
      'member',
      async () =>
        `/v1/accounts/${account}/members/${await make(`/v1/accounts/${account}/members`, { role: 'viewer' })}`,
    ],
    ['credential', async () => `/v1/credentials/${await make('/v1/credentials', { kind: 'operator', name: 'Gone' })}`],
  ])('of %s', async (_, made) => {
    const path = await made()
    expect((await send('DELETE', path, { reasons: 'x' })).status).toBe(400)
    expect((await send('DELETE', path, { reason: 'asked by the customer' })).status).toBe(204)
    const { items } = (await send('GET', '/v1/events?limit=1')).json() as { items: unknown[] }
    expect(items).toMatchObject([{ reason: 'asked by the customer', target: { id: path.split('/').at(-1) } }])
  })

  it('of an override', async () => {
    const limits = [{ name: 'requests', limit: 9, windowSeconds: 60 }]
    expect((await send('PUT', `/v1/keys/${key}/override`, { limits })).status).toBe(200)
    expect((await send('DELETE', `/v1/keys/${key}/override`, { reason: 'over' })).status).toBe(200)
    const { items } = (await send('GET', `/v1/keys/${key}/events?limit=1`)).json() as { items: unknown[] }
    expect(items).toMatchObject([{ reason: 'over' }])
  })

  it('and needs none, nor a body', async () => {
    expect((await send('DELETE', `/v1/accounts/${account}/members/${member}`)).status).not.toBe(415)
    expect((await send('DELETE', `/v1/accounts/${await make('/v1/accounts', { name: 'Gone' })}`)).status).toBe(204)
  })
})

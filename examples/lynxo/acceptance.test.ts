import type { Account, Key, RotatedKey } from '@keywright/sdk'
import { beforeAll, describe, expect, test } from 'vitest'
import { bodyOf, type ProblemBody } from '../../e2e/support/calls.ts'
import { createAccount, createKey } from '../../e2e/support/operating.ts'
import { type Environment, environments, invalidKey, type System, startSystem } from './testing.ts'

let system: System
let account: Account

beforeAll(async () => {
  system = await startSystem()
  account = await createAccount(system.operator, 'Acme')
})

const newKey = (environment: Environment, owner = account.id) =>
  createKey(system.operator, owner, { name: 'CRM Sync Production', environment, preset: 'read-write' })

describe('LYN-4: Authorization: Bearer on GET /v1/jobs', () => {
  test('answers with a key that is in force', async () => {
    const key = await newKey('production')
    const answer = await system.api('production', key.secret)('GET', '/v1/jobs')
    expect(answer.status, answer.text).toBe(200)
    expect(answer.body).toEqual({ jobs: [] })
  })

  const refusals: Readonly<Record<string, () => Promise<Readonly<Record<string, string>>>>> = {
    'without a key': async () => ({}),
    'with a malformed key': async () => ({ authorization: 'Bearer not-a-key' }),
    'with half a key': async () => ({ authorization: `Bearer ${(await newKey('production')).secret.slice(0, -5)}` }),
    'with an unknown key of the right shape': async () => {
      const { id, secret } = await newKey('production')
      // A key of another installation has the same shape; here it is one whose account is gone.
      const gone = await createAccount(system.operator, 'Gone')
      const key = await newKey('production', gone.id)
      await system.operator('DELETE', `/v1/accounts/${gone.id}`)
      expect(key.id).not.toBe(id)
      expect(key.secret).not.toBe(secret)
      return { authorization: `Bearer ${key.secret}` }
    },
    'with a revoked key': async () => {
      const key = await newKey('production')
      await bodyOf(system.operator('POST', `/v1/keys/${key.id}/revoke`))
      return { authorization: `Bearer ${key.secret}` }
    },
    'with a key of another environment': async () => ({ authorization: `Bearer ${(await newKey('staging')).secret}` }),
    'with a key under another scheme': async () => ({ authorization: `Token ${(await newKey('production')).secret}` }),
    'with a key in another header': async () => ({ 'x-api-key': (await newKey('production')).secret }),
  }

  test.each(Object.keys(refusals))('"Invalid API Key" and the four things to check %s', async (name) => {
    const headers = (await refusals[name]?.()) ?? {}
    const answer = await system.api('production', null)<ProblemBody>('GET', '/v1/jobs', { headers })
    expect(answer.status, answer.text).toBe(401)
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="Lynxo"/)
    expect({ title: answer.body.title, check: answer.body.check }).toEqual(invalidKey)
  })

  test('a stranger cannot tell a malformed, an unknown, a revoked and a foreign key apart', async () => {
    const names = Object.keys(refusals).slice(1, 6)
    const texts = await Promise.all(
      names.map(async (name) => {
        const headers = (await refusals[name]?.()) ?? {}
        const answer = await system.api('production', null)('GET', '/v1/jobs', { headers })
        return `${answer.headers.get('www-authenticate')}\n${answer.text}`
      }),
    )
    expect(new Set(texts).size, texts.join('\n')).toBe(1)
  })
})

test('LYN-6: 51 creations at 49 of 50 active keys leave exactly 50, and rotating works there', async () => {
  const { id } = await createAccount(system.operator, 'Fifty')
  const body = { name: 'CRM Sync Production', environment: 'production', preset: 'read-only' }
  const create = () => system.operator<Key>('POST', `/v1/accounts/${id}/keys`, { body })
  const before = await Promise.all(Array.from({ length: 49 }, create))
  expect(before.map(({ status }) => status)).toEqual(Array(49).fill(201))

  const racing = await Promise.all(Array.from({ length: 51 }, create))
  const statuses = racing.map(({ status }) => status)
  expect(statuses.filter((status) => status === 201)).toHaveLength(1)
  expect(statuses.filter((status) => status === 409)).toHaveLength(50)
  expect(racing.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'active_keys_cap' })

  const listed = async () =>
    (await bodyOf(system.operator<{ items: readonly Key[] }>('GET', `/v1/accounts/${id}/keys?state=active&limit=200`)))
      .items
  expect(await listed()).toHaveLength(50)

  const oldest = before[0]?.body.id
  const rotated = await system.operator<RotatedKey>('POST', `/v1/keys/${oldest}/rotate`, {
    body: { overlapSeconds: 3_600 },
  })
  expect(rotated.status, rotated.text).toBe(201)
  // The overlap is one lineage, which counts once: there is still no room for another.
  expect(await listed()).toHaveLength(51)
  expect((await create()).status).toBe(409)
})

describe('LYN-11: each environment has keys of its own', () => {
  const pairs = environments.flatMap((made) => environments.map((used) => ({ made, used })))

  test.each(pairs)('a key for $made in $used', async ({ made, used }) => {
    const key = await newKey(made)
    const answer = await system.api(used, key.secret)<ProblemBody>('GET', '/v1/jobs')
    if (made === used) {
      expect(answer.status, answer.text).toBe(200)
      return
    }
    expect(answer.status, answer.text).toBe(401)
    expect(answer.body.title).toBe(invalidKey.title)
  })

  test('a key says its environment, and none is made without one', async () => {
    const key = await newKey('staging')
    expect(key.secret).toMatch(/^lnx_stg_[0-9A-Za-z]{38}$/)
    const body = { name: 'No environment', preset: 'read-only' }
    expect((await system.operator('POST', `/v1/accounts/${account.id}/keys`, { body })).status).toBe(422)
  })
})

test("an account's key never reaches another account's jobs", async () => {
  const other = await createAccount(system.operator, 'Other')
  const [mine, theirs] = [await newKey('production'), await newKey('production', other.id)]
  const [ours, foreign] = [system.api('production', mine.secret), system.api('production', theirs.secret)]
  const job = await bodyOf(ours<{ readonly id: string }>('POST', '/v1/jobs', { body: { title: 'Welder' } }), 201)
  expect((await foreign('GET', '/v1/jobs')).body).toEqual({ jobs: [] })
  expect((await foreign('DELETE', `/v1/jobs/${job.id}`)).status).toBe(404)
  expect((await ours<{ readonly jobs: readonly object[] }>('GET', '/v1/jobs')).body.jobs).toContainEqual(job)
})

import type { Account } from '@keywright/sdk'
import { beforeAll, describe, expect, test } from 'vitest'
import { bodyOf, callsWith, type ProblemBody } from '../../e2e/support/calls.ts'
import { createAccount, createKey, createVerifyCredential } from '../../e2e/support/operating.ts'
import { type Environment, environments, invalidKey, type System, startSystem } from './testing.ts'

interface Agents {
  readonly environment: string
  readonly agents: readonly { readonly id: string; readonly name: string }[]
}

let system: System
let account: Account

beforeAll(async () => {
  system = await startSystem()
  account = await createAccount(system.operator, 'Harbour Travel')
})

const newKey = (environment: Environment, owner = account.id) =>
  createKey(system.operator, owner, { name: 'Website assistant', environment })

const otherThan = (environment: Environment): Environment => (environment === 'preview' ? 'production' : 'preview')

describe('UDI-3: a key works only in its own environment', () => {
  test.each(environments)('a key for %s is accepted there', async (environment) => {
    const key = await newKey(environment)
    expect(key.secret).toMatch(new RegExp(`^udi_${environment}_[0-9A-Za-z]{38}$`))
    const answer = await system.api(environment, key.secret)<Agents>('GET', '/v1/agents')
    expect(answer.status, answer.text).toBe(200)
    expect(answer.body).toEqual({ environment, agents: [] })
  })

  test.each(environments)('a key for %s is refused in the other, whatever is asked', async (environment) => {
    const [key, other] = [await newKey(environment), otherThan(environment)]
    const api = system.api(other, key.secret)
    for (const [method, path] of [
      ['GET', '/v1/agents'],
      ['POST', '/v1/agents'],
      ['DELETE', '/v1/agents/any'],
    ] as const) {
      const answer = await api<ProblemBody>(method, path, method === 'POST' ? { body: { name: 'Intruder' } } : {})
      expect(answer.status, `${method} ${path}: ${answer.text}`).toBe(401)
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect({ title: answer.body.title, check: answer.body.check }).toEqual(invalidKey)
    }
    // Nothing came of it, and the key still works where it belongs.
    const { secret } = await newKey(other)
    expect((await bodyOf(system.api(other, secret)<Agents>('GET', '/v1/agents'))).agents).toEqual([])
    expect((await system.api(environment, key.secret)('GET', '/v1/agents')).status).toBe(200)
  })

  test.each(environments)('who checks for the other environment is told why a key for %s is refused', async (own) => {
    const { secret: key } = await newKey(own)
    const check = async (environment: Environment) => {
      const credential = await createVerifyCredential(system.operator, { environment, audiences: ['api'] })
      return bodyOf(callsWith(system.url, credential)('POST', '/v1/verify', { body: { key } }))
    }
    expect(await check(own)).toMatchObject({ valid: true, code: 'VALID', environment: own })
    expect(await check(otherThan(own))).toMatchObject({ valid: false, code: 'WRONG_ENVIRONMENT' })
  })

  test('a key never moves: its environment is needed when it is made, and cannot be changed', async () => {
    const body = { name: 'Nowhere' }
    const path = `/v1/accounts/${account.id}/keys`
    expect((await system.operator('POST', path, { body })).status).toBe(422)
    const elsewhere = await system.operator('POST', path, { body: { ...body, environment: 'staging' } })
    expect(elsewhere.status, elsewhere.text).toBe(422)

    const key = await newKey('preview')
    const moved = await system.operator('PATCH', `/v1/keys/${key.id}`, { body: { environment: 'production' } })
    expect(moved.status, moved.text).toBe(400)
    expect((await system.api('production', key.secret)('GET', '/v1/agents')).status).toBe(401)
    // Nor by writing the other environment into the key.
    const forged = key.secret.replace('_preview_', '_production_')
    for (const environment of environments)
      expect((await system.api(environment, forged)('GET', '/v1/agents')).status, environment).toBe(401)
  })
})

test('what is made in one environment is neither in the other nor with another organization', async () => {
  const foreign = await createAccount(system.operator, 'Elsewhere')
  const [preview, production] = [await newKey('preview'), await newKey('production')]
  const mine = system.api('preview', preview.secret)
  const agent = await bodyOf(mine<{ id: string }>('POST', '/v1/agents', { body: { name: 'Concierge' } }), 201)
  expect(agent).toMatchObject({ name: 'Concierge', instructions: '' })
  expect((await mine<Agents>('GET', '/v1/agents')).body.agents).toEqual([agent])
  expect((await mine('GET', `/v1/agents/${agent.id}`)).body).toEqual(agent)

  const others = [
    system.api('production', production.secret),
    system.api('preview', (await newKey('preview', foreign.id)).secret),
  ]
  for (const other of others) {
    expect((await other<Agents>('GET', '/v1/agents')).body.agents).toEqual([])
    expect((await other('DELETE', `/v1/agents/${agent.id}`)).status).toBe(404)
  }
  expect((await mine('DELETE', `/v1/agents/${agent.id}`)).status).toBe(204)
  expect((await mine('GET', `/v1/agents/${agent.id}`)).status).toBe(404)
})

test('what is no agent is refused with what to mend', async () => {
  const api = system.api('preview', (await newKey('preview')).secret)
  for (const body of [[], {}, { name: ' ' }, { name: 7 }, { name: 'x'.repeat(101) }, { name: 'A', instructions: 1 }]) {
    const answer = await api<ProblemBody>('POST', '/v1/agents', { body })
    expect(answer.status, JSON.stringify(body)).toBe(400)
    expect(answer.body.title).toBe('Not an agent')
  }
  const large = await api<ProblemBody>('POST', '/v1/agents', { body: { name: 'A', instructions: 'x'.repeat(70_000) } })
  expect(large.status).toBe(413)
})

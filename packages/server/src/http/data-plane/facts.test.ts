import { generateKeyText, type Position } from '@keywright/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testOperator, testRandomBytes } from '../../storage/testing.ts'
import {
  accepted,
  freshnessMs,
  type Ground,
  openGround,
  openNode,
  planeConfig,
  type TestNode,
} from './plane.testing.ts'
import { formatPosition } from './position.ts'

let ground: Ground
let at: TestNode
let token: string
let account: string
beforeEach(async () => {
  ground = await openGround()
  at = await openNode(ground)
  token = (await ground.credential('Shop')).secret
  account = await ground.account()
})
afterEach(async () => {
  await at.close()
  await ground.close()
})

type Item = {
  readonly position?: string
  readonly key?: { state: string; id: string } | null
  readonly account?: { id: string; active: boolean } | null
  readonly unavailable?: true
}

async function facts(body: object) {
  const answer = await at.call('POST', '/v1/facts', token, body)
  const { config, keys, accounts } = answer.json as { config: string; keys: Item[]; accounts: Item[] }
  return { status: answer.status, config, keys, accounts, text: answer.text }
}

const position = (): string => formatPosition(at.engine.state.position as Position)

describe('the facts of keys and accounts', () => {
  it('are those of the state that they are in, in the order asked, each with its position', async () => {
    const [active, paused, revoked, deleted] = [
      await ground.key(account),
      await ground.key(account),
      await ground.key(account),
      await ground.key(account),
    ]
    accepted(await ground.storage.keys.change(testOperator, paused.id, 'pause'))
    accepted(await ground.storage.keys.change(testOperator, revoked.id, 'revoke'))
    accepted(await ground.storage.keys.change(testOperator, deleted.id, 'delete'))
    const unknown = generateKeyText('exa', null, testRandomBytes(8))
    const keys = [revoked.secret, unknown, active.secret, deleted.secret, paused.secret, 'no key']
    const answer = await facts({ keys, accounts: [account, 'acc_of_nobody'] })
    expect(answer.status).toBe(200)
    expect(answer.config).toBe('hash-of-config')
    expect(answer.keys.map(({ key }) => key?.state ?? key)).toEqual(['revoked', null, 'active', null, 'paused', null])
    expect(answer.keys.map((item) => item.account?.id ?? item.account)).toEqual([
      account,
      null,
      account,
      null,
      account,
      null,
    ])
    for (const item of [...answer.keys, ...answer.accounts]) expect(item.position).toBe(position())
    expect(answer.accounts.map((item) => item.account?.active ?? item.account)).toEqual([true, null])
    for (const { secret } of [active, paused, revoked, deleted]) expect(answer.text).not.toContain(secret)
  })

  it('are whole: what is read here is what the store knows', async () => {
    const input = {
      name: 'Sync',
      metadata: { a: 1 },
      allowedNetworks: ['192.0.2.0/24'],
      expiresAtMs: ground.clock.wallMs() + 9,
    }
    const { secret } = accepted(await ground.storage.keys.create(testOperator, account, input))
    const text = secret?.expose() ?? ''
    const { facts: stored } = await ground.storage.checks.key(text)
    const answer = await facts({ keys: [text] })
    expect(answer.keys[0]?.key).toEqual(JSON.parse(JSON.stringify(stored)))
    expect(answer.keys[0]?.account).toEqual((await ground.storage.checks.account(account)).facts)
  })

  it('come from memory, and are read anew after a change', async () => {
    const { id, secret } = await ground.key(account)
    await facts({ keys: [secret], accounts: [account] })
    const reads = { ...at.reads }
    await facts({ keys: [secret, 'no key'], accounts: [account] })
    expect(at.reads).toEqual(reads)
    accepted(await ground.storage.keys.change(testOperator, id, 'pause'))
    accepted(await ground.storage.accounts.suspend(testOperator, account))
    const answer = await facts({ keys: [secret], accounts: [account] })
    expect([answer.keys[0]?.key?.state, answer.accounts[0]?.account?.active]).toEqual(['paused', false])
    expect([answer.keys[0]?.position, answer.accounts[0]?.position]).toEqual([position(), position()])
  })

  it('that are no text of a key are answered without a read, as nobody', async () => {
    const typo = (await ground.key(account)).secret.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))
    const reads = { ...at.reads }
    const answer = await facts({ keys: ['', 'x'.repeat(9_000), typo, '\0', '\ud800'] })
    expect(answer.keys).toEqual(Array.from({ length: 5 }, () => ({ position: position(), key: null, account: null })))
    expect(at.reads.key).toBe(reads.key)
  })

  it('that cannot be proved are unavailable each on its own', async () => {
    const [known, other] = [await ground.key(account), await ground.key(account)]
    await facts({ keys: [known.secret] })
    at.failing = true
    const asked = facts({ keys: [known.secret, other.secret], accounts: ['acc_of_nobody', account] })
    const { key } = at.reads
    await expect.poll(() => at.reads.key).toBeGreaterThan(key)
    const answer = await asked
    expect(answer.status).toBe(200)
    expect(answer.keys.map((item) => item.key?.state ?? item)).toEqual(['active', { unavailable: true }])
    expect(answer.accounts.map((item) => item.account?.id ?? item)).toEqual([{ unavailable: true }, account])
  })

  it('are asked for by verify credentials alone', async () => {
    const { secret } = await ground.operator()
    for (const [method, path, body] of [
      ['POST', '/v1/facts', { keys: ['x'] }],
      ['POST', '/v1/usage', {}],
      ['GET', '/v1/engine', undefined],
    ] as const) {
      const answer = await at.call(method, path, secret, body)
      expect([path, answer.status, answer.json['code']]).toEqual([path, 403, 'forbidden'])
      expect((await at.call(method, path, 'nobody', body)).status).toBe(401)
    }
  })

  it.each([
    ['nothing', {}, '#'],
    ['empty lists', { keys: [], accounts: [] }, '#'],
    ['a text for a list', { keys: 'x' }, '#/keys'],
    ['what is no text', { accounts: [1] }, '#/accounts'],
    ['more than 100', { keys: Array.from({ length: 101 }, () => 'x') }, '#/keys'],
    [
      'more than 100 together',
      { keys: Array.from({ length: 60 }, () => 'x'), accounts: Array.from({ length: 60 }, () => 'x') },
      '#',
    ],
    ['a member of its own', { keys: ['x'], key: 'x' }, '#/key'],
    ['a list', ['x'], '#'],
  ])('are refused for %s, by a pointer', async (_, body, pointer) => {
    const answer = await at.call('POST', '/v1/facts', token, body)
    expect([answer.status, answer.json['code']]).toEqual([400, 'invalid_parameters'])
    expect(answer.json['errors']).toEqual([{ pointer, detail: expect.any(String) }])
  })

  it('are refused without repeating a key that stands where it does not belong', async () => {
    const { secret } = await ground.key(account)
    for (const body of [{ [secret]: [] }, { keys: { [secret]: 1 } }, { keys: [[secret]] }]) {
      const answer = await at.call('POST', '/v1/facts', token, body)
      expect(answer.status).toBe(400)
      expect(answer.text).not.toContain(secret)
    }
    expect(at.lines.join('\n')).not.toContain(secret)
  })
})

describe('what an engine elsewhere needs', () => {
  it('is all that decides of the configuration, and what the credential checks for', async () => {
    const answer = await at.call('GET', '/v1/engine', token)
    const config = planeConfig
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      config: 'hash-of-config',
      environment: 'live',
      audiences: ['api'],
      freshnessMs,
      wholeAddresses: false,
      types: [
        { id: 'secret', audiences: ['api'] },
        { id: 'ingest', audiences: ['ingest'] },
      ],
      environments: ['live', 'test'],
      plans: config.plans.map(({ id, limits, accountLimits }) => ({ id, limits, accountLimits })),
      permissions: [...config.permissions],
    })
    expect(answer.json['permissions']).toContain('jobs.view')
    expect((await at.call('GET', '/v1/engine?x=1', token)).status).toBe(400)
  })
})

import { generateKeyText } from '@keywright/core'
import { afterEach, describe, expect, test } from 'vitest'
import { closeAll, readyVerifier } from '../fixtures/scripted-verifier.ts'

afterEach(closeAll)

const freshnessMs = 1_000

const unknownText = (): string =>
  generateKeyText('tst', null, (length) => crypto.getRandomValues(new Uint8Array(length)))

describe('a miss', () => {
  test('of many keys in one turn is asked together, the account along with its key, each once', async () => {
    const { server, checked, check } = await readyVerifier()
    const keys = Array.from({ length: 150 }, (_, index) => server.create({ id: `key_${index}` }))
    const decisions = await Promise.all([...keys.map((key) => check(key)), ...keys.map((key) => checked(key))])
    expect(decisions.every(({ valid }) => valid)).toBe(true)
    const calls = server.asked.filter(({ path }) => path === '/v1/facts').map(({ body }) => body as { keys: unknown[] })
    expect(calls.map((call) => call.keys.length)).toEqual([100, 50])
    expect(calls.every((call) => (call as unknown as { accounts: unknown[] }).accounts.length === 0)).toBe(true)
  })

  test('of an account alone is asked by its id', async () => {
    const { server, check, checked, clock } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key)
    server.changeAccount({ active: false })
    await clock.advance(freshnessMs / 4)
    expect((await checked(key)).code).toBe('SUSPENDED')
    expect(server.asked.filter(({ path }) => path === '/v1/facts').at(-1)?.body).toEqual({
      keys: [],
      accounts: ['acc_1'],
    })
    server.changeAccount({ active: true })
    await clock.advance(freshnessMs / 4)
    await checked(key)
    expect(check(key)).toMatchObject({ code: 'VALID' })
  })

  test('of unknown keys from one network is slowed down, and does not touch keys that are known', async () => {
    const { server, checked, check } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key)
    for (let count = 0; count < 60; count++) await checked(unknownText(), { ip: '203.0.113.7' })
    const before = server.count('/v1/facts')
    expect(await checked(unknownText(), { ip: '203.0.113.7' })).toMatchObject({ code: 'RATE_LIMITED', keyId: null })
    expect(server.count('/v1/facts')).toBe(before)
    expect(check(key, { ip: '203.0.113.7' })).toMatchObject({ code: 'VALID' })
    expect(await checked(unknownText(), { ip: '203.0.113.8' })).toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('facts', () => {
  test('U13: null and members that this version does not know are tolerated', async () => {
    const { server, checked } = await readyVerifier()
    const key = server.create({ id: 'key_1', metadata: null, name: null })
    expect(await checked(key)).toMatchObject({ code: 'VALID', metadata: null, name: null })
  })

  test.each(['networks', 'limits', 'quota', 'owner', 'parent', 'grant', 'state', 'environment', 'endsAtMs'])(
    'without %s are not taken for facts without a restriction',
    async (member) => {
      const { server, checked, verifier } = await readyVerifier()
      const key = server.create({ id: 'key_1' })
      const { [member as 'quota']: _, ...rest } = server.keys.get(key) ?? expect.fail('there is no key')
      server.keys.set(key, rest as never)
      expect((await checked(key)).code).toBe('UNAVAILABLE')
      expect(verifier.state.lastError?.code).toBe('unexpected_answer')
    },
  )

  test('in another number than asked for, or of another account than the key’s, are not used', async () => {
    const { server, checked, verifier, clock } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    const honest = {
      position: server.position,
      key: server.keys.get(key),
      account: server.accounts.get('acc_1'),
    }
    const answers = [
      { config: 'config_1', keys: [], accounts: [] },
      { config: 'config_1', keys: [honest, honest], accounts: [] },
      { config: 'config_1', keys: [honest], accounts: [honest] },
      { config: 'config_1', keys: [{ unavailable: true }], accounts: [] },
      {
        config: 'config_1',
        keys: [
          {
            position: server.position,
            key: server.keys.get(key),
            account: { ...server.accounts.get('acc_1'), id: 'acc_2' },
          },
        ],
        accounts: [],
      },
    ]
    const codes: unknown[] = []
    for (const answer of answers) {
      server.fault = ({ path }) => (path === '/v1/facts' ? Response.json(answer) : undefined)
      expect((await checked(key)).code).toBe('UNAVAILABLE')
      codes.push(verifier.state.lastError?.code)
      await clock.advance(1)
    }
    const foreign = 'unexpected_answer'
    expect(codes).toEqual([foreign, foreign, foreign, 'unavailable', foreign])
    server.fault = () => undefined
    expect((await checked(key)).code).toBe('VALID')
  })
})

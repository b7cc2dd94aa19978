import { afterEach, describe, expect, test } from 'vitest'
import { problem } from '../fixtures/keyring-server.ts'
import { closeAll, readyVerifier } from '../fixtures/scripted-verifier.ts'

afterEach(closeAll)

const freshnessMs = 1_000

describe('U3: another configuration', () => {
  const next = { hash: 'config_2', permissions: ['jobs.view'], types: [{ id: 'standard', audiences: ['api', 'new'] }] }

  test('is in force with the first facts that belong to it, and nothing of the one before is answered', async () => {
    const { server, checked, check, clock } = await readyVerifier()
    const [one, other] = [
      server.create({ id: 'key_1', grant: 'unrestricted' }),
      server.create({ id: 'key_2', type: 'other' }),
    ]
    const asking = { permissions: ['jobs.create'] }
    expect((await checked(one, asking)).code).toBe('VALID')
    await checked(other)
    server.configure({ ...next, types: [...next.types, { id: 'other', audiences: ['api'] }] })
    await clock.advance(freshnessMs / 4)
    expect((await checked(one, asking)).code).toBe('INSUFFICIENT_PERMISSION')
    expect((await checked(other)).code).toBe('VALID')
    expect(check(one, asking)).toMatchObject({ code: 'INSUFFICIENT_PERMISSION' })
  })

  test('that facts name before the log told of it makes everything be forgotten in the same turn', async () => {
    const { server, checked, check, clock } = await readyVerifier()
    const [known, fresh] = [
      server.create({ id: 'key_1', grant: 'unrestricted' }),
      server.create({ id: 'key_2', grant: 'unrestricted' }),
    ]
    await checked(known, { permissions: ['jobs.create'] })
    server.configure(next)
    // No head is read in between: the miss alone finds out.
    expect((await checked(fresh, { permissions: ['jobs.create'] })).code).toBe('INSUFFICIENT_PERMISSION')
    const decision = check(known, { permissions: ['jobs.create'] })
    expect(decision).toBeInstanceOf(Promise)
    await clock.advance(0)
    expect((await decision).code).toBe('INSUFFICIENT_PERMISSION')
  })

  test('that cannot be read lets no fact of it be used; the facts are asked for again', async () => {
    const { server, checked, clock, verifier } = await readyVerifier()
    server.fault = ({ path }) => (path === '/v1/engine' ? problem(503, 'unavailable') : undefined)
    const key = server.create({ id: 'key_1' })
    server.configure(next)
    expect((await checked(key)).code).toBe('UNAVAILABLE')
    server.fault = () => undefined
    await clock.advance(freshnessMs / 4)
    expect((await checked(key)).code).toBe('VALID')
    expect(verifier.state.keys).toBe(1)
  })

  test('takes its place once while nodes of both answer, and goes back when the log says so', async () => {
    const { server, checked, clock, verifier } = await readyVerifier()
    const before = server.config
    server.configure(next)
    await clock.advance(freshnessMs / 4)
    await checked(server.create({ id: 'key_1' }))
    // A node that still has the configuration of before answers now.
    server.config = before
    const key = server.create({ id: 'key_2', grant: 'unrestricted' })
    await clock.advance(freshnessMs / 4)
    expect((await checked(key, { permissions: ['jobs.create'] })).code).toBe('UNAVAILABLE')
    expect(verifier.state.lastError?.code).toBe('configuration_differs')
    // It was applied again.
    server.append('all')
    await clock.advance(freshnessMs / 4)
    expect((await checked(key, { permissions: ['jobs.create'] })).code).toBe('VALID')
  })

  test('that no facts told of is found by looking from time to time', async () => {
    const { server, checked, check, clock } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key)
    // The log told of it when a node with the one before answered: no change comes any more.
    server.config = { ...server.config, ...next, types: [{ id: 'standard', audiences: ['new'] }] }
    await clock.advance(10_000)
    expect((await checked(key)).code).toBe('WRONG_TYPE')
    expect(check(key)).toMatchObject({ code: 'WRONG_TYPE' })
  })

  test('keeps what was taken of limits and what was counted', async () => {
    const { server, checked, clock, verifier } = await readyVerifier()
    server.changeAccount({ plan: 'limited' })
    const key = server.create({ id: 'key_1' })
    await clock.advance(freshnessMs / 4)
    for (let count = 0; count < 10; count++) expect((await checked(key)).code).toBe('VALID')
    const { atStake } = verifier.state
    expect(atStake).toBe(10)
    server.config = { ...server.config, hash: 'config_2' }
    server.append('all')
    clock.jump(1)
    await checked(server.create({ id: 'key_2' }))
    expect((await checked(key)).code).toBe('RATE_LIMITED')
    expect(verifier.state.atStake).toBeGreaterThan(atStake)
  })
})

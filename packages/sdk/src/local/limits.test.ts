import { afterEach, describe, expect, test } from 'vitest'
import { settle } from '../fixtures/manual-clock.ts'
import { closeAll, readyVerifier } from '../fixtures/scripted-verifier.ts'

afterEach(closeAll)

const freshnessMs = 1_000

describe('limits and quotas', () => {
  test('U5: limits are counted in this process; a refused check takes nothing', async () => {
    const { server, checked, check, clock } = await readyVerifier()
    server.changeAccount({ plan: 'limited' })
    const key = server.create({ id: 'key_1' })
    await clock.advance(freshnessMs / 4)
    await checked(key, { cost: 0 })
    for (let count = 0; count < 20; count++)
      expect(check(key, { permissions: ['jobs.create'] })).toMatchObject({ code: 'INSUFFICIENT_PERMISSION' })
    for (let count = 0; count < 10; count++) expect(check(key)).toMatchObject({ code: 'VALID' })
    expect(check(key)).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1_000 })
    expect(check(key, { cost: 0 })).toMatchObject({ code: 'VALID' })
    expect(server.count('/v1/verify')).toBe(0)
  })

  test('each process admits up to the limit: two admit twice as much', async () => {
    const one = await readyVerifier()
    const other = await readyVerifier({}, one)
    one.server.changeAccount({ plan: 'limited' })
    const key = one.server.create({ id: 'key_1' })
    await one.clock.advance(freshnessMs / 4)
    const codes: string[] = []
    for (let count = 0; count < 15; count++) codes.push((await one.checked(key)).code, (await other.checked(key)).code)
    expect(codes.filter((code) => code === 'VALID')).toHaveLength(20)
  })

  test('a quota asks the server each time, with what was asked of the check and nothing more', async () => {
    const { server, checked } = await readyVerifier()
    const key = server.create({ id: 'key_1', quota: { limit: 3, period: 'month' } })
    const codes: string[] = []
    for (let count = 0; count < 5; count++)
      codes.push((await checked(key, { permissions: ['jobs.view'], ip: '192.0.2.1', userAgent: 'a', tag: 'b' })).code)
    expect(codes).toEqual(['VALID', 'VALID', 'VALID', 'QUOTA_EXCEEDED', 'QUOTA_EXCEEDED'])
    const [first] = server.asked.filter(({ path }) => path === '/v1/verify')
    expect(first?.body).toEqual({ key, permissions: ['jobs.view'], ip: '192.0.2.1', userAgent: 'a', tag: 'b' })
    // What can be refused without the quota is, and takes nothing.
    expect((await checked(key, { permissions: ['jobs.create'] })).code).toBe('INSUFFICIENT_PERMISSION')
    expect(server.count('/v1/verify')).toBe(5)
    expect((await checked(key, { cost: 0 })).code).toBe('VALID')
    expect(server.quotaUsed.get('key_1')).toBe(3)
  })

  test('T9: a quota is exact over two verifiers', async () => {
    const one = await readyVerifier()
    const other = await readyVerifier({}, one)
    const key = one.server.create({ id: 'key_1', quota: { limit: 7, period: null } })
    const decisions = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other).checked(key)),
    )
    expect(decisions.filter(({ valid }) => valid)).toHaveLength(7)
  })

  test('exact limits ask the server; keys without limits do not', async () => {
    const { server, checked, check } = await readyVerifier({ limits: 'exact' })
    const limited = server.create({ id: 'key_1', limits: [{ name: 'few', limit: 2, windowSeconds: 60 }] })
    const free = server.create({ id: 'key_2' })
    const codes: string[] = []
    for (let count = 0; count < 3; count++) codes.push((await checked(limited)).code)
    expect(codes).toEqual(['VALID', 'VALID', 'RATE_LIMITED'])
    await checked(free)
    expect(check(free)).toMatchObject({ code: 'VALID' })
    expect(server.count('/v1/verify')).toBe(3)
  })

  test('T7: what the server accepts has to hold here, too, when its answer is there', async () => {
    const { server, checked } = await readyVerifier()
    const key = server.create({ id: 'key_1', quota: { limit: 3, period: null } })
    await checked(key)
    server.fault = async ({ path, body }) => {
      server.fault = () => undefined
      const held = await server.fetch(`https://keys.example.test${path}`, {
        method: 'POST',
        headers: { authorization: server.asked.at(-1)?.headers.get('authorization') ?? '' },
        body: JSON.stringify(body),
      })
      server.change(key, { state: 'revoked' })
      server.announce()
      await settle()
      return held
    }
    expect((await checked(key)).code).toBe('REVOKED')
  })
})

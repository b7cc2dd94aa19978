import type { Batch } from '@keywright/core'
import { afterEach, describe, expect, test } from 'vitest'
import { problem } from '../fixtures/keyring-server.ts'
import { settle } from '../fixtures/manual-clock.ts'
import { closeAll, readyVerifier, scriptedVerifier } from '../fixtures/scripted-verifier.ts'
import { activityLinesMax, usageLinesMax } from './local-checks.ts'

afterEach(closeAll)

const longest = (texts: readonly (readonly unknown[])[]): number => Math.max(...texts.map(({ length }) => length))

describe('usage', () => {
  test('is reported every second in numbered batches: counts, last use and activity, networks shortened, no text of a key', async () => {
    const { server, checked, hit, clock, verifier } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key, { ip: '192.0.2.77', userAgent: 'curl/8', permissions: ['jobs.view'] })
    for (let count = 0; count < 9; count++) hit(key, { ip: '192.0.2.77', userAgent: 'curl/8' })
    hit(key, { tag: 'import' })
    hit('nonsense', { ip: '198.51.100.3' })
    expect(verifier.state.atStake).toBe(12)
    await clock.advance(1_000)
    expect(verifier.state.atStake).toBe(0)
    expect(server.stored('key_1')).toBe(11)
    const [batch] = server.batches.values()
    expect(batch).toMatchObject({
      number: 1,
      lastUsed: [{ keyId: 'key_1', network: '192.0.2.0/24' }],
      refusals: [{ code: 'MALFORMED', network: '198.51.100.0/24', count: 1 }],
    })
    expect(batch?.usage.map(({ tag, count }) => [tag, count])).toEqual(
      expect.arrayContaining([
        ['', 10],
        ['import', 1],
      ]),
    )
    expect(JSON.stringify(server.asked.filter(({ path }) => path === '/v1/usage'))).not.toContain(key)
    hit(key)
    await clock.advance(1_000)
    const batches = [...server.batches.values()]
    expect(batches.map(({ number }) => number)).toEqual([1, 2])
    expect(new Set(batches.map(({ process }) => process)).size).toBe(1)
  })

  test('of an acknowledgement that was lost is sent again unchanged, and counts once', async () => {
    const { server, checked, hit, clock, verifier } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key)
    let lost = 0
    server.fault = ({ path }) => (path === '/v1/usage' && lost++ < 2 ? 'lose the answer' : undefined)
    await clock.advance(1_000)
    expect(verifier.state.atStake).toBe(1)
    for (let count = 0; count < 4; count++) hit(key)
    await clock.advance(8_000)
    expect(verifier.state).toMatchObject({ atStake: 0, uncounted: 0 })
    const sent = server.asked.filter(({ path }) => path === '/v1/usage').map(({ body }) => body as Batch)
    expect(sent.map(({ number }) => number)).toEqual([1, 1, 1, 2])
    expect(sent[1]).toEqual(sent[0])
    expect(sent[2]).toEqual(sent[0])
    expect(server.stored('key_1')).toBe(5)
  })

  test.each([400, 413, 422])(
    'whose report is refused for good (%i) is dropped, counted and told of',
    async (status) => {
      const { server, checked, hit, clock, verifier, errors } = await readyVerifier()
      const key = server.create({ id: 'key_1' })
      await checked(key)
      hit(key)
      server.fault = ({ path }) => (path === '/v1/usage' ? problem(status, 'invalid_parameters') : undefined)
      await clock.advance(1_000)
      expect(verifier.state).toMatchObject({ atStake: 0, uncounted: 2, lastError: { code: 'usage_lost' } })
      expect(errors.map(({ message }) => message)).toEqual([
        expect.stringContaining(`${status}`),
        expect.stringContaining('2 checks are not counted'),
      ])
      server.fault = () => undefined
      hit(key)
      await clock.advance(1_000)
      expect(server.stored('key_1')).toBe(1)
    },
  )

  test.each([401, 404, 429, 503])(
    'whose report is refused for now (%i) waits, and is asked about less and less',
    async (status) => {
      const { server, checked, clock, verifier } = await readyVerifier()
      const key = server.create({ id: 'key_1' })
      await checked(key)
      server.fault = ({ path }) => (path === '/v1/usage' ? problem(status, 'some_code') : undefined)
      await clock.advance(30_000)
      expect(server.count('/v1/usage')).toBeLessThan(12)
      expect(verifier.state).toMatchObject({ atStake: 1, uncounted: 0 })
      server.fault = () => undefined
      await clock.advance(16_000)
      expect(server.stored('key_1')).toBe(1)
    },
  )

  test('while the server takes none is bounded in memory; what is left out is told, and all the rest arrives', async () => {
    const keysMax = 1_000
    const { server, checked, check, hit, clock, verifier } = await readyVerifier({ keysMax })
    const key = server.create({ id: 'key_1' })
    await checked(key)
    server.fault = ({ path }) => (path === '/v1/usage' ? new Error('away') : undefined)
    await clock.advance(1_000)
    const refused = 200
    // Each check of another kind: a tag of its own while lines of activity are there, then other keys.
    const tags = activityLinesMax + 3_000
    for (let index = 0; index < tags; index++) hit(key, { tag: `tag-${index}` })
    for (let index = 0; index < refused; index++) hit('nonsense', { ip: `10.${index >> 8}.${index & 255}.1` })
    const keys = Array.from({ length: usageLinesMax + keysMax }, (_, index) =>
      server.create({ id: `key_more_${index}` }),
    )
    for (let index = 0; index < keys.length; index += 500) {
      const some = keys.slice(index, index + 500).map(async (text) => check(text, { permissions: ['jobs.create'] }))
      await settle()
      await Promise.all(some)
    }
    const checks = 1 + tags + refused + keys.length
    const { atStake, uncounted } = verifier.state
    expect(uncounted).toBeGreaterThan(0)
    expect(atStake + uncounted).toBe(checks)
    server.fault = () => undefined
    await clock.advance(20_000)
    expect(verifier.state).toMatchObject({ atStake: 0, uncounted })
    const batches = [...server.batches.values()]
    const counted = batches
      .flatMap(({ usage, refusals }) => [...usage, ...refusals])
      .reduce((sum, { count }) => sum + count, 0)
    expect(counted).toBe(atStake)
    expect(batches.reduce((sum, { usage }) => sum + usage.length, 0)).toBeLessThanOrEqual(usageLinesMax + keysMax + 1)
    expect(longest(batches.flatMap((batch) => [batch.usage, batch.lastUsed, batch.activity, batch.refusals]))).toBe(
      4_000,
    )
  })

  test('of more keys within a second than one report has lines for adds up', async () => {
    const { server, check, hit, clock, verifier } = await readyVerifier()
    const keys = Array.from({ length: 9_000 }, (_, index) => server.create({ id: `key_${index}` }))
    const first = Promise.all(keys.map(async (text) => check(text)))
    for (let turn = 0; turn < 20; turn++) await settle()
    await first
    for (const text of keys) hit(text)
    await clock.advance(2_000)
    expect(verifier.state).toMatchObject({ atStake: 0, uncounted: 0 })
    const counts = [...server.batches.values()].flatMap(({ usage }) => usage).map(({ count }) => count)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(18_000)
  })
})

describe('close()', () => {
  test('reports everything, through lost acknowledgements too, ends all waits and the feed, and may be called again', async () => {
    const { server, checked, check, hit, clock, verifier } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key)
    for (let count = 0; count < 4; count++) hit(key)
    let lost = 0
    server.fault = ({ path }) => (path === '/v1/usage' && lost++ < 3 ? 'lose the answer' : undefined)
    const closing = verifier.close()
    await clock.advance(5_000)
    await closing
    expect(server.stored('key_1')).toBe(5)
    expect(verifier.state).toMatchObject({ mode: 'closed', atStake: 0, uncounted: 0, feedConnected: false })
    expect(server.followers).toBe(0)
    expect(clock.waits).toBe(0)
    const asked = server.asked.length
    await clock.advance(60_000)
    expect(server.asked.length).toBe(asked)
    expect(check(key)).toMatchObject({ code: 'UNAVAILABLE' })
    expect(verifier.close()).toBe(closing)
  })

  test('answers the checks that are under way first, and counts them', async () => {
    const { server, check, clock, verifier } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    const decision = check(key)
    const closing = verifier.close()
    await clock.advance(1_000)
    expect((await decision).code).toBe('VALID')
    await closing
    expect(server.stored('key_1')).toBe(1)
  })

  test('does not wait for ever where the server is away, and says what could not be told', async () => {
    const { server, checked, clock, verifier, errors } = await readyVerifier()
    await checked(server.create({ id: 'key_1' }))
    server.fault = () => new Error('away')
    const closing = verifier.close()
    await clock.advance(10_100)
    await closing
    expect(verifier.state.atStake).toBe(1)
    expect(errors.at(-1)?.message).toContain('1 checks are not counted')
  })

  test('does not try again where the server does not accept the credential any longer', async () => {
    const { server, checked, clock, verifier, errors } = await readyVerifier()
    await checked(server.create({ id: 'key_1' }))
    server.isCredentialKnown = false
    const beganAtMs = clock.monotonicMs()
    await verifier.close()
    expect(clock.monotonicMs()).toBe(beganAtMs)
    expect(errors.at(-1)?.message).toContain('1 checks are not counted')
  })

  test('of a verifier that never was ready, and twice over by its disposal, ends it', async () => {
    const { verifier, clock, server, errors } = scriptedVerifier()
    server.fault = () => new Error('away')
    await settle()
    const waiting = expect(verifier.ready()).rejects.toMatchObject({ code: 'closed' })
    await verifier.close()
    await waiting
    await verifier[Symbol.asyncDispose]()
    expect(verifier.state.mode).toBe('closed')
    expect(clock.waits).toBe(0)
    expect(errors).toHaveLength(1)
  })
})

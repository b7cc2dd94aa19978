import { afterEach, describe, expect, test } from 'vitest'
import { problem } from '../fixtures/keyring-server.ts'
import type { ManualClock } from '../fixtures/manual-clock.ts'
import { closeAll, readyVerifier, scriptedVerifier } from '../fixtures/scripted-verifier.ts'

afterEach(closeAll)

const freshnessMs = 1_000

describe('T7, U3: what changed', () => {
  test.each([
    ['pause', { state: 'paused' }, 'PAUSED'],
    ['revoke', { state: 'revoked' }, 'REVOKED'],
    ['rotate without overlap', { endsAtMs: 1 }, 'EXPIRED'],
    ['narrow its grant', { grant: { permissions: [] } }, 'INSUFFICIENT_PERMISSION'],
    ['limit it to networks', { networks: [] }, 'IP_NOT_ALLOWED'],
    ['suspend its owner', { owner: { memberId: 'mem_1', active: false } }, 'SUSPENDED'],
  ] as const)(
    '%s: is refused within freshnessMs by reading the head alone, the feed being cut',
    async (_, facts, code) => {
      const { server, checked, check, clock } = await readyVerifier()
      server.fault = ({ path }) => (path === '/v1/feed' ? new Error('cut') : undefined)
      const key = server.create({ id: 'key_1' })
      await checked(key, { permissions: ['jobs.view'] })
      server.change(key, facts)
      await clock.advance(freshnessMs / 4)
      expect((await checked(key, { permissions: ['jobs.view'] })).code).toBe(code)
      server.change(key, { state: 'active', endsAtMs: null, grant: 'unrestricted', networks: null, owner: null })
      await clock.advance(freshnessMs / 4)
      await checked(key)
      expect(check(key, { permissions: ['jobs.view'] })).toMatchObject({ code: 'VALID' })
    },
  )

  test('a revoked key is not answered longer than freshnessMs after its change where the server falls silent', async () => {
    const { server, checked, check, clock, verifier } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key)
    server.fault = () => 'silence'
    server.change(key, { state: 'revoked' })
    await clock.advance(freshnessMs * 0.9)
    // Not yet proved otherwise: this is the bound itself.
    expect(check(key)).toMatchObject({ code: 'VALID' })
    expect(verifier.state.ageMs).toBeLessThanOrEqual(freshnessMs)
    await clock.advance(freshnessMs * 0.3)
    expect(check(key)).toBeInstanceOf(Promise)
    expect((await checked(key)).code).toBe('UNAVAILABLE')
  })

  test('a server that does not answer ends answers within freshnessMs, and memory answers again with the first proof', async () => {
    const { server, checked, check, clock, verifier, errors } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key)
    server.fault = () => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
    await clock.advance(freshnessMs * 1.3)
    const beganAtMs = clock.monotonicMs()
    expect(await checked(key)).toMatchObject({ code: 'UNAVAILABLE', valid: false })
    expect(clock.monotonicMs() - beganAtMs).toBeLessThanOrEqual(freshnessMs + 50)
    expect(verifier.state.lastError).toMatchObject({ code: 'network_error' })
    // One line when it begins, not one for each read.
    expect(errors.filter(({ message }) => message.includes('/v1/head'))).toHaveLength(1)
    const asked = server.count('/v1/facts')
    server.fault = () => undefined
    await clock.advance(freshnessMs / 4)
    expect(check(key)).toMatchObject({ code: 'VALID' })
    expect(server.count('/v1/facts')).toBe(asked)
  })

  test('the age of the server’s own proof counts', async () => {
    const { server, verifier, checked, check, clock } = scriptedVerifier()
    const key = server.create({ id: 'key_1' })
    server.ageMs = 800
    await verifier.ready()
    await checked(key)
    expect(verifier.state.ageMs).toBe(800)
    clock.jump(150)
    expect(check(key)).toMatchObject({ code: 'VALID' })
    clock.jump(60)
    expect(check(key)).toBeInstanceOf(Promise)
    server.ageMs = freshnessMs + 1
    expect((await checked(key)).code).toBe('UNAVAILABLE')
  })

  test('a server whose own proof is always too old is named as the reason', async () => {
    const { server, clock, errors, verifier } = await readyVerifier()
    server.ageMs = 4_000
    await clock.advance(freshnessMs)
    expect(verifier.state.lastError?.code).toBe('proof_too_old')
    expect(errors).toHaveLength(1)
  })

  test('elapsed time is the larger of two clocks: a machine that slept, a wall clock set forward', async () => {
    for (const pass of [(clock: ManualClock) => clock.jump(5_000), (clock: ManualClock) => clock.setWall(5_000)]) {
      const { server, checked, check, clock } = await readyVerifier()
      const key = server.create({ id: 'key_1' })
      await checked(key)
      server.change(key, { state: 'revoked' })
      pass(clock)
      expect(check(key)).toBeInstanceOf(Promise)
      expect((await checked(key)).code).toBe('REVOKED')
    }
  })

  test('a wall clock set back does not make memory younger', async () => {
    const { server, checked, check, clock } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key)
    server.fault = () => 'silence'
    clock.setWall(-3_600_000)
    await clock.advance(freshnessMs * 1.3)
    expect(check(key)).toBeInstanceOf(Promise)
  })
})

describe('a head answer proves nothing', () => {
  const spoilt: readonly [string, (answer: Record<string, unknown>) => unknown][] = [
    ['with another nonce, as a cache between replays it', (answer) => ({ ...answer, nonce: 'of another question' })],
    ['without a nonce', (answer) => ({ ...answer, nonce: undefined })],
    ['with an age that is no number', (answer) => ({ ...answer, ageMs: 'young' })],
    ['with a negative age', (answer) => ({ ...answer, ageMs: -60_000 })],
    ['without a position', (answer) => ({ ...answer, position: null })],
    ['whose changes are no list', (answer) => ({ ...answer, changes: null })],
    ['that is a list', (answer) => [answer]],
  ]
  test.each(spoilt)('%s', async (_, spoil) => {
    const { server, checked, check, clock, verifier } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key)
    server.fault = async (asked) => {
      server.fault = () => undefined
      const honest = await server.fetch(`https://keys.example.test${asked.path}?${asked.query}`, {
        headers: asked.headers,
      })
      server.fault = fault
      if (asked.path !== '/v1/head') return honest
      return Response.json(spoil((await honest.json()) as Record<string, unknown>))
    }
    const { fault } = server
    await clock.advance(freshnessMs * 1.3)
    expect(check(key)).toBeInstanceOf(Promise)
    expect((await checked(key)).code).toBe('UNAVAILABLE')
    expect(verifier.state.lastError?.code).toBe('unexpected_answer')
  })

  test.each([
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.example' } })],
    ['a page of a proxy', () => new Response('<html></html>', { headers: { 'content-type': 'text/html' } })],
    ['an error', () => problem(503, 'unavailable')],
  ])('that is %s', async (_, answer) => {
    const { server, checked, check, clock } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key)
    server.fault = ({ path }) => (path === '/v1/head' ? answer() : undefined)
    await clock.advance(freshnessMs * 1.3)
    expect(check(key)).toBeInstanceOf(Promise)
    expect((await checked(key)).code).toBe('UNAVAILABLE')
  })

  test('each question has a nonce of its own, and is kept by no cache', async () => {
    const { server, clock } = await readyVerifier()
    await clock.advance(2_000)
    const nonces = server.asked.filter(({ path }) => path === '/v1/head').map(({ query }) => query.get('nonce'))
    expect(nonces.length).toBeGreaterThan(5)
    expect(new Set(nonces).size).toBe(nonces.length)
  })

  test('a log of another past, or of a shorter one, makes memory forget everything', async () => {
    const { server, checked, check, clock } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key)
    server.epoch = 'second'
    server.keys.clear()
    await clock.advance(freshnessMs / 4)
    expect(check(key)).toBeInstanceOf(Promise)
    expect((await checked(key)).code).toBe('NOT_FOUND')
  })

  test('a scope of a later version may touch anything, so that everything is forgotten', async () => {
    const { server, checked, check, clock } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key)
    server.changes.push({ number: server.changes.length + 1, scopes: ['galaxy:1' as 'all'] })
    await clock.advance(freshnessMs / 4)
    expect(check(key)).toBeInstanceOf(Promise)
  })
})

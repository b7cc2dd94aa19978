import { afterEach, describe, expect, test } from 'vitest'
import { problem } from '../fixtures/keyring-server.ts'
import { settle } from '../fixtures/manual-clock.ts'
import { closeAll, readyVerifier } from '../fixtures/scripted-verifier.ts'

afterEach(closeAll)

describe('the feed', () => {
  test('T7: wakes the reader of the head, so that a revocation is seen without time passing', async () => {
    const { server, checked, hit, check, verifier } = await readyVerifier()
    expect(verifier.state.feedConnected).toBe(true)
    const key = server.create({ id: 'key_1' })
    await checked(key)
    server.change(key, { state: 'revoked' })
    expect(hit(key).code).toBe('VALID')
    server.announce()
    await settle()
    expect((await check(key)).code).toBe('REVOKED')
  })

  test('proves nothing: while it tells and the head is silent, memory is not fresh', async () => {
    const { server, checked, check, clock } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key)
    server.fault = ({ path }) => (path === '/v1/head' ? 'silence' : undefined)
    for (let count = 0; count < 14; count++) {
      await clock.advance(100)
      server.announce()
    }
    expect(check(key)).toBeInstanceOf(Promise)
    expect((await checked(key)).code).toBe('UNAVAILABLE')
  })

  test('that tells nonsense, another past, or a future harms nobody', async () => {
    const { server, checked, check, clock } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key)
    server.feed('id: elsewhere.99.hash\nevent: reset\ndata: {}\n\n')
    server.feed(`id: first.4000.hash\nevent: change\ndata: {}\n\n`)
    await clock.advance(500)
    server.feed('data: no position at all\n\n')
    await clock.advance(5_000)
    expect((await check(key)).code).toBe('VALID')
  })

  test('that breaks is connected again, from the last event on, after waits that grow', async () => {
    const { server, clock, verifier } = await readyVerifier()
    const [first] = server.asked.filter(({ path }) => path === '/v1/feed')
    expect(first?.query.get('after')).toBe(server.position)
    expect(first?.headers.get('last-event-id')).toBeNull()
    server.create({ id: 'key_1' })
    server.announce()
    await settle()
    server.cutFeeds()
    await settle()
    expect(verifier.state.feedConnected).toBe(false)
    await clock.advance(250)
    expect(server.followers).toBe(1)
    expect(
      server.asked
        .filter(({ path }) => path === '/v1/feed')
        .at(-1)
        ?.headers.get('last-event-id'),
    ).toBe(server.position)
    const before = server.count('/v1/feed')
    server.fault = ({ path }) => (path === '/v1/feed' ? problem(503, 'unavailable') : undefined)
    server.cutFeeds()
    await clock.advance(60_000)
    expect(server.count('/v1/feed') - before).toBeLessThan(12)
    server.fault = () => undefined
    await clock.advance(15_000)
    expect(verifier.state.feedConnected).toBe(true)
  })

  test('waits as long as a server that is full says', async () => {
    const { server, clock } = await readyVerifier()
    const full = () => new Response('{}', { status: 503, headers: { 'retry-after': '30' } })
    server.fault = ({ path }) => (path === '/v1/feed' ? full() : undefined)
    server.cutFeeds()
    await clock.advance(1_000)
    const before = server.count('/v1/feed')
    await clock.advance(28_000)
    expect(server.count('/v1/feed')).toBe(before)
    server.fault = () => undefined
    await clock.advance(3_000)
    expect(server.followers).toBe(1)
  })

  test('that falls silent for longer than its beats take is given up', async () => {
    const { server, clock } = await readyVerifier()
    const before = server.count('/v1/feed')
    await clock.advance(20_000)
    server.feed(': beat\n\n')
    await clock.advance(20_000)
    expect(server.count('/v1/feed')).toBe(before)
    await clock.advance(15_000)
    expect(server.count('/v1/feed')).toBe(before + 1)
  })

  test('that is no stream of events, or has one without an end, is not read', async () => {
    const { server, clock, verifier } = await readyVerifier()
    server.fault = ({ path }) => (path === '/v1/feed' ? new Response('<html></html>') : undefined)
    server.cutFeeds()
    await clock.advance(1_000)
    expect(verifier.state).toMatchObject({ feedConnected: false, lastError: { code: 'unexpected_answer' } })
    server.fault = () => undefined
    await clock.advance(15_000)
    for (let count = 0; count < 80; count++) server.feed(`data: ${'x'.repeat(1_000)}\n`)
    await settle()
    expect(verifier.state.feedConnected).toBe(false)
  })
})

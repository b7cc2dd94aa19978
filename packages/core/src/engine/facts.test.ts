import { describe, expect, test } from 'vitest'
import { limit, newText, scriptedEngine, settle } from './testing.ts'

describe('facts for another engine', () => {
  test('are all that was loaded, with the position through which they hold', async () => {
    const { store, engine } = scriptedEngine()
    const given = {
      id: 'key_1',
      lineageShared: true,
      endsAtMs: 4_000_000_000_000,
      name: 'CRM Sync',
      metadata: { team: 'a' },
      networks: [],
      limits: [limit('requests', 5, 10)],
      quota: { limit: 3, period: 'day' as const },
      owner: { memberId: 'mem_1', active: false },
      parent: { lineageId: 'lin_p', aboveIds: ['lin_q'], usable: true },
    }
    const text = store.create(given)
    const facts = await engine.facts(text)
    expect(facts).toEqual({
      position: store.position,
      key: store.keys.get(text),
      account: store.accounts.get('acc_1'),
    })
    expect(facts).toMatchObject({ key: given })
  })

  test('come from memory without a read while that is fresh, and move on with the position', async () => {
    const { store, source, engine } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    await engine.facts(text)
    const reads = { ...source.reads }
    expect(await engine.facts(text)).toMatchObject({ key: { id: 'key_1' } })
    expect(source.reads).toEqual(reads)
    store.append('account:elsewhere')
    await engine.refresh()
    expect(await engine.facts(text)).toMatchObject({ position: store.position, key: { state: 'active' } })
    expect(source.reads.key).toBe(reads.key)
  })

  test('of a text that no key answers for are none, at a position as well', async () => {
    const { store, engine } = scriptedEngine()
    const none = { position: store.position, key: undefined, account: undefined }
    const text = newText()
    expect(await engine.facts(text)).toEqual(none)
    expect(await engine.facts(text)).toEqual(none)
  })

  test('T7: are never older than what was applied: a change while they are loaded has them loaded again', async () => {
    const { store, source, engine } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    await engine.refresh()
    source.holding.add('key')
    const asked = engine.facts(text)
    await settle()
    const early = source.release()
    early.look()
    source.holding.clear()
    await engine.applied(store.change(text, { state: 'revoked' }))
    await early.answer()
    expect(await asked).toMatchObject({ position: store.position, key: { state: 'revoked' } })
  })

  test('are unavailable where memory cannot be proved, in bounded time', async () => {
    const { store, source, clock, engine } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    await engine.facts(text)
    clock.jump(1_001)
    source.failing = true
    const asked = engine.facts(text)
    await clock.advance(1_100)
    expect(await asked).toBe('unavailable')
  })
})

describe('being woken', () => {
  test('reads the head and applies what is new, once for all who wake at the same time', async () => {
    const { store, source, engine, check, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    await checked(text)
    const revoked = store.change(text, { state: 'revoked' })
    const reads = source.reads.head
    for (let index = 0; index < 5; index++) engine.wake(revoked)
    await settle()
    expect(source.reads.head).toBe(reads + 1)
    expect(engine.state.position).toEqual(revoked)
    expect(await check(text)).toMatchObject({ code: 'REVOKED' })
  })

  test('proves nothing by itself: where the read fails, nothing is younger, and nobody is told but by the age', async () => {
    const { store, source, clock, engine, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    await checked(text)
    clock.jump(700)
    source.failing = true
    engine.wake(store.change(text, { state: 'revoked' }))
    await settle()
    expect(engine.state.ageMs).toBe(700)
    clock.jump(301)
    const asked = checked(text)
    await clock.advance(1_100)
    expect(await asked).toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('by a position that was applied already costs nothing', async () => {
    const { store, source, engine } = scriptedEngine()
    store.append('account:acc_1')
    await engine.refresh()
    engine.wake(store.position)
    await settle()
    expect(source.reads.head).toBe(1)
  })
})

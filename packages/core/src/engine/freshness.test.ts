import { describe, expect, test } from 'vitest'
import type { Decision } from '../decision.ts'
import { newText, scriptedEngine, settle } from './testing.ts'

const isPromise = (value: unknown): value is Promise<Decision> => value instanceof Promise

/** A key that is in memory, proved just now. */
async function warm(options: Parameters<typeof scriptedEngine>[0] = {}) {
  const scripted = scriptedEngine(options)
  const text = scripted.store.create({ id: 'key_1' })
  expect((await scripted.checked(text)).code).toBe('VALID')
  return { ...scripted, text }
}

describe('a memory that is not proved is not used', () => {
  test('one read of the head proves it again, however many wait, and nothing else is loaded', async () => {
    const { clock, source, check, text } = await warm()
    clock.jump(1_001)
    const reads = { ...source.reads }
    const asked = Array.from({ length: 100 }, () => check(text))
    expect(asked.every(isPromise)).toBe(true)
    for (const decision of await Promise.all(asked.map(async (answer) => answer))) expect(decision.code).toBe('VALID')
    expect(source.reads).toEqual({ ...reads, head: reads.head + 1 })
    expect(isPromise(check(text))).toBe(false)
  })

  test('it answers up to the bound and not beyond', async () => {
    const { clock, check, text } = await warm()
    clock.jump(1_000)
    expect(isPromise(check(text))).toBe(false)
    clock.jump(0.001)
    expect(isPromise(check(text))).toBe(true)
  })

  test('T7: a revocation whose push was lost is seen by the next proof', async () => {
    const { clock, store, check, text } = await warm()
    store.change(text, { state: 'revoked' })
    expect(check(text)).toMatchObject({ code: 'VALID' })
    clock.jump(1_001)
    expect(await check(text)).toMatchObject({ code: 'REVOKED' })
  })

  test('a source that hangs: unavailable after freshnessMs, and answers again when it does', async () => {
    const { clock, source, check, text } = await warm()
    clock.jump(1_001)
    source.holding.add('head')
    let decision: Decision | undefined
    void Promise.resolve(check(text)).then((answer) => {
      decision = answer
    })
    await clock.advance(999)
    expect(decision).toBeUndefined()
    await clock.advance(1)
    expect(decision).toMatchObject({ valid: false, code: 'UNAVAILABLE', retryAfterMs: 1_000 })
    source.holding.clear()
    await clock.advance(1_000)
    expect(await check(text)).toMatchObject({ code: 'VALID' })
  })

  test('a load that never comes back is given up, and the key can be loaded again', async () => {
    for (const method of ['key', 'account'] as const) {
      const { clock, store, source, engine, check } = scriptedEngine()
      const text = store.create({ id: 'key_1' })
      await engine.refresh()
      source.holding.add(method)
      const hung = check(text)
      await clock.advance(1_000)
      expect(await hung).toMatchObject({ code: 'UNAVAILABLE' })
      source.holding.clear()
      await clock.advance(2_000)
      expect(await check(text), method).toMatchObject({ code: 'VALID' })
      const late = source.release()
      store.change(text, { state: 'revoked' })
      await engine.applied(store.position)
      await late.answer()
      expect(await check(text), method).toMatchObject({ code: 'REVOKED' })
    }
  })

  test('a source that rejects is asked again while a check waits, not without pause', async () => {
    const { clock, source, check, text } = await warm()
    clock.jump(1_001)
    source.failing = true
    const reads = source.reads.head
    const asked = check(text)
    await clock.advance(200)
    source.failing = false
    await clock.advance(100)
    expect(await asked).toMatchObject({ code: 'VALID' })
    expect(source.reads.head - reads).toBeGreaterThan(2)
    expect(source.reads.head - reads).toBeLessThan(10)
  })

  test('an answering side that is itself too old proves nothing, and is not asked without pause', async () => {
    const { clock, source, check, text } = await warm()
    clock.jump(1_001)
    source.falsifyHead = (head) => ({ ...head, ageMs: 1_500 })
    const reads = source.reads.head
    const asked = check(text)
    await settle(5_000)
    expect(source.reads.head - reads).toBe(1)
    await clock.advance(1_000)
    expect(await asked).toMatchObject({ code: 'UNAVAILABLE' })
    expect(source.reads.head - reads).toBeLessThan(30)
  })
})

describe('the age of a proof', () => {
  test('counts from when the request was sent', async () => {
    const { clock, source, engine, check, text } = await warm()
    clock.jump(500)
    source.holding.add('head')
    const refreshed = engine.refresh()
    clock.jump(900)
    await source.release().answer()
    await refreshed
    expect(engine.state.ageMs).toBe(900)
    clock.jump(101)
    expect(isPromise(check(text))).toBe(true)
  })

  test('less what the answering side was old itself', async () => {
    const { clock, source, engine, check, text } = await warm()
    clock.jump(500)
    source.falsifyHead = (head) => ({ ...head, ageMs: 300 })
    await engine.refresh()
    expect(engine.state.ageMs).toBe(300)
    clock.jump(700)
    expect(isPromise(check(text))).toBe(false)
    clock.jump(1)
    expect(isPromise(check(text))).toBe(true)
  })

  test('is the larger of both clocks: a wall clock that jumps ahead, or back, never makes memory younger', async () => {
    const ahead = await warm()
    ahead.clock.setWall(3_600_000)
    expect(isPromise(ahead.check(ahead.text))).toBe(true)
    const back = await warm()
    back.clock.setWall(-3_600_000)
    expect(isPromise(back.check(back.text))).toBe(false)
    back.clock.jump(1_001)
    expect(isPromise(back.check(back.text))).toBe(true)
    expect(await back.check(back.text)).toMatchObject({ code: 'VALID' })
  })

  test('a read that was given up and answers late does not take a newer proof back', async () => {
    const { clock, source, store, engine, text, check } = await warm()
    source.holding.add('head')
    void engine.refresh().catch(() => {})
    await clock.advance(2_500)
    source.holding.clear()
    store.change(text, { state: 'revoked' })
    await engine.refresh()
    expect(engine.state.ageMs).toBe(0)
    await source.release().answer()
    expect(engine.state.ageMs).toBe(0)
    expect(await check(text)).toMatchObject({ code: 'REVOKED' })
  })
})

describe('bounded grace', () => {
  test('answers while the source fails, says how old it is, and ends', async () => {
    const { clock, source, check, text } = await warm({ graceMs: 5_000 })
    source.failing = true
    clock.jump(1_500)
    const first = check(text)
    await clock.advance(1_000)
    expect(await first).toMatchObject({ code: 'VALID', staleMs: 2_500 })
    const reads = source.reads.head
    expect(await check(text), 'at once, since the source is known to fail').toMatchObject({
      code: 'VALID',
      staleMs: 2_500,
    })
    expect(source.reads.head - reads).toBeLessThanOrEqual(1)
    await clock.advance(3_500)
    expect(await check(text)).toMatchObject({ code: 'VALID', staleMs: 6_000 })
    clock.jump(1)
    const last = check(text)
    await clock.advance(1_000)
    expect(await last).toMatchObject({ valid: false, code: 'UNAVAILABLE' })
  })

  test('ends as soon as the source answers: what was revoked meanwhile is refused', async () => {
    const { clock, source, store, check, text } = await warm({ graceMs: 60_000 })
    source.failing = true
    clock.jump(1_500)
    const first = check(text)
    await clock.advance(1_000)
    await first
    store.change(text, { state: 'revoked' })
    source.failing = false
    await clock.advance(100)
    await check(text)
    await settle()
    expect(await check(text)).toMatchObject({ code: 'REVOKED' })
  })

  test('is not there by default, and not for keys that are not in memory', async () => {
    const without = await warm()
    without.source.failing = true
    without.clock.jump(1_500)
    const refused = without.check(without.text)
    await without.clock.advance(1_000)
    expect(await refused).toMatchObject({ code: 'UNAVAILABLE' })
    const { clock, source, check } = await warm({ graceMs: 5_000 })
    source.failing = true
    clock.jump(1_500)
    const foreign = check(newText())
    await clock.advance(1_000)
    expect(await foreign).toMatchObject({ code: 'UNAVAILABLE' })
  })
})

describe('the time of the store', () => {
  test('judges ends, not the local clock, in steps of nothing', async () => {
    const { clock, store, source, engine, check } = scriptedEngine()
    source.falsifyHead = (head) => ({ ...head, storeTimeMs: 1_000_000 + clock.monotonicMs() })
    const text = store.create({ id: 'key_1', endsAtMs: 1_002_000 })
    expect(await check(text)).toMatchObject({ code: 'VALID' })
    clock.jump(999)
    await engine.refresh()
    expect(check(text)).toMatchObject({ code: 'VALID' })
    clock.jump(1)
    expect(check(text)).toMatchObject({ code: 'EXPIRED' })
  })

  test('is that of the answer, however old the answering side’s own proof was', async () => {
    const { source, engine } = scriptedEngine()
    source.falsifyHead = (head) => ({ ...head, ageMs: 400, storeTimeMs: 5_000_000 })
    await engine.refresh()
    expect(engine.storeNowMs()).toBe(5_000_000)
  })
})

describe('another past', () => {
  test('a log that was restored to a shorter past makes everything forgotten', async () => {
    const { clock, store, check, engine, text } = await warm()
    const revoked = store.create({ id: 'key_2', state: 'revoked' })
    expect(await check(revoked)).toMatchObject({ code: 'REVOKED' })
    store.epoch = 'second'
    store.changes = store.changes.slice(0, 1)
    store.keys.delete(revoked)
    clock.jump(1_001)
    expect(await check(revoked)).toMatchObject({ code: 'NOT_FOUND' })
    expect(await check(text)).toMatchObject({ code: 'VALID' })
    expect(engine.state.position).toEqual(store.position)
  })

  test('an answer that goes back, or leaves entries out, is not a continuation', async () => {
    for (const falsify of [-1, 1]) {
      const { clock, store, source, engine, text, check } = await warm()
      store.append('key:other')
      await engine.refresh()
      store.change(text, { state: 'revoked' })
      const { number } = store.position
      source.falsifyHead = (head) =>
        falsify < 0
          ? { ...head, changes: [], position: store.positionAt(number - 2) }
          : { ...head, changes: [], position: store.position }
      clock.jump(1_001)
      await engine.refresh()
      expect(engine.state.keys).toBe(0)
      source.falsifyHead = (head) => head
      await engine.refresh()
      expect(await check(text)).toMatchObject({ code: 'REVOKED' })
    }
  })
})

describe('applied()', () => {
  test('in a new past: a read that was sent in the old one does not count as having seen it', async () => {
    const { source, store, engine, text, check } = await warm()
    source.holding.add('head')
    void engine.refresh()
    const early = source.release()
    early.look()
    store.epoch = 'second'
    const applied = engine.applied(store.change(text, { state: 'revoked' }))
    await early.answer()
    source.holding.clear()
    if (source.held.length > 0) await source.release().answer()
    await applied
    expect(await check(text)).toMatchObject({ code: 'REVOKED' })
  })

  test('sends another read where one was under way that may have missed the change', async () => {
    const { source, store, engine, check, text } = await warm()
    source.holding.add('head')
    void engine.refresh()
    const early = source.release()
    early.look()
    const applied = engine.applied(store.change(text, { state: 'revoked' }))
    await early.answer()
    await settle()
    await source.release().answer()
    await applied
    source.holding.clear()
    expect(await check(text)).toMatchObject({ code: 'REVOKED' })
  })

  test('where the read fails, everything is forgotten: nothing of before is answered', async () => {
    const { source, store, engine, check, text, clock } = await warm()
    source.failing = true
    await engine.applied(store.change(text, { state: 'revoked' }))
    expect(engine.state.position).toBeNull()
    const asked = check(text)
    expect(isPromise(asked)).toBe(true)
    await clock.advance(1_000)
    expect(await asked).toMatchObject({ code: 'UNAVAILABLE' })
    source.failing = false
    expect(await check(text)).toMatchObject({ code: 'REVOKED' })
  })

  test('where the read hangs, everything is forgotten after freshnessMs, so that the change can be answered', async () => {
    const { source, store, engine, text, clock } = await warm()
    source.holding.add('head')
    let done = false
    void engine.applied(store.change(text, { state: 'revoked' })).then(() => {
      done = true
    })
    await clock.advance(1_000)
    expect(done).toBe(true)
    expect(engine.state.position).toBeNull()
    expect(engine.state.keys).toBe(0)
  })

  test('a read that was under way when everything was forgotten does not prove the forgotten past', async () => {
    const { source, store, engine, text, clock, check } = await warm()
    source.holding.add('head')
    void engine.refresh()
    const early = source.release()
    early.look()
    const applied = engine.applied(store.change(text, { state: 'revoked' }))
    await clock.advance(1_000)
    await applied
    source.holding.clear()
    await early.answer()
    expect(engine.state.position?.number ?? store.position.number).toBe(store.position.number)
    expect(await check(text)).toMatchObject({ code: 'REVOKED' })
  })
})

describe('a load that raced a change', () => {
  test('is not remembered where the change was applied during it', async () => {
    const { source, store, engine, check } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    await engine.refresh()
    source.holding.add('key')
    const asked = check(text)
    await settle()
    const load = source.release()
    load.look()
    await engine.applied(store.change(text, { state: 'revoked' }))
    source.holding.clear()
    await load.answer()
    expect(await asked).toMatchObject({ code: 'REVOKED' })
    expect(source.reads.key).toBe(2)
  })

  test('is not remembered where the change came while its account was loaded', async () => {
    const { source, store, engine, check } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    await engine.refresh()
    source.holding.add('account')
    const asked = check(text)
    await settle()
    const load = source.release()
    load.look()
    await engine.applied(store.change(text, { state: 'revoked' }))
    source.holding.clear()
    await load.answer()
    expect(await asked).toMatchObject({ code: 'REVOKED' })
  })

  test('of an account, a member, or the parent, likewise', async () => {
    const { source, store, engine, check } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    await engine.refresh()
    source.holding.add('account')
    const asked = check(text)
    await settle()
    const load = source.release()
    load.look()
    await engine.applied(store.changeAccount({ active: false }))
    source.holding.clear()
    await load.answer()
    expect(await asked).toMatchObject({ code: 'SUSPENDED' })
  })

  test('as unknown, is not remembered where the key was created during it', async () => {
    const { source, store, engine, check } = scriptedEngine()
    const text = newText()
    await engine.refresh()
    source.holding.add('key')
    const asked = check(text)
    await settle()
    const load = source.release()
    load.look()
    store.create({ id: 'key_1' }, text)
    await engine.applied(store.position)
    source.holding.clear()
    await load.answer()
    expect(await asked).toMatchObject({ code: 'VALID' })
  })

  test('ahead of memory makes memory catch up first, so that what it knows of others is not older', async () => {
    const { source, store, check, text } = await warm()
    const other = store.create({ id: 'key_2' })
    store.change(text, { state: 'revoked' })
    expect(await check(other)).toMatchObject({ code: 'VALID' })
    expect(source.reads.head).toBeGreaterThan(1)
    expect(await check(text)).toMatchObject({ code: 'REVOKED' })
  })

  test('from a node that lags is dropped where what it read has changed since', async () => {
    const { source, store, engine, check, clock } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    const [before, facts] = [store.position, store.keys.get(text)]
    await engine.refresh()
    await engine.applied(store.change(text, { state: 'revoked' }))
    let lags = 3
    source.falsifyLoad = (loaded) =>
      lags-- > 0 && 'state' in (loaded.facts ?? {}) ? { position: before, facts: facts as typeof loaded.facts } : loaded
    expect(await check(text)).toMatchObject({ code: 'REVOKED' })
    lags = Number.POSITIVE_INFINITY
    await engine.applied(store.append('all'))
    const stuck = check(text)
    await clock.advance(1_000)
    expect(await stuck).toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('from before what is kept of recent changes is dropped, whatever it touches', async () => {
    const { source, store, engine, check } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    await engine.refresh()
    source.holding.add('key')
    const asked = check(text)
    await settle()
    const load = source.release()
    load.look()
    for (let index = 0; index < 5_000; index++) store.append(`key:other_${index}`)
    await engine.applied(store.position)
    source.holding.clear()
    await load.answer()
    expect(await asked).toMatchObject({ code: 'VALID' })
    expect(source.reads.key).toBe(2)
  })

  test('a position that the log never reaches is not waited for without end', async () => {
    const { source, store, engine, check, clock } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    await engine.refresh()
    source.falsifyLoad = (loaded) => ({ ...loaded, position: store.positionAt(99) })
    const asked = check(text)
    await settle(5_000)
    expect(source.reads.head).toBeLessThan(5)
    await clock.advance(1_000)
    expect(await asked).toMatchObject({ code: 'UNAVAILABLE' })
    await clock.advance(10_000)
    expect(source.reads.head).toBeLessThan(100)
  })
})

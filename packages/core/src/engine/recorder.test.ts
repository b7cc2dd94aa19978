import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Code } from '../decision.ts'
import type { Batch } from './recorder.ts'
import { newText, scriptedEngine, settle } from './testing.ts'

const hourMs = 3_600_000

/** Collects batches as a store does: each (process, number) once. */
function collector() {
  const batches = new Map<number, Batch>()
  const store = async (batch: Batch) => {
    if (!batches.has(batch.number)) batches.set(batch.number, structuredClone(batch))
  }
  const usage = () => {
    const sums = new Map<string, number>()
    for (const batch of batches.values()) {
      for (const { keyId, hourMs: hour, code, tag, count } of batch.usage) {
        const name = `${keyId} ${hour / hourMs} ${code} ${tag}`
        sums.set(name, (sums.get(name) ?? 0) + count)
      }
    }
    return sums
  }
  return { batches, store, usage }
}

describe('counts are exact', () => {
  test('over hours, tags and outcomes, however often and between what they are handed over', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            waitMs: fc.nat(900_000),
            tag: fc.constantFrom(undefined, 'import', 'export'),
            asked: fc.constantFrom('jobs.view', 'jobs.edit'),
            flush: fc.boolean(),
          }),
          { maxLength: 60 },
        ),
        async (steps) => {
          const { store, clock, engine, checked } = scriptedEngine()
          const texts = [store.create({ id: 'key_0' }), store.create({ id: 'key_1' })]
          const { store: keep, usage } = collector()
          const expected = new Map<string, number>()
          for (const [index, { waitMs, tag, asked, flush }] of steps.entries()) {
            clock.jump(waitMs)
            const { code } = await checked(texts[index % 2] as string, { permissions: [asked], tag })
            const name = `key_${index % 2} ${Math.floor(engine.storeNowMs() / hourMs)} ${code} ${tag ?? ''}`
            expected.set(name, (expected.get(name) ?? 0) + 1)
            if (flush) await engine.flush(keep)
          }
          await engine.flush(keep)
          expect(engine.state.atStake).toBe(0)
          expect(usage()).toEqual(expected)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('also of keys that leave memory between check and delivery', async () => {
    const { store, engine, checked } = scriptedEngine({
      bounds: { keysMax: 1, unknownMax: 1, accountsMax: 1, credentialsMax: 1 },
    })
    const texts = Array.from({ length: 5 }, (_, index) => store.create({ id: `key_${index}` }))
    for (let round = 0; round < 4; round++) for (const text of texts) await checked(text)
    const { store: keep, usage } = collector()
    await engine.flush(keep)
    expect([...usage().values()]).toEqual([4, 4, 4, 4, 4])
  })
})

describe('delivery', () => {
  test('that failed is repeated unchanged under its number, what came meanwhile follows, and nothing is lost or counted twice', async () => {
    const { store, engine, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    const { batches, store: keep, usage } = collector()
    await checked(text)
    await expect(
      engine.flush(async (batch) => {
        await keep(batch)
        throw new Error('stored, but the answer was lost')
      }),
    ).rejects.toThrow('the answer was lost')
    expect(engine.state.atStake).toBe(1)
    await checked(text)
    expect(engine.state.atStake).toBe(2)
    const seen: Batch[] = []
    await engine.flush(async (batch) => {
      seen.push(batch)
      await keep(batch)
    })
    expect(seen.map(({ number }) => number)).toEqual([1, 2])
    expect(seen[0]).toEqual(batches.get(1))
    expect([...usage().values()]).toEqual([2])
    expect(engine.state.atStake).toBe(0)
  })

  test('is one at a time; a check while it runs is in the next', async () => {
    const { store, engine, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    await checked(text)
    const { promise, resolve } = Promise.withResolvers<void>()
    let [running, most] = [0, 0]
    const { store: keep, usage } = collector()
    const slow = async (batch: Batch) => {
      most = Math.max(most, ++running)
      await promise
      await keep(batch)
      running--
    }
    const flushes = [engine.flush(slow), engine.flush(slow)]
    await settle()
    await checked(text)
    expect(engine.state.atStake).toBe(2)
    resolve()
    await Promise.all(flushes)
    expect(most).toBe(1)
    expect([...usage().values()]).toEqual([2])
  })

  test('is cut into batches of so many lines, each repeated unchanged under its number, and adds up', async () => {
    const { store, engine, checked } = scriptedEngine({
      recorder: { process: 'p', wholeAddresses: false, linesMax: 100, usageLinesMax: 100, batchLinesMax: 3 },
    })
    const texts = Array.from({ length: 8 }, (_, index) => store.create({ id: `key_${index}` }))
    for (const text of [...texts, ...texts]) await checked(text, { ip: '192.0.2.1' })
    for (const tag of ['one', 'two']) await checked(texts[0] as string, { tag })
    await checked('nonsense')
    const { batches, store: keep, usage } = collector()
    let deliveries = 0
    const losing = async (batch: Batch) => {
      await keep(batch)
      if (deliveries++ % 2 === 0) throw new Error('stored, but the answer was lost')
    }
    for (let round = 0; round < 20 && engine.state.atStake > 0; round++) await engine.flush(losing).catch(() => {})
    expect(engine.state.atStake).toBe(0)
    expect([...batches.keys()]).toEqual([1, 2, 3, 4])
    for (const batch of batches.values())
      for (const lines of [batch.usage, batch.lastUsed, batch.activity, batch.refusals])
        expect(lines.length).toBeLessThanOrEqual(3)
    const counts = [...usage().values()]
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(18)
    const lines = [...batches.values()]
    expect(lines.flatMap(({ lastUsed }) => lastUsed.map(({ keyId }) => keyId)).sort()).toEqual(
      texts.map((_, index) => `key_${index}`),
    )
    expect(lines.flatMap(({ refusals }) => refusals).map(({ count }) => count)).toEqual([1])
  })

  test('of nothing does not happen', async () => {
    const { engine } = scriptedEngine()
    await engine.flush(() => expect.fail('there is nothing'))
  })
})

describe('what is kept', () => {
  test('16, U7: of refused and unknown texts the reason and the network, and of no text a character', async () => {
    const { store, engine, check, checked, quotas } = scriptedEngine()
    const known = store.create({ id: 'key_1' })
    const texts = [known, newText(), newText(), 'nonsense that was presented', `${newText()}x`]
    for (const text of texts) await checked(text, { ip: '::ffff:198.51.100.7', userAgent: 'curl' })
    await check('nonsense that was presented', { ip: 'not an address' })
    const { batches, store: keep } = collector()
    await engine.flush(keep)
    const written = JSON.stringify([...batches.values(), quotas])
    for (const text of texts) {
      expect(written).not.toContain(text)
      expect(written).not.toContain(text.slice(-8))
    }
    expect(batches.get(1)?.refusals).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'NOT_FOUND', network: '198.51.100.0/24', count: 2 }),
        expect.objectContaining({ code: 'MALFORMED', network: '198.51.100.0/24', count: 2 }),
        expect.objectContaining({ code: 'MALFORMED', network: '', count: 1 }),
      ]),
    )
  })

  test('last used is the newest accepted check, with a shortened network unless whole addresses are configured', async () => {
    for (const wholeAddresses of [false, true]) {
      const { store, clock, engine, checked } = scriptedEngine({
        recorder: { process: 'p', wholeAddresses, linesMax: 100 },
      })
      const text = store.create({ id: 'key_1' })
      await checked(text, { ip: '192.0.2.1', tag: 'first' })
      clock.jump(10)
      await checked(text, { ip: '2001:db8:1:2::3', userAgent: 'agent' })
      const atMs = engine.storeNowMs()
      clock.jump(10)
      await checked(text, { ip: '203.0.113.1', permissions: ['jobs.edit'] })
      const { batches, store: keep } = collector()
      await engine.flush(keep)
      expect(batches.get(1)?.lastUsed).toEqual([
        { keyId: 'key_1', atMs, network: wholeAddresses ? '2001:db8:1:2::3' : '2001:db8:1::/48', userAgent: 'agent' },
      ])
      expect(
        batches
          .get(1)
          ?.activity.map(({ code }) => code)
          .sort(),
      ).toEqual(['INSUFFICIENT_PERMISSION', 'VALID'])
    }
  })

  test('lines are bounded while nothing can be delivered; counts are never left out', async () => {
    const linesMax = 10
    const { store, engine, check, checked } = scriptedEngine({
      recorder: { process: 'p', wholeAddresses: false, linesMax },
    })
    const text = store.create({ id: 'key_1' })
    await checked(text)
    for (let index = 0; index < 500; index++) {
      await check(text, { tag: `tag ${index}` })
      await check('nonsense', { ip: `10.${index >> 8}.${index & 255}.1` })
    }
    const { batches, store: keep } = collector()
    await engine.flush(keep)
    const batch = batches.get(1) ?? expect.fail('a batch')
    expect(batch.usage.length).toBeLessThanOrEqual(linesMax + 1)
    expect(batch.refusals.length).toBeLessThanOrEqual(linesMax + 1)
    expect(batch.activity.length).toBeLessThanOrEqual(linesMax)
    const sum = (lines: readonly { readonly count: number }[]) => lines.reduce((total, { count }) => total + count, 0)
    expect(sum(batch.usage)).toBe(501)
    expect(sum(batch.refusals)).toBe(500)
  })

  test('refused presentations from ever new networks are told apart up to a bound in an hour, handed over or not, and counted all', async () => {
    const { clock, engine, check } = scriptedEngine({
      recorder: { process: 'p', wholeAddresses: false, linesMax: 100_000 },
    })
    await engine.refresh()
    const networksOf = async (from: number, count: number) => {
      for (let index = from; index < from + count; index++)
        await check('nonsense', { ip: `${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}.1` })
      const { batches, store: keep } = collector()
      await engine.flush(keep)
      const lines = [...batches.values()].flatMap(({ refusals }) => refusals)
      expect(lines.reduce((total, line) => total + line.count, 0)).toBe(count)
      return new Set(lines.map(({ network }) => network)).size
    }
    expect(await networksOf(0, 6_000)).toBe(6_000)
    // The rest of ten thousand, and one line for all that came later.
    expect(await networksOf(6_000, 6_000)).toBe(4_001)
    expect(await networksOf(12_000, 100)).toBe(1)
    await clock.advance(3_600_000)
    await engine.refresh()
    expect(await networksOf(12_000, 100)).toBe(100)
  })

  test('lines of counts are bounded too where that is asked for, whatever keys come and go; what is left out is told', async () => {
    const { store, engine, checked } = scriptedEngine({
      bounds: { keysMax: 2, unknownMax: 1, accountsMax: 1, credentialsMax: 1 },
      recorder: { process: 'p', wholeAddresses: false, linesMax: 4, usageLinesMax: 10 },
    })
    const texts = Array.from({ length: 25 }, (_, index) => store.create({ id: `key_${index}` }))
    for (let round = 0; round < 2; round++) for (const text of texts) await checked(text)
    await expect(engine.flush(async () => Promise.reject(new Error('away')))).rejects.toThrow('away')
    for (const text of texts) await checked(text, { ip: '192.0.2.1' })
    const { batches, store: keep, usage } = collector()
    await engine.flush(keep)
    for (const batch of batches.values()) {
      expect(batch.usage.length).toBeLessThanOrEqual(10)
      expect(batch.lastUsed.length).toBeLessThanOrEqual(10)
    }
    const counted = [...usage().values()].reduce((sum, count) => sum + count, 0)
    expect(engine.state).toMatchObject({ atStake: 0, uncounted: 75 - counted })
    expect(counted).toBeGreaterThanOrEqual(20)
    expect(engine.state.uncounted).toBeGreaterThan(0)
  })

  test('nor are keys held that left memory, once their number has reached the bound', async () => {
    const { store, engine, checked } = scriptedEngine({
      bounds: { keysMax: 2, unknownMax: 1, accountsMax: 1, credentialsMax: 1 },
      recorder: { process: 'p', wholeAddresses: false, linesMax: 4, usageLinesMax: 10 },
    })
    const texts = Array.from({ length: 200 }, (_, index) => store.create({ id: `key_${index}` }))
    // What a key in memory remembers of its newest check shows which keys are still held.
    const remembered: WeakRef<object>[] = []
    for (const text of texts) {
      const permissions = ['jobs.view']
      remembered.push(new WeakRef(permissions))
      await checked(text, { permissions })
    }
    await settle()
    setFlagsFromString('--expose-gc')
    await new Promise((resolve) => void setImmediate(resolve))
    runInNewContext('gc')()
    expect(engine.state.atStake + engine.state.uncounted).toBe(200)
    expect(remembered.filter((reference) => reference.deref() !== undefined).length).toBeLessThan(30)
  })

  test('of the permissions that a check asked for, activity keeps a bounded text', async () => {
    const { store, engine, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    await checked(text, { permissions: Array.from({ length: 32 }, () => `jobs.${'v'.repeat(60)}`) })
    const { batches, store: keep } = collector()
    await engine.flush(keep)
    expect(batches.get(1)?.activity[0]?.permission?.length).toBe(512)
  })

  test('45: checks that memory could not answer are counted for nobody', async () => {
    const { store, source, clock, engine, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    source.failing = true
    const asked = checked(text)
    await clock.advance(1_000)
    expect((await asked).code satisfies Code).toBe('UNAVAILABLE')
    expect(engine.state.atStake).toBe(0)
  })
})

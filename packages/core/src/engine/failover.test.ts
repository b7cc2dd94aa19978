import { describe, expect, test } from 'vitest'
import { newText, scriptedEngine, settle } from './testing.ts'

/** A key that is in memory, in a past that has a few entries more. */
async function warm(tellsHashes: boolean) {
  const scripted = scriptedEngine()
  const { store, engine, checked } = scripted
  store.tellsHashes = tellsHashes
  const text = store.create({ id: 'key_1' })
  expect((await checked(text)).code).toBe('VALID')
  for (let index = 0; index < 3; index++) store.append('account:elsewhere')
  await engine.refresh()
  return { ...scripted, text }
}

describe.each([true, false])(
  'a failover to a shorter past, which keeps the epoch (heads tell the hashes of entries: %s)',
  (tellsHashes) => {
    test('T7: a change that is answered after it was applied, although memory stood at a later number', async () => {
      const { store, engine, checked, text } = await warm(tellsHashes)
      store.failOver(1)
      await engine.applied(store.change(text, { state: 'revoked' }))
      expect((await checked(text)).code).toBe('REVOKED')
    })

    test('a change at the very number where memory stands, likewise', async () => {
      const { store, engine, checked, text } = await warm(tellsHashes)
      store.failOver(3)
      const revoked = store.change(text, { state: 'revoked' })
      expect(revoked.number).toBe(engine.state.position?.number)
      await engine.applied(revoked)
      expect((await checked(text)).code).toBe('REVOKED')
    })

    test('facts of the new past are not judged beside others of the past that is gone', async () => {
      const { store, checked } = await warm(tellsHashes)
      store.failOver(1)
      store.changeAccount({ active: false })
      const text = store.create({ id: 'key_2' })
      expect((await checked(text)).code).toBe('SUSPENDED')
    })

    test('facts of the past that is gone are not remembered in the new one, whatever their number', async () => {
      const { store, source, engine, check, clock } = await warm(tellsHashes)
      const text = store.create({ id: 'key_2' })
      source.holding.add('key')
      const asked = check(text)
      await settle()
      const early = source.release()
      early.look()
      store.failOver(store.position.number - 1)
      await engine.refresh()
      store.change(text, { state: 'revoked' })
      store.append('account:elsewhere')
      await engine.refresh()
      source.holding.clear()
      await early.answer()
      await clock.advance(200)
      expect(await asked).toMatchObject({ code: 'REVOKED' })
    })
  },
)

test('a place of memory’s own past that went by unseen is reached after a read that continues, and nothing is forgotten', async () => {
  const { store, source, engine } = await warm(false)
  const reads = source.reads.head
  await engine.applied(store.positionAt(3))
  expect(source.reads.head - reads).toBeLessThanOrEqual(2)
  expect(engine.state.keys).toBe(1)
})

test('a place whose hash was told costs no read', async () => {
  const { store, source, engine } = await warm(true)
  const reads = source.reads.head
  await engine.applied(store.positionAt(3))
  engine.wake(store.positionAt(2))
  await settle()
  expect(source.reads.head).toBe(reads)
})

test('being woken by a place that went by unseen costs no read', async () => {
  const { store, source, engine } = await warm(false)
  const reads = source.reads.head
  engine.wake(store.positionAt(3))
  await settle()
  expect(source.reads.head).toBe(reads)
})

test('a first read that was sent before everything was forgotten proves nothing', async () => {
  const { store, source, engine } = scriptedEngine()
  store.create({ id: 'key_1' })
  source.holding.add('head')
  void engine.refresh()
  const early = source.release()
  early.look()
  engine.forget()
  await early.answer()
  expect(engine.state).toMatchObject({ position: null, ageMs: Number.POSITIVE_INFINITY })
  expect(source.held).toHaveLength(1)
  await source.release().answer()
  expect(engine.state.position).toEqual(store.position)
})

test('a key that was made while memory is new is found, though others change without pause', async () => {
  const { store, source, engine, checked } = scriptedEngine()
  await engine.refresh()
  source.falsifyLoad = (loaded) => {
    // Each load sees a place that the next read of the head passes.
    if (source.reads.key < 4) store.append('account:elsewhere')
    return loaded
  }
  const text = store.create({ id: 'key_1' }, newText())
  expect((await checked(text)).code).toBe('VALID')
})

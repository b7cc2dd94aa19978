import { describe, expect, test } from 'vitest'
import type { Position } from '../event.ts'
import { scriptedEngine, settle } from './testing.ts'

describe('whoever is told what an engine has applied', () => {
  test('hears of each position once, after everything through it is applied', async () => {
    const heard: [Position, number | undefined][] = []
    const { store, engine } = scriptedEngine({
      onApplied: (position) => heard.push([position, engine.state.position?.number]),
    })
    await engine.refresh()
    await engine.refresh()
    store.append('account:acc_1')
    store.append('account:acc_1')
    await engine.refresh()
    await engine.refresh()
    expect(heard).toEqual([
      [store.positionAt(0), 0],
      [store.positionAt(2), 2],
    ])
  })

  test('hears of a new past, and of the place where an engine begins again after it forgot', async () => {
    const heard: Position[] = []
    const { store, engine } = scriptedEngine({ onApplied: (position) => heard.push(position) })
    store.append('all')
    await engine.refresh()
    store.epoch = 'second'
    store.changes = []
    await engine.refresh()
    engine.forget()
    await engine.refresh()
    expect(heard.map(({ epoch, number }) => [epoch, number])).toEqual([
      ['first', 1],
      ['second', 0],
      ['second', 0],
    ])
  })
})

describe('the facts of an account for another engine', () => {
  test('come from memory while that is fresh, with the position through which they hold', async () => {
    const { store, source, engine } = scriptedEngine()
    await engine.refresh()
    expect(await engine.accountFacts('acc_1')).toEqual({
      position: store.position,
      account: store.accounts.get('acc_1'),
    })
    expect(await engine.accountFacts('acc_2')).toEqual({ position: store.position, account: undefined })
    const reads = source.reads.account
    await engine.accountFacts('acc_1')
    await engine.accountFacts('acc_2')
    expect(source.reads.account).toBe(reads)
    const position = store.changeAccount({ active: false })
    await engine.applied(position)
    expect(await engine.accountFacts('acc_1')).toMatchObject({ position, account: { active: false } })
    store.changeAccount({ id: 'acc_2' })
    await engine.refresh()
    expect(await engine.accountFacts('acc_2')).toMatchObject({ account: { id: 'acc_2' } })
  })

  test('that change while they are loaded are loaded again', async () => {
    const { store, source, engine } = scriptedEngine()
    await engine.refresh()
    source.holding.add('account')
    const asked = engine.accountFacts('acc_1')
    await settle()
    const load = source.release()
    load.look()
    source.holding.clear()
    await engine.applied(store.changeAccount({ active: false }))
    await load.answer()
    expect(await asked).toMatchObject({ account: { active: false } })
  })

  test('are unavailable where they cannot be had within the bound', async () => {
    const { source, clock, engine } = scriptedEngine()
    await engine.refresh()
    source.failing = true
    expect(await engine.accountFacts('acc_1')).toBe('unavailable')
    clock.jump(1_001)
    const asked = engine.accountFacts('acc_1')
    await clock.advance(1_000)
    expect(await asked).toBe('unavailable')
  })
})

describe('a proof that is asked for', () => {
  test('is read, shared by all who ask, and not older than asked', async () => {
    const { source, clock, engine } = scriptedEngine()
    await engine.refresh()
    clock.jump(500)
    const reads = source.reads.head
    expect(await Promise.all([engine.prove(100, 1_000), engine.prove(100, 1_000)])).toEqual([true, true])
    expect([source.reads.head - reads, engine.state.ageMs]).toEqual([1, 0])
  })

  test('is waited for no longer than asked', async () => {
    const { source, clock, engine } = scriptedEngine()
    await engine.refresh()
    source.failing = true
    clock.jump(500)
    const asked = engine.prove(100, 200)
    await clock.advance(200)
    expect(await asked).toBe(false)
    expect(engine.state.ageMs).toBe(700)
  })
})

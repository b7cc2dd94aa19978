import { expect, test } from 'vitest'
import { readiness } from './readiness.ts'

const state = {
  position: null,
  ageMs: 100,
  keys: 0,
  atStake: 0,
  quotaGiveBacksFailed: 0,
  limitGiveBacksFailed: 0,
  uncounted: 0,
}
const fresh = { state }
const limits = { mode: 'exact', fault: null, countedAlone: 0, unsettled: 0 } as const
const ready = (
  ...given: [ageMs: number, isOurs: boolean, mode: 'exact' | 'local' | 'refuse', schemaFits?: boolean]
) => {
  const [ageMs, isOurs, mode, schemaFits = true] = given
  const fault = mode === 'exact' ? null : 'the connection ended'
  return readiness(
    { state: { ...state, ageMs } },
    { freshnessMs: 1_000 },
    { isOurs, schemaFits },
    { ...limits, mode, fault },
  )
}

test('a node is ready while memory is proved, configuration and schema are its own, and limited keys can be checked', () => {
  expect(readiness(fresh, { freshnessMs: 1_000 }, { isOurs: true, schemaFits: true }, null)).toEqual({
    ready: true,
    reasons: [],
  })
  expect(ready(100, true, 'exact')).toEqual({ ready: true, reasons: [] })
  expect(ready(1_001, true, 'exact')).toMatchObject({ ready: false, reasons: [expect.stringContaining('1000 ms')] })
  expect(ready(100, false, 'exact').ready).toBe(false)
  expect(ready(100, true, 'exact', false)).toMatchObject({
    ready: false,
    reasons: [expect.stringContaining('start this node with the newer one')],
  })
})

test('a node that was told to stop says that it is not ready, although it answers', () => {
  expect(
    readiness(fresh, { freshnessMs: 1_000 }, { isOurs: true, schemaFits: true }, null, { isStopping: true }),
  ).toEqual({
    ready: false,
    reasons: ['This node was told to stop.'],
  })
})

test('without Redis it is not ready where limits are then refused; where it counts alone it is, and says so', () => {
  expect(ready(100, true, 'refuse')).toEqual({
    ready: false,
    reasons: ['Checks of limited keys cannot be answered without Redis: the connection ended.'],
  })
  expect(ready(100, true, 'local')).toEqual({
    ready: true,
    reasons: ['Limits are counted by this process alone without Redis: the connection ended.'],
  })
})

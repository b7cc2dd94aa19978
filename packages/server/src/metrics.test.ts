import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

const quiet = { deliveries: 0, mails: 0, delivered: 0, deliveryFailures: 0, mailed: 0, mailFailures: 0 }

const noFeeds = { counts: { open: 0, dropped: 0 } }
const noFilter = {
  state: { keys: null, bytes: 0, tooMany: false, answeredByFilter: 0, answeredByStore: 0, turnedAway: 0 },
}

const still = {
  position: null,
  ageMs: 0,
  keys: 0,
  atStake: 0,
  quotaGiveBacksFailed: 0,
  limitGiveBacksFailed: 0,
  uncounted: 0,
}

test('how limits are counted is told where Redis counts them: whether it answers, the mode, and what may stay counted', async () => {
  let mode: 'exact' | 'local' = 'exact'
  const limits = { state: () => ({ mode, fault: null, countedAlone: 5, unsettled: 2 }) }
  const engine = { state: { ...still, limitGiveBacksFailed: 3 } }
  const metrics = createMetrics(engine, { counts: async () => quiet }, noFeeds, noFilter, limits)
  const lines = async () => (await metrics.text()).split('\n')
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'keywright_redis_up 1',
      'keywright_limits_mode{mode="exact"} 1',
      'keywright_limits_mode{mode="local"} 0',
      'keywright_limits_mode{mode="refuse"} 0',
      'keywright_limits_counted_alone_total 5',
      'keywright_limit_give_backs_failed_total 5',
    ]),
  )
  mode = 'local'
  expect(await lines()).toEqual(
    expect.arrayContaining(['keywright_redis_up 0', 'keywright_limits_mode{mode="local"} 1']),
  )
  expect(await createMetrics(engine, { counts: async () => quiet }, noFeeds, noFilter).text()).not.toContain('redis')
})

test('what could not be given back to quotas is a counter that follows the engine, however often it is read', async () => {
  const state = {
    position: null,
    ageMs: 0,
    keys: 0,
    atStake: 0,
    quotaGiveBacksFailed: 2,
    limitGiveBacksFailed: 0,
    uncounted: 0,
  }
  const engine = {
    get state() {
      return { ...state }
    },
  }
  const metrics = createMetrics(
    engine,
    { counts: async () => ({ ...quiet, deliveries: 4 }) },
    { counts: { open: 3, dropped: 1 } },
    { state: { keys: 7, bytes: 1, tooMany: false, answeredByFilter: 5, answeredByStore: 2, turnedAway: 3 } },
  )
  const lines = async () => (await metrics.text()).split('\n').filter((line) => line.includes('give_backs_failed'))
  expect(await lines()).toEqual([
    expect.stringMatching(/^# HELP keywright_quota_give_backs_failed_total /),
    '# TYPE keywright_quota_give_backs_failed_total counter',
    'keywright_quota_give_backs_failed_total 2',
  ])
  state.quotaGiveBacksFailed = 3
  expect(await lines()).toContain('keywright_quota_give_backs_failed_total 3')
  expect(await metrics.text()).toContain('keywright_outbox_waiting{kind="webhook"} 4')
  expect(await metrics.text()).toContain('keywright_feeds_open 3')
  expect(await metrics.text()).toContain('keywright_feeds_dropped_total 1')
  expect(await metrics.text()).toContain('keywright_misses_total{by="filter"} 5')
  expect(await metrics.text()).toContain('keywright_misses_total{by="store"} 2')
  expect(await metrics.text()).toContain('keywright_known_keys 7')
})

const guide = (name: string): string => readFileSync(resolve(import.meta.dirname, '../../../docs/guides', name), 'utf8')

const named = (text: string, pattern = /\bkeywright_(?!owner\b|server\b)[a-z_]+/g): readonly string[] => [
  ...new Set([...text.matchAll(pattern)].map(([match]) => match.replace(/^\| `/, ''))),
]

test('U15: the guides name the metrics that there are, and the table of one of them names every one', async () => {
  const limits = { state: () => ({ mode: 'exact' as const, fault: null, countedAlone: 0, unsettled: 0 }) }
  const metrics = createMetrics({ state: still }, { counts: async () => quiet }, noFeeds, noFilter, limits)
  const own = named(await metrics.text(), /(?<=^# TYPE )keywright_\w+/gm)
  expect(own.length).toBeGreaterThan(10)
  expect(named(guide('operate.md'), /^\| `keywright_\w+/gm).toSorted()).toEqual(own.toSorted())
  for (const name of ['operate.md', 'running.md', 'to-a-billion-keys.md'])
    expect(
      named(guide(name)).filter((metric) => !own.includes(metric)),
      name,
    ).toEqual([])
  expect(named('keywright_checks_total and keywright_nothing_total')).toContain('keywright_nothing_total')
})

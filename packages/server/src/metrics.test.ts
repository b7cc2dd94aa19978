import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

const quiet = { deliveries: 0, mails: 0, delivered: 0, deliveryFailures: 0, mailed: 0, mailFailures: 0 }

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
    { state: { keys: 7, bytes: 1, tooMany: false, answeredByFilter: 5, answeredByStore: 2 } },
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

import type { Code, NodeEngine } from '@keywright/core'
import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client'
import type { MetricValues } from './cluster/wire.ts'
import type { Feed } from './http/data-plane/feed.ts'
import type { Outbox } from './outbox/outbox.ts'
import type { OpenLimits } from './redis/open.ts'
import type { KnownKeysPort } from './storage/ports.ts'

/** The metrics of one server, in the text format of Prometheus. */
export interface Metrics {
  readonly text: () => Promise<string>
  /** The same as values, to be put together with those of other processes. */
  readonly values: () => Promise<readonly MetricValues[]>
  readonly counted: (code: Code) => void
}

// The types of prom-client have a number for the kind of a metric, which is a text in what it writes.
type Written = MetricObjectWithValues<MetricValue<string>>[]

/** The metrics of several processes together: counts are added up; of what each knows of the whole, the largest or the smallest stands. */
export const metricsText = (all: readonly (readonly MetricValues[])[]): Promise<string> =>
  AggregatorRegistry.aggregate(all as unknown as Written[]).metrics()

/** Makes the metrics of a server whose state is read when they are asked for. */
export function createMetrics(
  engine: Pick<NodeEngine, 'state'>,
  outbox: Pick<Outbox, 'counts'>,
  feed: Pick<Feed, 'counts'>,
  knownKeys: Pick<KnownKeysPort, 'state'>,
  limits: Pick<OpenLimits, 'state'> | null = null,
): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  // Counted by hand: a door counts in nanoseconds, and these are read once in a while.
  const answered = new Map<Code, number>()
  new Counter({
    name: 'keywright_checks_total',
    help: 'Answered checks by outcome.',
    labelNames: ['code'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [code, count] of answered) this.inc({ code }, count)
    },
  })
  const gauge = (name: string, help: string, read: () => number, aggregator: 'sum' | 'max' | 'min' = 'sum') =>
    new Gauge({
      name,
      help,
      aggregator,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  gauge('keywright_memory_keys', 'Keys in memory.', () => engine.state.keys)
  gauge(
    'keywright_proof_age_seconds',
    'How old the proof is that memory is fresh.',
    () => engine.state.ageMs / 1000,
    'max',
  )
  gauge(
    'keywright_log_position',
    'The newest entry of the log that memory has applied.',
    () => engine.state.position?.number ?? 0,
    'min',
  )
  gauge(
    'keywright_usage_at_stake',
    'Counted checks that are not yet stored: what a crash would lose now.',
    () => engine.state.atStake,
  )
  gauge('keywright_feeds_open', 'Streams of changes that are open.', () => feed.counts.open)
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(read())
      },
    })
  counter(
    'keywright_feeds_dropped_total',
    'Streams of changes that were cut off, since nobody read them.',
    () => feed.counts.dropped,
  )
  new Counter({
    name: 'keywright_misses_total',
    help: 'Presented keys that are unknown and were not remembered as such, by who said so: the filter of known keys, the store, or nobody, since too many waited before them.',
    labelNames: ['by'],
    registers: [registry],
    collect() {
      const { answeredByFilter, answeredByStore, turnedAway } = knownKeys.state
      this.reset()
      this.inc({ by: 'filter' }, answeredByFilter)
      this.inc({ by: 'store' }, answeredByStore)
      this.inc({ by: 'nobody' }, turnedAway)
    },
  })
  gauge(
    'keywright_known_keys',
    'Keys in the filter that keeps unknown ones from the store; -1 where there is none, since it is not complete yet or there are too many.',
    () => knownKeys.state.keys ?? -1,
    'min',
  )
  counter(
    'keywright_quota_give_backs_failed_total',
    'Takings of quotas that stay counted although their checks were not accepted, since giving them back failed.',
    () => engine.state.quotaGiveBacksFailed,
  )
  if (limits !== null) {
    const { state } = limits
    gauge('keywright_redis_up', 'Whether Redis answers, 1 or 0.', () => (state().mode === 'exact' ? 1 : 0))
    new Gauge({
      name: 'keywright_limits_mode',
      help: 'How limits are counted now: exact in Redis, local in this process alone, or not at all (refuse).',
      labelNames: ['mode'],
      registers: [registry],
      collect() {
        for (const mode of ['exact', 'local', 'refuse']) this.set({ mode }, state().mode === mode ? 1 : 0)
      },
    })
    counter(
      'keywright_limits_counted_alone_total',
      'Checks whose limits this process counted alone, since Redis did not answer.',
      () => state().countedAlone,
    )
    counter(
      'keywright_limit_give_backs_failed_total',
      'Takings of limits that may stay counted although their checks were not accepted: giving them back failed, or their answers were lost.',
      () => engine.state.limitGiveBacksFailed + state().unsettled,
    )
  }
  const byKind = { labelNames: ['kind'] as const, registers: [registry] }
  const waiting = new Gauge({
    name: 'keywright_outbox_waiting',
    help: 'Messages that have to go out.',
    aggregator: 'max',
    ...byKind,
  })
  const sent = new Counter({ name: 'keywright_outbox_sent_total', help: 'Messages that were taken.', ...byKind })
  const failed = new Counter({ name: 'keywright_outbox_failures_total', help: 'Attempts that failed.', ...byKind })
  const readOutbox = async (): Promise<void> => {
    const state = await outbox.counts()
    waiting.set({ kind: 'webhook' }, state.deliveries)
    waiting.set({ kind: 'mail' }, state.mails)
    sent.reset()
    sent.inc({ kind: 'webhook' }, state.delivered)
    sent.inc({ kind: 'mail' }, state.mailed)
    failed.reset()
    failed.inc({ kind: 'webhook' }, state.deliveryFailures)
    failed.inc({ kind: 'mail' }, state.mailFailures)
  }
  return {
    text: async () => {
      await readOutbox()
      return await registry.metrics()
    },
    values: async () => {
      await readOutbox()
      return (await registry.getMetricsAsJSON()) as unknown as readonly MetricValues[]
    },
    counted: (code) => void answered.set(code, (answered.get(code) ?? 0) + 1),
  }
}

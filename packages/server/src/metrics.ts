import type { Code, Engine } from '@keywright/core'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Outbox } from './outbox/outbox.ts'
import type { OpenLimits } from './redis/open.ts'

/** The metrics of one server, in the text format of Prometheus. */
export interface Metrics {
  readonly text: () => Promise<string>
  readonly counted: (code: Code) => void
}

/** Makes the metrics of a server whose state is read when they are asked for. */
export function createMetrics(
  engine: Pick<Engine, 'state'>,
  outbox: Pick<Outbox, 'counts'>,
  limits: Pick<OpenLimits, 'state'> | null = null,
): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const checks = new Counter({
    name: 'keywright_checks_total',
    help: 'Answered checks by outcome.',
    labelNames: ['code'],
    registers: [registry],
  })
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  gauge('keywright_memory_keys', 'Keys in memory.', () => engine.state.keys)
  gauge('keywright_proof_age_seconds', 'How old the proof is that memory is fresh.', () => engine.state.ageMs / 1000)
  gauge(
    'keywright_log_position',
    'The newest entry of the log that memory has applied.',
    () => engine.state.position?.number ?? 0,
  )
  gauge(
    'keywright_usage_at_stake',
    'Counted checks that are not yet stored: what a crash would lose now.',
    () => engine.state.atStake,
  )
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
  const waiting = new Gauge({ name: 'keywright_outbox_waiting', help: 'Messages that have to go out.', ...byKind })
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
  // A label object for each code once: counting a check makes nothing.
  const labels = new Map<Code, { readonly code: Code }>()
  return {
    text: async () => {
      await readOutbox()
      return await registry.metrics()
    },
    counted: (code) => {
      let label = labels.get(code)
      if (label === undefined) {
        label = { code }
        labels.set(code, label)
      }
      checks.inc(label)
    },
  }
}

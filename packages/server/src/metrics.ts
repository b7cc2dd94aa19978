import type { Code, Engine } from '@keywright/core'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** The metrics of one server, in the text format of Prometheus. */
export interface Metrics {
  readonly text: () => Promise<string>
  readonly counted: (code: Code) => void
}

/** Makes the metrics of a server whose state is read when they are asked for. */
export function createMetrics(engine: Pick<Engine, 'state'>): Metrics {
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
  new Counter({
    name: 'keywright_quota_give_backs_failed_total',
    help: 'Takings of quotas that stay counted although their checks were not accepted, since giving them back failed.',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(engine.state.quotaGiveBacksFailed)
    },
  })
  // A label object for each code once: counting a check makes nothing.
  const labels = new Map<Code, { readonly code: Code }>()
  return {
    text: () => registry.metrics(),
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

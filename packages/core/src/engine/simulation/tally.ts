import type { CheckRequest, Decision } from '../../decision.ts'
import { freshnessMs, type Surroundings } from './parts.ts'
import type { Rule } from './rule.ts'
import type { Engines } from './simulation.ts'

/** Watches every engine: hands its verdicts to the rule, and counts what has to be counted. */
export class Tally {
  delegated = 0
  /** How many checks each process recorded, by what it answered. */
  readonly recorded = new Map<string, number>()
  /** What each process that is gone had not handed over. */
  readonly atStake = new Map<string, number>()
  readonly #around: Surroundings
  readonly #rule: Rule

  constructor(around: Surroundings, rule: Rule) {
    this.#around = around
    this.#rule = rule
  }

  /** Watches an engine that has just been made. */
  watch(where: Engines): void {
    const { recorder } = where.engine
    const place = this.#placeOf(where)
    const record = recorder.accepted.bind(recorder)
    const boundMs = freshnessMs + this.#around.graceMs
    this.recorded.set(where.process.name, 0)
    // Called in the very moment of the verdict, before anything else can happen.
    recorder.accepted = (entry, request, nowMs) => {
      record(entry, request, nowMs)
      this.#rule.accepts(place(), request, boundMs)
    }
  }

  /** Asks an engine for a verdict, which has to hold at the moment of the answer. */
  verify(where: Engines, request: CheckRequest): Decision | Promise<Decision> {
    const { process } = where
    const decision = where.verify(request)
    if (!(decision instanceof Promise)) {
      this.#answered(where, request, decision)
      return decision
    }
    return decision.then((judged) => {
      if (process.isAlive) this.#answered(where, request, judged)
      return judged
    })
  }

  /** A process is about to be gone. */
  left(where: Engines): void {
    this.atStake.set(where.process.name, where.engine.state.atStake)
  }

  #placeOf(where: Engines) {
    return () => ({
      name: where.name,
      process: where.process,
      answeredVersion: 'answeredVersion' in where ? where.answeredVersion : 0,
    })
  }

  #answered(where: Engines, request: CheckRequest, decision: Decision): void {
    const { name } = where.process
    const isDelegated = 'delegated' in where && where.delegated.has(request)
    const place = { ...this.#placeOf(where)(), answeredVersion: 0 }
    this.#rule.answers(place, request, decision)
    if (isDelegated) this.delegated++
    else if (decision.code !== 'UNAVAILABLE') this.recorded.set(name, (this.recorded.get(name) ?? 0) + 1)
    if (!decision.valid) return
    const boundMs = decision.staleMs === undefined ? freshnessMs : freshnessMs + this.#around.graceMs
    this.#rule.accepts(place, request, boundMs)
    const isTogether = this.#around.limiter !== undefined && !('delegated' in where)
    if (!isDelegated) this.#rule.takes(place, request, isTogether ? 'together' : 'here')
  }
}

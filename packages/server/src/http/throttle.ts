import { compileLimit, type Problem, problem, retryAfterOf, takeRate } from '@keywright/core'
import type { Clock } from '../clock.ts'
import { networkKey } from './address.ts'

const failures = compileLimit({ name: 'failed-authentications', limit: 120, windowSeconds: 60 })
const networksMax = 10_000

/** A refusal and what its answer carries besides. */
export interface Refusal {
  readonly refused: Problem
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Slows down guessing: a network that failed to authenticate too often is told to wait instead of being told again. Whoever has a valid
 * credential is never kept waiting by a neighbour. Its memory is bounded.
 */
export class FailureThrottle {
  readonly #clock: Clock
  readonly #arrivals = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes down a failed authentication and says how it is refused: as any invalid credential or, past the limit, by a wait. */
  failed(address: string): Refusal {
    const waitSeconds = this.#retryAfterSeconds(address)
    if (waitSeconds > 0)
      return { refused: problem('too_many_requests'), headers: { 'Retry-After': String(waitSeconds) } }
    this.#record(address)
    return { refused: problem('invalid_token') }
  }

  #retryAfterSeconds(address: string): number {
    const arrival = this.#arrivals.get(networkKey(address))
    if (arrival === undefined) return 0
    return Math.ceil((retryAfterOf(failures, arrival, this.#clock.monotonicMs(), 1) ?? 0) / 1000)
  }

  #record(address: string): void {
    const network = networkKey(address)
    const now = this.#clock.monotonicMs()
    const next = takeRate(failures, this.#arrivals.get(network) ?? 0, now, 1)
    if (next === undefined) return
    this.#arrivals.delete(network)
    this.#arrivals.set(network, next)
    if (this.#arrivals.size <= networksMax) return
    const oldest = this.#arrivals.keys().next().value
    if (oldest !== undefined) this.#arrivals.delete(oldest)
  }
}

import { compileLimit, retryAfterOf, takeRate } from '@keywright/core'
import type { Clock } from '../clock.ts'
import { networkKey } from './address.ts'

const failures = compileLimit({ name: 'failed-authentications', limit: 120, windowSeconds: 60 })
const networksMax = 10_000

/** Slows down guessing: a network that failed to authenticate too often is not listened to for a while. Its memory is bounded. */
export class FailureThrottle {
  readonly #clock: Clock
  readonly #arrivals = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Seconds until the network is listened to again; 0: it is. */
  retryAfterSeconds(address: string): number {
    const arrival = this.#arrivals.get(networkKey(address))
    if (arrival === undefined) return 0
    return Math.ceil((retryAfterOf(failures, arrival, this.#clock.monotonicMs(), 1) ?? 0) / 1000)
  }

  /** Takes down one failure. */
  record(address: string): void {
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

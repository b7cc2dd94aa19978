import { compileLimit, type Limit, networkBlock, type Problem, problem, type Rate } from '@keywright/core'
import type { Clock } from '../clock.ts'
import type { Gossip } from '../gossip.ts'
import { SharedArrivals } from '../shared-arrivals.ts'

/** Of how many networks or addresses arrivals are remembered. */
const namesMax = 10_000

/** A refusal and what its answer carries besides. */
export interface Refusal {
  readonly refused: Problem
  readonly headers?: Readonly<Record<string, string>>
}

/** One limit for every name. */
class Limited {
  readonly #clock: Clock
  readonly #rate: Rate
  readonly #arrivals: SharedArrivals

  constructor(clock: Clock, gossip: Gossip | undefined, limit: Limit) {
    this.#clock = clock
    this.#rate = compileLimit(limit)
    this.#arrivals = new SharedArrivals(namesMax, { topic: limit.name, clock, gossip })
  }

  retryAfterSeconds(name: string): number {
    return Math.ceil(this.#arrivals.waitMs(name, this.#rate, this.#clock.monotonicMs()) / 1000)
  }

  record(name: string): void {
    this.#arrivals.take(name, this.#rate, this.#clock.monotonicMs())
  }
}

/**
 * Slows down guessing: a network that failed to authenticate too often is told to wait instead of being told again. Whoever has a valid
 * credential is never kept waiting by a neighbour. Its memory is bounded.
 */
export class FailureThrottle {
  readonly #failures: Limited

  /** With `gossip`, failures count together with those that other processes tell of. */
  constructor(clock: Clock, gossip?: Gossip) {
    this.#failures = new Limited(clock, gossip, { name: 'failed-authentications', limit: 120, windowSeconds: 60 })
  }

  /** Takes down a failed authentication and says how it is refused: as any invalid credential or, past the limit, by a wait. */
  failed(address: string): Refusal {
    const network = networkBlock(address)
    const waitSeconds = this.#failures.retryAfterSeconds(network)
    if (waitSeconds > 0)
      return { refused: problem('too_many_requests'), headers: { 'Retry-After': String(waitSeconds) } }
    this.#failures.record(network)
    return { refused: problem('invalid_token') }
  }
}

/** Bounds the mail that strangers can have sent: a few an hour to one address, and some more from one network. */
export class MailThrottle {
  readonly #recipients: Limited
  readonly #networks: Limited

  /** With `gossip`, mails count together with those that other processes tell of. */
  constructor(clock: Clock, gossip?: Gossip) {
    this.#recipients = new Limited(clock, gossip, { name: 'mails-to-address', limit: 3, windowSeconds: 3_600 })
    this.#networks = new Limited(clock, gossip, { name: 'mails-from-network', limit: 30, windowSeconds: 3_600 })
  }

  /** Whether one more may be sent; if so, it counts. */
  takes(email: string, address: string): boolean {
    const network = networkBlock(address)
    if (this.#recipients.retryAfterSeconds(email) > 0 || this.#networks.retryAfterSeconds(network) > 0) return false
    this.#recipients.record(email)
    this.#networks.record(network)
    return true
  }
}

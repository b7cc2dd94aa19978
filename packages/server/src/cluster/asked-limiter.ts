import type { EngineLimitAnswer, EngineLimiter, EngineLimitRequest, LimitState, Rate } from '@keywright/core'
import { type LimitsMessage, type OwnerAsked, type StateWritten, type ToWorker, writeRate } from './wire.ts'

/** Lists of rates that have a number at one time; past it all are forgotten on both sides. */
const ratesMax = 20_000

interface Pending {
  readonly requests: readonly EngineLimitRequest[]
  readonly resolve: (answer: EngineLimitAnswer) => void
  readonly reject: (error: Error) => void
}

const nothing: EngineLimitAnswer = { taken: false, states: [], retryAfterMs: null }

/** The limits of a worker: counted by the primary for all of them. Questions go by number; a lost primary rejects. */
export class AskedLimiter implements EngineLimiter {
  readonly #put: (message: LimitsMessage) => void
  readonly #pending = new Map<number, Pending>()
  #rates = new WeakMap<readonly Rate[], number>()
  #ratesCount = 0
  #number = 0
  #lost = false

  constructor(put: (message: LimitsMessage) => void) {
    this.#put = put
  }

  take(requests: readonly EngineLimitRequest[], cost: number): Promise<EngineLimitAnswer> {
    return this.#ask('take', requests, cost)
  }

  async giveBack(requests: readonly EngineLimitRequest[], cost: number): Promise<void> {
    await this.#ask('give-back', requests, cost)
  }

  /** Takes an answer of the primary. */
  answered(message: Extract<ToWorker, readonly ['taken' | 'given-back', ...unknown[]]>): void {
    const pending = this.#pending.get(message[1])
    if (pending === undefined) return
    this.#pending.delete(message[1])
    if (message[0] === 'given-back') pending.resolve(nothing)
    else
      pending.resolve({ taken: message[2], retryAfterMs: message[3], states: statesOf(pending.requests, message[4]) })
  }

  /** Rejects whatever waits, and everything from now on. */
  lose(): void {
    this.#lost = true
    const waiting = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of waiting) reject(lostError())
  }

  #ask(kind: 'take' | 'give-back', requests: readonly EngineLimitRequest[], cost: number): Promise<EngineLimitAnswer> {
    if (this.#lost) return Promise.reject(lostError())
    return new Promise((resolve, reject) => {
      const number = ++this.#number
      const owners = requests.map(({ owner, rates }): OwnerAsked => [owner, this.#numberOf(rates)])
      this.#pending.set(number, { requests, resolve, reject })
      this.#put([kind, number, Number.isFinite(cost) ? cost : null, owners])
    })
  }

  #numberOf(rates: readonly Rate[]): number {
    const known = this.#rates.get(rates)
    if (known !== undefined) return known
    if (this.#ratesCount >= ratesMax) {
      this.#put(['forget-rates'])
      this.#rates = new WeakMap()
      this.#ratesCount = 0
    }
    const number = this.#ratesCount++
    this.#rates.set(rates, number)
    this.#put(['rates', number, rates.map(writeRate)])
    return number
  }
}

const lostError = (): Error => new Error('the process that counts the limits is gone')

/** The states of all limits asked for, in their order; names and sizes are known here. */
function statesOf(requests: readonly EngineLimitRequest[], written: readonly StateWritten[]): LimitState[] {
  const states: LimitState[] = []
  for (const { rates } of requests) {
    for (const { name, limit, windowSeconds } of rates) {
      const [remaining, retryAfterMs] = written[states.length] ?? [0, 0]
      states.push({ name, limit, windowSeconds, remaining, retryAfterMs })
    }
  }
  return states
}

import type { Rate, SharedLimits } from '@keywright/core'
import { type LimitMessage, type LimitsMessage, type RateWritten, readRate, type ToWorker } from './wire.ts'

/** Different lists of rates that are kept once for all workers. */
const sharedRatesMax = 10_000

/** Counts the limits of all workers, by the primary's clock. */
export class LimitKeeper {
  readonly #limits: SharedLimits
  readonly #nowMs: () => number
  readonly #byText = new Map<string, readonly Rate[]>()

  constructor(limits: SharedLimits, nowMs: () => number) {
    this.#limits = limits
    this.#nowMs = nowMs
  }

  /** A desk for one worker, which answers by `put`. */
  open(put: (message: ToWorker) => void): (message: LimitsMessage) => void {
    const numbered = new Map<number, readonly Rate[]>()
    return (message) => {
      if (message[0] === 'rates') numbered.set(message[1], this.#ratesOf(message[2]))
      else if (message[0] === 'forget-rates') numbered.clear()
      else put(this.#answer(message, numbered))
    }
  }

  #answer([kind, number, written, owners]: LimitMessage, numbered: ReadonlyMap<number, readonly Rate[]>): ToWorker {
    const requests = owners.map(([owner, rates]) => ({ owner, rates: numbered.get(rates) ?? [] }))
    const cost = written ?? Number.NaN
    const nowMs = this.#nowMs()
    if (kind === 'give-back') {
      this.#limits.giveBack(requests, cost, nowMs)
      return ['given-back', number]
    }
    const { taken, states, retryAfterMs } = this.#limits.take(requests, cost, nowMs)
    return ['taken', number, taken, retryAfterMs, states.map((state) => [state.remaining, state.retryAfterMs])]
  }

  /** Equal lists are one, so that buckets see at once that nothing has changed. */
  #ratesOf(written: readonly RateWritten[]): readonly Rate[] {
    const text = JSON.stringify(written)
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    if (this.#byText.size >= sharedRatesMax) this.#byText.clear()
    const rates = written.map(readRate)
    this.#byText.set(text, rates)
    return rates
  }
}

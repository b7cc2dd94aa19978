import { Buckets } from './rates.ts'
import type { EngineLimitAnswer, EngineLimitRequest } from './source.ts'

/** Limits counted in one place for several engines, in memory. Times are monotonic milliseconds of that place. */
export class SharedLimits {
  readonly #buckets = new Buckets()

  /** Takes the cost from every limit of every owner, or from none; a cost of 0 only looks. */
  take(requests: readonly EngineLimitRequest[], cost: number, nowMs: number): EngineLimitAnswer {
    const buckets = requests.map(({ owner, rates }) => this.#buckets.of(owner, rates, nowMs))
    // Written so that a cost that is not a number does not pass for none.
    const taken = cost <= 0 || buckets.every((bucket) => bucket.admits(nowMs, cost))
    if (taken && !(cost <= 0)) for (const bucket of buckets) bucket.take(nowMs, cost)
    const waits = taken ? [0] : buckets.map((bucket) => bucket.retryAfterMs(nowMs, cost))
    return {
      taken,
      states: buckets.flatMap((bucket) => bucket.states(nowMs)),
      retryAfterMs: waits.includes(null) ? null : Math.max(...waits.map((wait) => wait ?? 0)),
    }
  }

  /** Gives back what was taken for a check that is not accepted after all. */
  giveBack(requests: readonly EngineLimitRequest[], cost: number, nowMs: number): void {
    for (const { owner, rates } of requests) this.#buckets.of(owner, rates, nowMs).take(nowMs, -cost)
  }
}

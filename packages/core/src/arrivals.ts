import { type Rate, retryAfterOf, takeRate } from './limit.ts'
import { Oldest } from './oldest.ts'

/**
 * What each name has taken of a rate, in memory, for so many names at most: the one that was untouched the longest is forgotten first.
 * Times are of one clock, in milliseconds.
 */
export class Arrivals {
  readonly #namesMax: number
  readonly #tatsMs = new Map<string, number>()
  readonly #oldest = new Oldest(this.#tatsMs)

  constructor(namesMax: number) {
    this.#namesMax = namesMax
  }

  /** Milliseconds until a name may take one more; 0: now. */
  waitMs(name: string, rate: Rate, nowMs: number): number {
    return retryAfterOf(rate, this.#tatsMs.get(name) ?? 0, nowMs, 1) ?? 0
  }

  /** Takes one for a name; past the rate nothing is taken. */
  take(name: string, rate: Rate, nowMs: number): void {
    const next = takeRate(rate, this.#tatsMs.get(name) ?? 0, nowMs, 1)
    if (next !== undefined) this.#set(name, next)
  }

  /** Gives back one that a name took. */
  giveBack(name: string, rate: Rate): void {
    const tatMs = this.#tatsMs.get(name)
    if (tatMs !== undefined) this.#set(name, tatMs - rate.emissionMs)
  }

  #set(name: string, tatMs: number): void {
    this.#tatsMs.delete(name)
    this.#tatsMs.set(name, tatMs)
    if (this.#tatsMs.size <= this.#namesMax) return
    const oldest = this.#oldest.next()
    if (oldest !== undefined) this.#tatsMs.delete(oldest)
  }
}

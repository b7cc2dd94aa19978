import { Arrivals, type Rate } from '@keywright/core'
import type { Clock } from './clock.ts'
import type { Gossip } from './gossip.ts'

/** Where arrivals are counted together. */
export interface ArrivalsShared {
  /** Says what is counted; one place for each topic in a process. */
  readonly topic: string
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** Absent: this process is alone. */
  readonly gossip: Gossip | undefined
}

/** Arrivals that the processes on one port count together: each counts its own at once, and those of the others when it hears of them. */
export class SharedArrivals {
  readonly #arrivals: Arrivals
  readonly #shared: ArrivalsShared

  constructor(namesMax: number, shared: ArrivalsShared) {
    const arrivals = new Arrivals(namesMax)
    this.#arrivals = arrivals
    this.#shared = shared
    shared.gossip?.hear(shared.topic, ({ name, rate, taken }) => {
      if (taken) arrivals.take(name, rate, shared.clock.monotonicMs())
      else arrivals.giveBack(name, rate)
    })
  }

  /** Milliseconds until a name may take one more; 0: now. */
  waitMs(name: string, rate: Rate, nowMs: number): number {
    return this.#arrivals.waitMs(name, rate, nowMs)
  }

  /** Takes one for a name; past the rate nothing is taken. */
  take(name: string, rate: Rate, nowMs: number): void {
    this.#arrivals.take(name, rate, nowMs)
    this.#shared.gossip?.tell(this.#shared.topic, { name, rate, taken: true })
  }

  /** Gives back one that a name took. */
  giveBack(name: string, rate: Rate): void {
    this.#arrivals.giveBack(name, rate)
    this.#shared.gossip?.tell(this.#shared.topic, { name, rate, taken: false })
  }
}

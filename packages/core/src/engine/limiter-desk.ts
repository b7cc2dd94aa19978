import { inTime } from './in-time.ts'
import type { EngineClock, EngineLimitAnswer, EngineLimiter, EngineLimitRequest } from './source.ts'

/** Where checks ask limits that are counted elsewhere: in bounded time, and counting what could not be given back. */
export class LimiterDesk {
  readonly #clock: EngineClock
  readonly #waitMs: number
  #giveBacksFailed = 0

  constructor(clock: EngineClock, waitMs: number) {
    this.#clock = clock
    this.#waitMs = waitMs
  }

  /** How many takings stay counted although their checks were not accepted, since giving them back failed. */
  get giveBacksFailed(): number {
    return this.#giveBacksFailed
  }

  /** Asks the limits; `undefined`: that failed or came too late. What is taken too late is given back. */
  async take(
    limiter: EngineLimiter,
    requests: readonly EngineLimitRequest[],
    cost: number,
  ): Promise<EngineLimitAnswer | undefined> {
    let answer: EngineLimitAnswer | undefined
    let isLate = false
    const work = async () => {
      const taken = await limiter.take(requests, cost)
      if (!isLate) answer = taken
      else if (taken.taken && cost > 0) await this.giveBack(limiter, requests, cost)
    }
    await inTime(this.#clock, work(), this.#waitMs)
    isLate = true
    return answer
  }

  /** Gives back what a check took that is not accepted after all, and no longer waits for it than for a taking. */
  async giveBack(limiter: EngineLimiter, requests: readonly EngineLimitRequest[], cost: number): Promise<void> {
    const work = async () => {
      try {
        await limiter.giveBack(requests, cost)
      } catch {
        this.#giveBacksFailed++
      }
    }
    await inTime(this.#clock, work(), this.#waitMs)
  }
}

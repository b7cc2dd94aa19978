import {
  type EngineLimitAnswer,
  type EngineLimiter,
  type EngineLimitRequest,
  type LimitState,
  SharedLimits,
} from '@keywright/core'
import type { Clock } from '../clock.ts'
import type { RedisConnection } from './connection.ts'
import { isRefused, NotInTime, within } from './fault.ts'
import type { KeyNames } from './names.ts'
import { redisLimitScript } from './script.ts'
import { readAnswer, scriptArguments } from './wire.ts'

/** What checks of limited keys do while Redis cannot be reached: they are refused, or this process counts alone. */
export type LimitsOutage = 'refuse' | 'local'

/** What limits in Redis are made with. */
export interface RedisLimitsOptions {
  readonly connection: Pick<RedisConnection, 'isUp' | 'run' | 'suspect'>
  readonly names: KeyNames
  readonly outage: LimitsOutage
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** How long an answer may take. */
  readonly waitMs: number
}

type Requests = readonly EngineLimitRequest[]

/** Limits that are counted in Redis for all processes together; while that cannot be reached, as the outage setting says. */
export class RedisLimits implements EngineLimiter {
  readonly #options: RedisLimitsOptions
  /** What this process alone has let pass: with Redis, too, so that nobody begins anew when it goes. */
  readonly #alone = new SharedLimits()
  /** Where each check under way took, so that it gives back there. */
  readonly #takenFrom = new WeakMap<Requests, 'alone' | 'both'>()
  #countedAlone = 0
  #unsettled = 0

  constructor(options: RedisLimitsOptions) {
    this.#options = options
  }

  /** How many checks this process counted alone. */
  get countedAlone(): number {
    return this.#countedAlone
  }

  /** How many takings may stay counted in Redis although their checks were answered otherwise: their answers were lost or came too late to be given back. */
  get unsettled(): number {
    return this.#unsettled
  }

  async take(requests: Requests, cost: number): Promise<EngineLimitAnswer> {
    const answer = await this.#takeTogether(requests, cost)
    if (answer === undefined) return this.#takeAlone(requests, cost)
    if (this.#options.outage === 'local' && answer.taken && cost > 0) this.#follow(requests, cost)
    return answer
  }

  async giveBack(requests: Requests, cost: number): Promise<void> {
    const from = this.#takenFrom.get(requests)
    this.#takenFrom.delete(requests)
    if (from !== undefined) this.#alone.giveBack(requests, cost, this.#options.clock.monotonicMs())
    if (from !== 'alone') await this.#run('give', requests, cost)
  }

  #run(what: 'take' | 'give', requests: Requests, cost: number): Promise<string> {
    const { connection, names } = this.#options
    const keys = requests.map(({ owner }) => names(owner))
    return connection.run(redisLimitScript, keys, scriptArguments(what, requests, cost))
  }

  /** The answer of Redis; `undefined`: there is none, or none in time, and whatever is taken then is given back. */
  async #takeTogether(requests: Requests, cost: number): Promise<EngineLimitAnswer | undefined> {
    const { connection, waitMs } = this.#options
    if (!connection.isUp) return undefined
    const asked = this.#run('take', requests, cost).then((reply) => readAnswer(reply, requests, cost))
    try {
      return await within(waitMs, asked)
    } catch (error) {
      if (error instanceof NotInTime) {
        connection.suspect()
        void this.#settle(asked, requests, cost)
      } else if (cost > 0 && !isRefused(error)) this.#unsettled++
      return undefined
    }
  }

  /** Waits for an answer that nobody waits for any more, and gives back what it took. */
  async #settle(asked: Promise<EngineLimitAnswer>, requests: Requests, cost: number): Promise<void> {
    try {
      const { taken } = await asked
      if (taken && cost > 0) await this.#run('give', requests, cost)
    } catch (error) {
      if (cost > 0 && !isRefused(error)) this.#unsettled++
    }
  }

  #takeAlone(requests: Requests, cost: number): EngineLimitAnswer {
    const { outage, clock } = this.#options
    if (outage === 'refuse') throw new Error('Redis cannot be reached, and limits are not counted without it.')
    this.#countedAlone++
    const { taken, states, retryAfterMs } = this.#alone.take(requests, cost, clock.monotonicMs())
    if (taken && cost > 0) this.#takenFrom.set(requests, 'alone')
    return { taken, states: states.map((state): LimitState => ({ ...state, scope: 'local' })), retryAfterMs }
  }

  /** Counts here, too, what Redis admitted. Where the two clocks disagree by a moment, this one may have no room; then it is full anyway. */
  #follow(requests: Requests, cost: number): void {
    if (this.#alone.take(requests, cost, this.#options.clock.monotonicMs()).taken) this.#takenFrom.set(requests, 'both')
  }
}

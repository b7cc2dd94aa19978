import { inTime } from './in-time.ts'
import type { EngineClock, EngineQuotaRequest, EngineQuotas } from './source.ts'

type QuotaAnswer = Awaited<ReturnType<EngineQuotas['take']>>

/** Where checks ask quotas: in bounded time, and counting what could not be given back. */
export class QuotaDesk {
  readonly #quotas: EngineQuotas
  readonly #clock: EngineClock
  readonly #waitMs: number
  #giveBacksFailed = 0

  constructor(quotas: EngineQuotas, clock: EngineClock, waitMs: number) {
    this.#quotas = quotas
    this.#clock = clock
    this.#waitMs = waitMs
  }

  /** How many takings stay counted although their checks were not accepted, since giving them back failed. */
  get giveBacksFailed(): number {
    return this.#giveBacksFailed
  }

  /** Asks a quota; `undefined`: it failed or came too late. What is taken too late is given back. */
  async take(request: EngineQuotaRequest): Promise<QuotaAnswer | undefined> {
    let answer: QuotaAnswer | undefined
    let isLate = false
    const work = async () => {
      const taken = await this.#quotas.take(request)
      if (!isLate) answer = taken
      else if (taken.taken) await this.#giveBack(request)
    }
    await inTime(this.#clock, work(), this.#waitMs)
    isLate = true
    return answer
  }

  /** Gives back what a check took that is not accepted after all, and no longer waits for it than for a taking. */
  async giveBack(request: EngineQuotaRequest): Promise<void> {
    await inTime(this.#clock, this.#giveBack(request), this.#waitMs)
  }

  async #giveBack(request: EngineQuotaRequest): Promise<void> {
    try {
      await this.#quotas.giveBack(request)
    } catch {
      this.#giveBacksFailed++
    }
  }
}

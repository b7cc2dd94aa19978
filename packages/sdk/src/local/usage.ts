import type { Batch, Engine } from '@keywright/core'
import { failure, isRefusal, KeywrightError, toldWaitMs } from '../error.ts'
import { type Call, nameOf, type Send } from '../transport.ts'
import { ask, flag, shape } from '../wire.ts'
import { backoffMs, type VerifierClock } from './clock.ts'
import type { Troubles } from './troubles.ts'

const usual = { firstMs: 500, mostMs: 15_000 }
const closing = { firstMs: 100, mostMs: 1_000 }

const call: Call = { method: 'POST', path: 'v1/usage' }
const readAnswer = shape({ stored: flag })

/** Answers that no repetition can change: the batch itself is refused. */
const isRefusedForGood = (error: unknown): boolean =>
  error instanceof KeywrightError && [400, 413, 422].includes(error.status)

/** What a reporter works with. */
export interface UsageReporterOptions {
  readonly engine: Engine
  readonly send: Send
  readonly clock: VerifierClock
  readonly random: () => number
  readonly troubles: Troubles
}

/**
 * Reports to the server what checks left behind, in numbered batches. A batch whose answer was lost is sent again unchanged, and the server
 * counts it once.
 */
export class UsageReporter {
  readonly #options: UsageReporterOptions
  #lost = 0
  #failures = 0
  #dueAtMs = Number.NEGATIVE_INFINITY
  #isReporting = false

  constructor(options: UsageReporterOptions) {
    this.#options = options
  }

  /** Checks of batches that the server refused for good. */
  get lost(): number {
    return this.#lost
  }

  /** Reports what there is, unless that failed a moment ago. Never rejects. */
  async report(): Promise<void> {
    const { clock } = this.#options
    if (this.#isReporting || clock.monotonicMs() < this.#dueAtMs) return
    this.#isReporting = true
    await this.#flush(usual)
    this.#isReporting = false
  }

  /** Reports everything, trying again for so long. Never rejects; what could not be reported is still at stake then. */
  async reportAll(withinMs: number): Promise<void> {
    const { clock, engine, troubles } = this.#options
    const deadlineMs = clock.monotonicMs() + withinMs
    this.#failures = 0
    while (engine.state.atStake > 0) {
      const isRefused = await this.#flush(closing)
      const nowMs = clock.monotonicMs()
      if (isRefused || nowMs >= deadlineMs) break
      if (engine.state.atStake > 0) await clock.delay(Math.min(deadlineMs, this.#dueAtMs) - nowMs).done
    }
    if (engine.state.atStake > 0)
      troubles.once(lost(engine.state.atStake, 'the verifier was closed, and the server could not be told'))
  }

  /** True where the server does not accept the credential, so that trying again soon is in vain. */
  async #flush({ firstMs, mostMs }: typeof usual): Promise<boolean> {
    const { engine, clock, random, troubles } = this.#options
    try {
      await engine.flush((batch) => this.#store(batch))
      this.#failures = 0
      troubles.mended('usage')
      return false
    } catch (error) {
      troubles.lasting('usage', error)
      const waitMs = backoffMs(firstMs, mostMs, this.#failures++, random)
      this.#dueAtMs = clock.monotonicMs() + Math.max(waitMs, Math.min(toldWaitMs(error), mostMs))
      return isRefusal(error)
    }
  }

  async #store(batch: Batch): Promise<void> {
    const { send, troubles } = this.#options
    try {
      await ask(send, { ...call, body: batch }, readAnswer)
    } catch (error) {
      if (!isRefusedForGood(error)) throw error
      const count = [...batch.usage, ...batch.refusals].reduce((sum, line) => sum + line.count, 0)
      this.#lost += count
      troubles.once(error)
      troubles.once(lost(count, 'the server refused their report'))
    }
  }
}

const lost = (count: number, why: string): KeywrightError =>
  failure(nameOf(call), 'usage_lost', `${count} checks are not counted: ${why}`)

import type { Clock } from '../clock.ts'
import type { OutboxWork } from '../storage/ports-outbox.ts'

const pagesPerLook = 4
const restMs = 6 * 3_600_000

/** What keys are looked at with. */
export interface RemindersParts {
  readonly work: OutboxWork
  readonly clock: Clock
  /** Whether notices are also mailed. */
  readonly mail: boolean
}

/** Looks at keys for what is due by time, some at each look and all of them every six hours; then removes what is too old. */
export class Reminders {
  readonly #parts: RemindersParts
  #nextMs = 0
  #afterKeyId: string | null = null

  constructor(parts: RemindersParts) {
    this.#parts = parts
  }

  /** Looks at some more keys, unless all were looked at lately. */
  async look(): Promise<void> {
    const { work, clock, mail } = this.#parts
    for (let page = 0; page < pagesPerLook && clock.wallMs() >= this.#nextMs; page++) {
      this.#afterKeyId = await work.remind(this.#afterKeyId, mail)
      if (this.#afterKeyId !== null) continue
      this.#nextMs = clock.wallMs() + restMs
      await work.sweep()
    }
  }
}

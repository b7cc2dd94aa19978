import type { EngineClock } from '@keywright/core'

/** How often a worker says that it goes on, and how often that is looked at, in milliseconds. */
export const beatEveryMs = 1_000
/** A worker that has said nothing for so long stands still, and what is handed to it waits for ever. */
const silentMsMax = 30_000

/** Finds workers that stand still although they have not ended. */
export class Beats {
  readonly #clock: EngineClock
  readonly #heardMs = new Map<number, number>()
  #wait: ReturnType<EngineClock['delay']> | undefined
  #stopped = false

  constructor(clock: EngineClock) {
    this.#clock = clock
  }

  /** A worker that serves has said something. */
  heard(worker: number): void {
    this.#heardMs.set(worker, this.#clock.monotonicMs())
  }

  /** A worker is gone. */
  left(worker: number): void {
    this.#heardMs.delete(worker)
  }

  /** Looks again and again until it is stopped, and names each worker that stands still. */
  async watch(silent: (worker: number) => void): Promise<void> {
    while (!this.#stopped) {
      const beforeMs = this.#clock.monotonicMs()
      this.#wait = this.#clock.delay(beatEveryMs)
      await this.#wait.done
      const nowMs = this.#clock.monotonicMs()
      // Where this process itself stood still, what the workers said meanwhile is still to be read.
      const isLate = nowMs - beforeMs > 2 * beatEveryMs
      for (const [worker, heardMs] of this.#heardMs) {
        if (isLate) this.#heardMs.set(worker, nowMs)
        else if (nowMs - heardMs > silentMsMax) {
          this.left(worker)
          silent(worker)
        }
      }
    }
  }

  stop(): void {
    this.#stopped = true
    this.#wait?.cancel()
  }
}

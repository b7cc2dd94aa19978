import { setImmediate as nextTurn } from 'node:timers/promises'

/** A turn of the event loop that was shorter than this had next to nothing to do. */
const idleMs = 0.2

/** What is different in a test. */
export interface TurnsOptions {
  readonly turn?: () => Promise<unknown>
  readonly nowMs?: () => number
}

/** Work in steps that hold up the process, between which the rest of it has its turn: one where it has nothing to do, else for longer than the step took. */
export class Turns {
  readonly #times: number
  readonly #turn: () => Promise<unknown>
  readonly #nowMs: () => number
  #resumedMs: number

  /** `times`: how many times as long as a step took the others may go on working after it. */
  constructor(times: number, { turn = () => nextTurn(), nowMs = () => performance.now() }: TurnsOptions = {}) {
    this.#times = times
    this.#turn = turn
    this.#nowMs = nowMs
    this.#resumedMs = nowMs()
  }

  /** Ends a step; resolves when the next one may begin. */
  async others(): Promise<void> {
    let nowMs = this.#nowMs()
    const untilMs = nowMs + this.#times * (nowMs - this.#resumedMs)
    for (;;) {
      const beganMs = nowMs
      await this.#turn()
      nowMs = this.#nowMs()
      if (nowMs - beganMs < idleMs || nowMs >= untilMs) break
    }
    this.#resumedMs = nowMs
  }
}

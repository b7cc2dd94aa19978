/** A worker that served for less than this, in milliseconds, before it ended has ended at once. */
const youngMs = 10_000
/** So many in a row that end at once are not replaced any more. */
export const youngMax = 5
const firstDelayMs = 100

/** Decides whether workers that end are replaced, so that what cannot run is not started for ever. */
export class Replacements {
  #young = 0

  /** How long to wait before another takes the place of one that served for so long, in milliseconds; `null`: none is to. */
  ended(servedMs: number): number | null {
    if (servedMs >= youngMs) {
      this.#young = 0
      return 0
    }
    this.#young++
    return this.#young >= youngMax ? null : firstDelayMs * 2 ** (this.#young - 1)
  }
}

import type { Position } from '../event.ts'

const placesMax = 1_024

/**
 * The newest places of the log that a memory went through, with their hashes: of two pasts that share an epoch, such as after a failover to a
 * standby that lagged, only the hashes tell which one is meant.
 */
export class PassedPlaces {
  readonly #hashes = new Map<number, string>()

  /** Begins anew: nothing was passed. */
  restart(): void {
    this.#hashes.clear()
  }

  /** Adds the next place. */
  add(number: number, hash: string): void {
    this.#hashes.set(number, hash)
    if (this.#hashes.size <= placesMax) return
    const [oldest] = this.#hashes.keys()
    if (oldest !== undefined) this.#hashes.delete(oldest)
  }

  /** Whether a place is one of those; `undefined` where that was too long ago to tell, or the place went by unseen. */
  has({ number, hash }: Position): boolean | undefined {
    const passed = this.#hashes.get(number)
    return passed === undefined ? undefined : passed === hash
  }
}

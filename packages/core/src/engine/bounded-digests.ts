import { DigestIndex, type Indexed } from './digest-index.ts'

/**
 * Digests in a bounded number; the oldest makes room. Once it is full, a new one takes the place of the oldest in every sense: a flood of them
 * leaves nothing for the garbage collector.
 */
export class BoundedDigests {
  readonly #max: number
  readonly #index = new DigestIndex<Indexed>()
  /** In the order of their arrival, from `#oldest` on and around. */
  readonly #ring: Indexed[] = []
  #oldest = 0

  constructor(max: number) {
    this.#max = max
  }

  has(digest: string): boolean {
    return this.#index.has(digest)
  }

  add(digest: string): void {
    if (this.has(digest)) return
    this.#index.add(digest, this.#place())
  }

  clear(): void {
    if (this.#ring.length === 0) return
    this.#index.clear()
    this.#ring.length = 0
    this.#oldest = 0
  }

  #place(): Indexed {
    const oldest = this.#ring[this.#oldest]
    if (this.#ring.length < this.#max || oldest === undefined) {
      const place = { mark: 0 }
      this.#ring.push(place)
      return place
    }
    this.#index.remove(oldest)
    this.#oldest = (this.#oldest + 1) % this.#max
    return oldest
  }
}

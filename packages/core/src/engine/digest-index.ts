/** What an index leads to; `mark` is the index's own. */
export interface Indexed {
  /** 31 bits of the digest, from which its place is found again. */
  mark: number
}

const capacityMin = 1_024
const wordsEach = 4

/**
 * Finds what belongs to a digest. 128 bits of each digest lie together in one array, so that a hit touches one line of the processor's cache
 * where a `Map` touches four. It takes salted SHA-256 as one character for each byte: nobody outside can aim at places of it.
 */
export class DigestIndex<Value extends Indexed> {
  #words = wordsFor(capacityMin)
  #values = placesFor<Value>(capacityMin)
  #mask = capacityMin - 1
  #size = 0

  get size(): number {
    return this.#size
  }

  get(digest: string): Value | undefined {
    const first = wordOf(digest, 0)
    const second = wordOf(digest, 4)
    const third = wordOf(digest, 8)
    const fourth = wordOf(digest, 12)
    const words = this.#words
    const mask = this.#mask
    for (let place = (first >>> 1) & mask; ; place = (place + 1) & mask) {
      const value = this.#values[place] as Value | null
      if (value === null) return undefined
      const at = place * wordsEach
      if (words[at] === first && words[at + 1] === second && words[at + 2] === third && words[at + 3] === fourth)
        return value
    }
  }

  has(digest: string): boolean {
    return this.get(digest) !== undefined
  }

  /** Adds what is not there yet. */
  add(digest: string, value: Value): void {
    // Two thirds full, a look-up passes one other place on average.
    if ((this.#size + 1) * 3 > this.#values.length * 2) this.#grow()
    const first = wordOf(digest, 0)
    value.mark = first >>> 1
    const place = this.#freePlace(value.mark)
    const at = place * wordsEach
    this.#words[at] = first
    this.#words[at + 1] = wordOf(digest, 4)
    this.#words[at + 2] = wordOf(digest, 8)
    this.#words[at + 3] = wordOf(digest, 12)
    this.#values[place] = value
    this.#size++
  }

  /** Removes a value; nothing happens where it is not there. */
  remove(value: Value): void {
    const values = this.#values
    const mask = this.#mask
    let hole = value.mark & mask
    while (values[hole] !== value) {
      if (values[hole] === null) return
      hole = (hole + 1) & mask
    }
    // Whatever was put behind it because its own place was taken moves up, so that no look-up stops short.
    for (let place = (hole + 1) & mask; ; place = (place + 1) & mask) {
      const other = values[place] as Value | null
      if (other === null) break
      if (((place - other.mark) & mask) < ((place - hole) & mask)) continue
      values[hole] = other
      this.#words.copyWithin(hole * wordsEach, place * wordsEach, (place + 1) * wordsEach)
      hole = place
    }
    values[hole] = null
    this.#size--
  }

  clear(): void {
    this.#words = wordsFor(capacityMin)
    this.#values = placesFor<Value>(capacityMin)
    this.#mask = capacityMin - 1
    this.#size = 0
  }

  #freePlace(mark: number): number {
    let place = mark & this.#mask
    while (this.#values[place] !== null) place = (place + 1) & this.#mask
    return place
  }

  #grow(): void {
    const words = this.#words
    const values = this.#values
    const capacity = values.length * 2
    this.#words = wordsFor(capacity)
    this.#values = placesFor<Value>(capacity)
    this.#mask = capacity - 1
    for (let place = 0; place < values.length; place++) {
      const value = values[place] as Value | null
      if (value === null) continue
      const to = this.#freePlace(value.mark)
      this.#words.set(words.subarray(place * wordsEach, (place + 1) * wordsEach), to * wordsEach)
      this.#values[to] = value
    }
  }
}

const wordsFor = (capacity: number) => new Int32Array(capacity * wordsEach)
const placesFor = <Value>(capacity: number) => new Array<Value | null>(capacity).fill(null)

/** One of four words of a digest. Of 32 random bytes 16 are enough: nobody finds another text for 128 bits that he never sees. */
const wordOf = (digest: string, at: number): number =>
  digest.charCodeAt(at) |
  (digest.charCodeAt(at + 1) << 8) |
  (digest.charCodeAt(at + 2) << 16) |
  (digest.charCodeAt(at + 3) << 24)

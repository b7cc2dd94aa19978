/** Bits for each digest that a filter was made for, hence 2 bytes; when it is full, one unknown digest in two thousand passes for a known one. */
const bitsPerDigest = 16
/** The number of bits that each digest sets: the best for so many bits. */
const marksPerDigest = 11
/** Positions are drawn from so many. */
const space = 2 ** 30

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const sixBitsOf = new Uint8Array(128)
for (let index = 0; index < alphabet.length; index++) sixBitsOf[alphabet.charCodeAt(index)] = index

/** Thirty bits of a digest in base64url, from a character on. */
function thirtyBits(digest: string, start: number): number {
  let bits = 0
  for (let index = start; index < start + 5; index++)
    bits = (bits << 6) | (sixBitsOf[digest.charCodeAt(index) & 127] as number)
  return bits & (space - 1)
}

/**
 * A Bloom filter of digests: it answers "never added" for sure, or "perhaps". A digest made by HMAC is as good as random already, so that its
 * own bits say where it is marked.
 */
export class DigestFilter {
  /** How many digests there is room for; with more it errs oftener, and always towards "perhaps". */
  readonly capacity: number
  readonly #words: Uint32Array
  readonly #scale: number
  #count = 0

  constructor(capacity: number) {
    this.capacity = capacity
    this.#words = new Uint32Array(Math.ceil((capacity * bitsPerDigest) / 32) + 1)
    this.#scale = (this.#words.length * 32) / space
  }

  /** How many different digests were added, less the few that seemed to be there already. */
  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#words.byteLength
  }

  add(digest: string): void {
    let seen = true
    let at = thirtyBits(digest, 0)
    const step = thirtyBits(digest, 5) | 1
    for (let mark = 0; mark < marksPerDigest; mark++, at = (at + step) & (space - 1)) {
      const bit = Math.floor(at * this.#scale)
      const word = bit >>> 5
      const bits = this.#words[word] as number
      if ((bits & (1 << (bit & 31))) !== 0) continue
      this.#words[word] = bits | (1 << (bit & 31))
      seen = false
    }
    if (!seen) this.#count++
  }

  /** False: it was certainly never added. */
  mayHave(digest: string): boolean {
    let at = thirtyBits(digest, 0)
    const step = thirtyBits(digest, 5) | 1
    for (let mark = 0; mark < marksPerDigest; mark++, at = (at + step) & (space - 1)) {
      const bit = Math.floor(at * this.#scale)
      if (((this.#words[bit >>> 5] as number) & (1 << (bit & 31))) === 0) return false
    }
    return true
  }
}

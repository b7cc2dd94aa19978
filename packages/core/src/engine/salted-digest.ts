const saltBytes = 8
/** Longer texts than this, in UTF-16 units, take the slow way; no key is as long. */
const quickLengthMax = 255

/** Bytes that texts are written into as UTF-8, such as Node's `Buffer`. */
export interface TextBytes {
  /** Writes a text at an offset and answers how many bytes it took. */
  write(text: string, offset: number): number
  set(bytes: ArrayLike<number>): void
  subarray(start: number, end: number): TextBytes
}

/** What a platform lends for digests. */
export interface DigestPlatform<Bytes extends TextBytes> {
  randomBytes(length: number): ArrayLike<number>
  /** Bytes of a length, all zero. */
  allocate(length: number): Bytes
  /** SHA-256 in one shot, as one character for each byte. */
  sha256(bytes: ReturnType<Bytes['subarray']>): string
}

/**
 * A one-way function of texts for the index of one process: SHA-256 over a random salt and the text, as one character for each byte. Nobody
 * outside can aim at places of the index, and no digest in memory is one of the store.
 */
export function saltedDigestOn<Bytes extends TextBytes>({
  randomBytes,
  allocate,
  sha256,
}: DigestPlatform<Bytes>): (text: string) => string {
  type View = ReturnType<Bytes['subarray']>
  // 64 random bits, which nobody finds by trying. As bytes they leave room for a key of 47 characters in SHA-256's first block; a second one
  // costs about a fifth more. Salt and text meet in bytes that are there already, since joining two strings would make two more.
  const salt = randomBytes(saltBytes)
  const salted = (textUnits: number): Bytes => {
    const bytes = allocate(saltBytes + textUnits * 3)
    bytes.set(salt)
    return bytes
  }
  const quick = salted(quickLengthMax)
  const views = Array.from(
    { length: quickLengthMax * 3 + 1 },
    (_, length) => quick.subarray(0, saltBytes + length) as View,
  )
  const slow = (text: string): View => {
    const bytes = salted(text.length)
    return bytes.subarray(0, saltBytes + bytes.write(text, saltBytes)) as View
  }
  return (text) => sha256(text.length <= quickLengthMax ? (views[quick.write(text, saltBytes)] as View) : slow(text))
}

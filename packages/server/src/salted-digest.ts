import { hash } from 'node:crypto'

const saltBytes = 8
/** Longer texts than this, in UTF-16 units, take the slow way; no key is as long. */
const quickLengthMax = 255

/**
 * A one-way function of texts for the index of one process: SHA-256 over a random salt and the text, as one character for each byte. Nobody
 * outside can aim at places of the index, and no digest in memory is one of the store.
 */
export function saltedDigest(randomBytes: (length: number) => Uint8Array): (text: string) => string {
  // 64 random bits, which nobody finds by trying. As bytes they leave room for a key of 47 characters in SHA-256's first block; a second one
  // costs about a fifth more. Salt and text meet in bytes that are there already, since joining two strings would make two more.
  const bytes = Buffer.alloc(saltBytes + quickLengthMax * 3)
  bytes.set(randomBytes(saltBytes))
  const views = Array.from({ length: quickLengthMax * 3 + 1 }, (_, length) => bytes.subarray(0, saltBytes + length))
  const salt = Buffer.from(bytes.subarray(0, saltBytes))
  return (text) =>
    hash(
      'sha256',
      text.length <= quickLengthMax
        ? (views[bytes.write(text, saltBytes)] as Buffer)
        : Buffer.concat([salt, Buffer.from(text)]),
      'binary',
    )
}

/** Digits of base62 in ASCII order, as GitHub's tokens use them. */
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const randomLength = 32
const checksumLength = 6
/** The random part and the checksum: what follows the last underscore. */
export const secretPartLength = randomLength + checksumLength
/** How many characters of each end of the secret part are ever kept or shown. */
export const shownCharactersMax = 4
/** The longest text that is looked at (RFC 6750 tokens are longer; ours never are). */
export const keyBytesMax = 255

const digitOf = new Int8Array(128).fill(-1)
for (let index = 0; index < alphabet.length; index++) digitOf[alphabet.charCodeAt(index)] = index

const crcTable = new Int32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  crcTable[byte] = value
}

/** CRC-32 (ISO 3309, as in zlib) of the first `length` characters of an ASCII text. */
export function crc32(text: string, length: number = text.length): number {
  let crc = -1
  for (let index = 0; index < length; index++) {
    crc = (crc >>> 8) ^ (crcTable[(crc ^ text.charCodeAt(index)) & 255] as number)
  }
  return (crc ^ -1) >>> 0
}

function checksum(body: string): string {
  let rest = crc32(body)
  let text = ''
  for (let index = 0; index < checksumLength; index++) {
    text = alphabet.charAt(rest % 62) + text
    rest = Math.floor(rest / 62)
  }
  return text
}

/** Random base62 text of a length, without modulo bias: bytes of 248 and above are thrown away. */
export function randomBase62(length: number, randomBytes: (length: number) => Uint8Array): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(Math.ceil((length - text.length) * 1.25) + 2)) {
      if (byte < 248 && text.length < length) text += alphabet.charAt(byte % 62)
    }
  }
  return text
}

/** Makes the text of a new key: `<prefix>_[<environment tag>_]<32 base62><6 base62 of CRC-32>`, 190 random bits. */
export function generateKeyText(
  prefix: string,
  environmentTag: string | null,
  randomBytes: (length: number) => Uint8Array,
): string {
  const head = environmentTag === null ? `${prefix}_` : `${prefix}_${environmentTag}_`
  const body = head + randomBase62(randomLength, randomBytes)
  return body + checksum(body)
}

/**
 * Whether a text has the shape and the checksum of a key. It rejects typos and foreign text before any look-up and proves nothing: anyone
 * can compute the checksum.
 */
export function isKeyText(text: string): boolean {
  const length = text.length
  if (length < secretPartLength + 2 || length > keyBytesMax) return false
  let sum = 0
  for (let index = length - checksumLength; index < length; index++) {
    const digit = digitOf[text.charCodeAt(index)]
    if (digit === undefined || digit < 0) return false
    sum = sum * 62 + digit
  }
  const start = length - secretPartLength
  if (text.charCodeAt(start - 1) !== 95) return false
  let crc = -1
  for (let index = 0; index < length - checksumLength; index++) {
    const code = text.charCodeAt(index)
    if (code > 127) return false
    if (index >= start ? (digitOf[code] as number) < 0 : !isPrefixCode(code)) return false
    crc = (crc >>> 8) ^ (crcTable[(crc ^ code) & 255] as number)
  }
  return (crc ^ -1) >>> 0 === sum
}

const secretShape = new RegExp(`_[0-9A-Za-z]{${secretPartLength}}`, 'g')
const prefixLengthMax = keyBytesMax - secretPartLength - 1

/** Whether the text of a key stands anywhere in a text, also joined to letters, digits or underscores that are not part of it. */
export function containsKeyText(text: string): boolean {
  for (const { index } of text.matchAll(secretShape)) {
    const end = index + 1 + secretPartLength
    for (let start = index - 1; start >= 0 && index - start <= prefixLengthMax; start--) {
      if (!isPrefixCode(text.charCodeAt(start))) break
      if (isKeyText(text.slice(start, end))) return true
    }
  }
  return false
}

const isPrefixCode = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 95

/** The parts of a well-formed key that may be shown: all before the secret part, and the secret part's first and last characters. */
export interface KeyTextParts {
  /** Prefix and environment tag, without the last underscore. */
  readonly head: string
  readonly first: string
  readonly last: string
}

/** Reads the parts of a key's text; `undefined` where it is malformed. Four characters of each end at most are ever kept, which leaves 142 unknown bits. */
export function keyTextParts(text: string): KeyTextParts | undefined {
  if (!isKeyText(text)) return undefined
  const start = text.length - secretPartLength
  return {
    head: text.slice(0, start - 1),
    first: text.slice(start, start + shownCharactersMax),
    last: text.slice(-shownCharactersMax),
  }
}

/** How much of a key's secret part its masked form shows, from which end. */
export interface Mask {
  readonly kind: 'first' | 'last'
  readonly characters: number
}

/** A key as lists show it: `lnx_dev_••••••••x7Qa`, or `lnx_dev_x7Qa••••••••`. */
export function maskKey(parts: KeyTextParts, mask: Mask): string {
  const hidden = '••••••••'
  return mask.kind === 'last'
    ? `${parts.head}_${hidden}${parts.last.slice(Math.max(0, parts.last.length - mask.characters))}`
    : `${parts.head}_${parts.first.slice(0, mask.characters)}${hidden}`
}

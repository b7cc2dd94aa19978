/** One address as four 32-bit words, most significant first; IPv4 is kept in its IPv4-mapped IPv6 form, so that both spellings of one address are equal. */
export type Address = readonly [number, number, number, number]

/** A CIDR range: the first `bits` bits of the mapped address. */
export interface NetworkRange {
  readonly address: Address
  readonly bits: number
}

/** Four decimal numbers with dots between, no leading zeros. Written out, since every check with an address runs it. */
function parseV4(text: string): number | undefined {
  const { length } = text
  if (length < 7 || length > 15) return undefined
  let word = 0
  let part = 0
  let digits = 0
  let dots = 0
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code === 46) {
      if (digits === 0 || ++dots > 3) return undefined
      word = word * 256 + part
      part = 0
      digits = 0
      continue
    }
    if (code < 48 || code > 57 || (digits > 0 && part === 0)) return undefined
    part = part * 10 + code - 48
    if (++digits > 3 || part > 255) return undefined
  }
  return dots === 3 && digits > 0 ? word * 256 + part : undefined
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes('.')) {
      const word = parseV4(part)
      if (word === undefined) return undefined
      groups.push(word >>> 16, word & 0xffff)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
      groups.push(Number.parseInt(part, 16))
    }
  }
  return groups
}

/** Reads an IPv4 or IPv6 address without zone, port or brackets; `undefined` where the text is none (RFC 4291, RFC 5952). */
export function parseAddress(text: string): Address | undefined {
  if (text.length > 45) return undefined
  const v4 = parseV4(text)
  if (v4 !== undefined) return [0, 0, 0xffff, v4]
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0] as string)
  const tail = halves.length === 2 ? parseGroups(halves[1] as string) : []
  if (head === undefined || tail === undefined) return undefined
  if (halves[0]?.includes('.') && halves.length === 2) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail]
  const word = (index: number) => (((groups[index] as number) << 16) | (groups[index + 1] as number)) >>> 0
  return [word(0), word(2), word(4), word(6)]
}

const isV4 = (address: Address): boolean => address[0] === 0 && address[1] === 0 && address[2] === 0xffff

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a single address; `undefined` where it is none or has bits set beyond its length (RFC 4632). */
export function parseRange(text: string): NetworkRange | undefined {
  const slash = text.indexOf('/')
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash))
  if (address === undefined) return undefined
  const short = !text.includes(':')
  const width = short ? 32 : 128
  const length = slash === -1 ? String(width) : text.slice(slash + 1)
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > width) return undefined
  const range = { address, bits: Number(length) + (short ? 96 : 0) }
  return mask(address, range.bits).every((word, index) => word === address[index]) ? range : undefined
}

/** Reads networks in CIDR notation; throws on a text that is none, naming it. */
export function parseRanges(texts: readonly string[]): readonly NetworkRange[] {
  return texts.map((text) => {
    const range = parseRange(text)
    if (range === undefined) throw new Error(`${text} is not a network; write it as 192.0.2.0/24 or 2001:db8::/32`)
    return range
  })
}

function mask(address: Address, bits: number): Address {
  const word = (index: number) => {
    const kept = Math.min(32, Math.max(0, bits - index * 32))
    return kept === 0 ? 0 : ((address[index] as number) & (0xffffffff << (32 - kept))) >>> 0
  }
  return [word(0), word(1), word(2), word(3)]
}

/** Whether a range contains an address; an IPv4-mapped IPv6 address is the IPv4 address. */
export function contains(range: NetworkRange, address: Address): boolean {
  const masked = mask(address, range.bits)
  return masked.every((word, index) => word === range.address[index])
}

/** Whether every address of `inner` is in `outer`. */
export const rangeWithin = (inner: NetworkRange, outer: NetworkRange): boolean =>
  inner.bits >= outer.bits && contains(outer, inner.address)

/** The one spelling of an address: IPv4 with dots however it was written, IPv6 as RFC 5952 section 4 says. */
export function formatAddress(address: Address): string {
  if (isV4(address)) {
    const word = address[3]
    return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
  }
  const groups = address.flatMap((word) => [word >>> 16, word & 0xffff])
  const zeros = longestZeros(groups)
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':')
  return zeros === undefined ? text(0, 8) : `${text(0, zeros.start)}::${text(zeros.start + zeros.length, 8)}`
}

/** The longest run of two or more zero groups, the first of equally long ones. */
function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } | undefined {
  let longest = { start: 0, length: 1 }
  let start = 0
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start }
  }
  return longest.length > 1 ? longest : undefined
}

/** The network that is recorded of an address, `192.0.2.0/24` or `2001:db8:1::/48`, so that no person is recorded. */
export function shortenAddress(address: Address): string {
  const bits = isV4(address) ? 24 : 48
  return `${formatAddress(mask(address, isV4(address) ? 96 + bits : bits))}/${bits}`
}

/** What one customer of a network cannot change at will: all of an IPv4 address, the first 64 bits of an IPv6 address. A text that is no address is answered as it is. */
export function networkBlock(text: string): string {
  const address = parseAddress(text)
  if (address === undefined) return text
  return isV4(address) ? formatAddress(address) : `${address[0]} ${address[1]}`
}

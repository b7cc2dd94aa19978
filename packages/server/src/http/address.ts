import { type Address, contains, type NetworkRange, parseAddress, parseRange } from '@keywright/core'

const hex = (word: number): readonly [string, string] => [(word >>> 16).toString(16), (word & 0xffff).toString(16)]

/** The one spelling of an address: an IPv4 address as IPv4 however it was written, IPv6 in full groups. */
function addressText(address: Address): string {
  const [first, second, third, fourth] = address
  if (first === 0 && second === 0 && third === 0xffff) {
    return `${fourth >>> 24}.${(fourth >>> 16) & 255}.${(fourth >>> 8) & 255}.${fourth & 255}`
  }
  return [first, second, third, fourth].flatMap(hex).join(':')
}

/** What one customer of a network can change at will: nothing of an IPv4 address, the last 64 bits of an IPv6 address. */
export function networkKey(text: string): string {
  const address = parseAddress(text)
  if (address === undefined) return text
  const [first, second, third] = address
  return first === 0 && second === 0 && third === 0xffff
    ? addressText(address)
    : [...hex(first), ...hex(second)].join(':')
}

/** Reads networks in CIDR notation; throws on one that is none, naming it. */
export function parseRanges(texts: readonly string[]): readonly NetworkRange[] {
  return texts.map((text) => {
    const range = parseRange(text)
    if (range === undefined) throw new Error(`${text} is not a network; write it as 192.0.2.0/24 or 2001:db8::/32`)
    return range
  })
}

const withoutPort = (text: string): string =>
  /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text

/**
 * Who called: the peer of the connection or, where it is a trusted proxy, the last address of `X-Forwarded-For` that is not one. Read from
 * the right, since everything further left was written by whoever called. An entry that is no address ends the walk at the proxy before it.
 */
export function callerAddress(
  peer: string | undefined,
  forwardedFor: string | null,
  trusted: readonly NetworkRange[],
): string {
  let current = parseAddress(peer?.replace(/%.*$/, '') ?? '')
  if (current === undefined) return 'unknown'
  const isTrusted = (address: Address) => trusted.some((range) => contains(range, address))
  for (const entry of forwardedFor?.split(',').reverse() ?? []) {
    if (!isTrusted(current)) break
    const next = parseAddress(withoutPort(entry.trim()))
    if (next === undefined) break
    current = next
  }
  return addressText(current)
}

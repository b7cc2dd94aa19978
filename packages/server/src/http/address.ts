import { type Address, contains, formatAddress, type NetworkRange, parseAddress, parseRange } from '@keywright/core'

/** What one customer of a network can change at will: nothing of an IPv4 address, the last 64 bits of an IPv6 address. */
export function networkKey(text: string): string {
  const address = parseAddress(text)
  if (address === undefined) return text
  const [first, second, third] = address
  return first === 0 && second === 0 && third === 0xffff ? formatAddress(address) : `${first} ${second}`
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
 * the right, since everything further left was written by whoever called. Where an entry on the way is no address, nobody knows who called:
 * `unknown`, never the address of the proxy, from where a key that is limited to networks might be accepted.
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
    current = parseAddress(withoutPort(entry.trim()))
    if (current === undefined) return 'unknown'
  }
  return formatAddress(current)
}

import { type Address, contains, formatAddress, type NetworkRange, parseAddress } from '@keywright/core'

function withoutPort(text: string): string {
  if (!text.includes(':')) return text
  return /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
}

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

/**
 * For whom a proxy asks that has proved who it is: the last address of its `X-Forwarded-For` that is no trusted proxy. Where it names nobody,
 * nobody knows: `unknown`, never the address of the proxy itself.
 */
export function forwardedAddress(forwardedFor: string | null, trusted: readonly NetworkRange[]): string {
  if (forwardedFor === null) return 'unknown'
  // The usual case: one address of version 4, which has one spelling only.
  if (trusted.length === 0 && !forwardedFor.includes(':') && parseAddress(forwardedFor) !== undefined)
    return forwardedFor
  const comma = forwardedFor.lastIndexOf(',')
  const before = comma === -1 ? null : forwardedFor.slice(0, comma)
  return callerAddress(withoutPort(forwardedFor.slice(comma + 1).trim()), before, trusted)
}

import { type Address, contains, formatAddress, type NetworkRange, parseAddress } from '@keywright/core'

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

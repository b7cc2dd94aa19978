import { contains, parseAddress, parseRanges } from './network.ts'

const loopback = parseRanges(['127.0.0.0/8', '::1'])

/** Whether a host, as a URL names it, is the machine itself: `localhost` or an address of the loopback (RFC 6761, RFC 6890). */
export function isLoopbackHost(host: string): boolean {
  const address = parseAddress(host.replace(/^\[(.*)\]$/, '$1'))
  return host === 'localhost' || (address !== undefined && loopback.some((range) => contains(range, address)))
}

import { type Address, contains, type NetworkRange, parseAddress, parseRanges } from '@keywright/core'

/** What of IPv4 is not the public Internet (IANA special-purpose registry, RFC 6890), multicast and reserved included. */
const specialV4 = parseRanges([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])

/** Global unicast; everything else of IPv6, the addresses that translate to IPv4 ones included, is not. */
const unicastV6 = parseRanges(['2000::/3'])
/** What of it is special: protocol assignments with Teredo, documentation, 6to4, AS112. */
const specialV6 = parseRanges(['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'])

const mappedV4 = parseRanges(['::ffff:0:0/96'])

const within = (list: readonly NetworkRange[], address: Address): boolean =>
  list.some((range) => contains(range, address))

/** Whether an address is one of the public Internet. */
const isPublic = (address: Address): boolean =>
  within(mappedV4, address) ? !within(specialV4, address) : within(unicastV6, address) && !within(specialV6, address)

/** The ports of public receivers. */
const publicPorts: readonly number[] = [443, 8443]

/** The port that a URL names or means. */
export const portOf = (url: URL): number =>
  url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)

/** The host of a URL without the brackets of IPv6. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')

/**
 * Whether a message for a URL may go to an address: judged of the address that is connected to, whatever the URL calls it. Networks that the
 * operator allows are open besides the public Internet, over http as well and at any port.
 */
export function mayGoTo(url: URL, address: string, allowed: readonly NetworkRange[]): boolean {
  const parsed = parseAddress(address)
  if (parsed === undefined) return false
  if (within(allowed, parsed)) return true
  return isPublic(parsed) && url.protocol === 'https:' && publicPorts.includes(portOf(url))
}

/** What is wrong with the text of a URL, whoever stands behind it; `undefined`: nothing. */
export function urlFault(url: URL, allowed: readonly NetworkRange[]): string | undefined {
  if (url.username !== '' || url.password !== '') return 'Leave user name and password out of the address.'
  if (url.hash !== '') return 'Leave out the part after #, which is never sent.'
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'Write an address that begins with https://.'
  // A name may lead into an allowed network; where there is none, https at the usual ports is all that there is.
  if (allowed.length > 0) return undefined
  if (url.protocol !== 'https:') return 'Write an address that begins with https://.'
  if (!publicPorts.includes(portOf(url))) return `Use one of the ports ${publicPorts.join(' and ')}.`
  return undefined
}

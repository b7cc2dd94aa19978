import { parseRanges } from '@keywright/core'
import { describe, expect, it } from 'vitest'
import { callerAddress } from './address.ts'

const trusted = parseRanges(['10.0.0.0/8', 'fd00::/8'])

describe('T11: whose address it is', () => {
  it.each<[string, string | undefined, string | null, string]>([
    ['the peer, where it is no trusted proxy, whatever it writes', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['what the trusted proxy saw', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['the last one that is no proxy, not the leftmost', '10.0.0.1', '1.2.3.4, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['the IPv4 address in an IPv6 coat', '::ffff:203.0.113.9', null, '203.0.113.9'],
    ['without port and brackets', '10.0.0.1', '[2001:db8::1]:443', '2001:db8::1'],
    ['nobody, where the proxy names none: never the proxy itself', '10.0.0.1', 'unknown', 'unknown'],
    ['nobody, where a proxy further on names none', '10.0.0.1', '198.51.100.1, _hidden, 10.0.0.2', 'unknown'],
    ['the proxy, where it calls on its own behalf', '10.0.0.1', null, '10.0.0.1'],
    ['nothing, where there is no peer', undefined, '1.2.3.4', 'unknown'],
  ])('is %s', (_, peer, forwarded, expected) => {
    expect(callerAddress(peer, forwarded, trusted)).toBe(expected)
  })
})

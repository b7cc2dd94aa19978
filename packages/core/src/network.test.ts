import { BlockList } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  contains,
  formatAddress,
  networkBlock,
  parseAddress,
  parseRange,
  parseRanges,
  rangeWithin,
  shortenAddress,
} from './network.ts'

const address = (text: string) => parseAddress(text) ?? expect.fail(`${text} is not read`)
const range = (text: string) => parseRange(text) ?? expect.fail(`${text} is not read`)
const holds = (network: string, text: string) => contains(range(network), address(text))

const octet = fc.nat(255)
const v4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'))
const v6Groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
const v6 = v6Groups.map((groups) => groups.map((group) => group.toString(16)).join(':'))

/** The first address of the network of a length that holds an address. */
function network(words: readonly number[], bits: number, groupBits: number): number[] {
  return words.map((word, index) => {
    const kept = Math.min(groupBits, Math.max(0, bits - index * groupBits))
    return word & ~((1 << (groupBits - kept)) - 1)
  })
}

describe('T11: one address, one value', () => {
  test('all spellings of an address are equal, IPv4-mapped ones included', () => {
    for (const spellings of [
      [
        '192.0.2.1',
        '::ffff:192.0.2.1',
        '::ffff:c000:201',
        '0:0:0:0:0:FFFF:192.0.2.1',
        '0000:0000:0000:0000:0000:ffff:c000:0201',
      ],
      ['2001:db8::1', '2001:DB8:0:0:0:0:0:1', '2001:db8:0::1', '2001:0db8::0.0.0.1'],
      ['::', '0:0:0:0:0:0:0:0', '::0.0.0.0', '0::0'],
    ]) {
      for (const spelling of spellings) expect(address(spelling), spelling).toEqual(address(spellings[0] as string))
    }
  })

  test('what is no address is none', () => {
    const none = [
      '',
      ' ',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.256',
      '01.2.3.4',
      '1.2.3.04',
      '0x1.2.3.4',
      '1.2.3.4 ',
      '-1.2.3.4',
      '1,2,3,4',
      '１.2.3.4',
      '16909060',
      ':',
      ':::',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1::2::3',
      '12345::',
      'g::',
      '::1%eth0',
      '[::1]',
      '::1/128',
      '1.2.3.4:80',
      '::1.2.3',
      '1.2.3.4::',
      '1:2:3:4:5:6:7:8::',
      '::1:2:3:4:5:6:7:8',
      '1:2:3:4:5:6:7:1.2.3.4',
      '::1.2.3.4:5',
      'localhost',
      '::ffff:1.2.3.4.5',
      `${'0:'.repeat(40)}1`,
    ]
    for (const text of none) expect(parseAddress(text), JSON.stringify(text)).toBeUndefined()
  })

  test('34: long texts cost nothing', () => {
    const from = performance.now()
    for (const text of [':'.repeat(100_000), '1.'.repeat(50_000), '0'.repeat(100_000)]) {
      expect(parseAddress(text)).toBeUndefined()
      expect(parseRange(text)).toBeUndefined()
      expect(parseRange(`::/${text}`)).toBeUndefined()
    }
    expect(performance.now() - from).toBeLessThan(100)
  })
})

describe('ranges', () => {
  test('ends: everything of a family, and one address', () => {
    expect(holds('0.0.0.0/0', '255.255.255.255')).toBe(true)
    expect(holds('0.0.0.0/0', '::ffff:1.2.3.4')).toBe(true)
    expect(holds('0.0.0.0/0', '2001:db8::1')).toBe(false)
    expect(holds('::/0', '2001:db8::1')).toBe(true)
    expect(holds('192.0.2.1', '192.0.2.1')).toBe(true)
    expect(holds('192.0.2.1/32', '192.0.2.2')).toBe(false)
    expect(holds('2001:db8::1/128', '2001:db8::1')).toBe(true)
    expect(holds('2001:db8::1', '2001:db8::2')).toBe(false)
    expect(holds('::ffff:192.0.2.0/120', '192.0.2.77')).toBe(true)
    expect(holds('128.0.0.0/1', '200.0.0.1')).toBe(true)
    expect(holds('128.0.0.0/1', '127.255.255.255')).toBe(false)
  })

  test('bits beyond the length, lengths out of bounds and other forms are refused', () => {
    for (const text of [
      '192.0.2.1/24',
      '2001:db8::1/32',
      '1.2.3.4/33',
      '::/129',
      '1.2.3.4/',
      '/8',
      '1.2.3.4/08',
      '1.2.3.4/-1',
      '1.2.3.4/+8',
      '1.2.3.4/8.0',
      '10.0.0.0/ 8',
      '10.0.0.0/8/8',
      '10.0.0.0/255.0.0.0',
      '::ffff:10.0.0.0/8',
      '1.2.3.4/1e1',
      '',
    ]) {
      expect(parseRange(text), text).toBeUndefined()
    }
  })

  test('agree with the platform on IPv4, also in mapped form', () => {
    fc.assert(
      fc.property(v4, fc.nat(32), v4, fc.boolean(), (base, bits, near, isNear) => {
        const first = network(base.split('.').map(Number), bits, 8).join('.')
        const asked = isNear ? [...base.split('.').slice(0, 2), ...near.split('.').slice(2)].join('.') : near
        const list = new BlockList()
        list.addSubnet(first, bits, 'ipv4')
        const expected = list.check(asked, 'ipv4')
        expect(holds(`${first}/${bits}`, asked)).toBe(expected)
        expect(holds(`${first}/${bits}`, `::ffff:${asked}`)).toBe(expected)
        expect(list.check(`::ffff:${asked}`, 'ipv6')).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })

  test('agree with the platform on IPv6', () => {
    fc.assert(
      fc.property(v6Groups, fc.integer({ min: 1, max: 128 }), v6Groups, fc.nat(8), (base, bits, other, kept) => {
        const first = network(base, bits, 16)
          .map((group) => group.toString(16))
          .join(':')
        const asked = [...base.slice(0, kept), ...other.slice(kept)].map((group) => group.toString(16)).join(':')
        const list = new BlockList()
        list.addSubnet(first, bits, 'ipv6')
        expect(holds(`${first}/${bits}`, asked)).toBe(list.check(asked, 'ipv6'))
      }),
      { numRuns: 500 },
    )
  })

  test('a range within another holds only addresses of it; within is reflexive and transitive', () => {
    const someRange = fc.tuple(v6Groups, fc.nat(128)).map(([groups, bits]) =>
      range(
        `${network(groups, bits, 16)
          .map((group) => group.toString(16))
          .join(':')}/${bits}`,
      ),
    )
    fc.assert(
      fc.property(someRange, fc.nat(128), fc.nat(128), v6, (inner, wider, widest, text) => {
        const widen = (bits: number) => {
          const words = inner.address.map((word, index) => {
            const kept = Math.min(32, Math.max(0, bits - index * 32))
            return kept === 0 ? 0 : (word & (0xffffffff << (32 - kept))) >>> 0
          })
          return { address: words as unknown as typeof inner.address, bits }
        }
        const middle = widen(Math.min(inner.bits, wider))
        const outer = widen(Math.min(middle.bits, widest))
        expect(rangeWithin(inner, inner)).toBe(true)
        expect(rangeWithin(inner, middle) && rangeWithin(middle, outer) && rangeWithin(inner, outer)).toBe(true)
        if (outer.bits < inner.bits) expect(rangeWithin(outer, inner)).toBe(false)
        if (contains(inner, address(text))) expect(contains(outer, address(text))).toBe(true)
      }),
    )
  })
})

test('recorded networks are /24 and /48, equal for mapped spellings, and tell no more', () => {
  expect(shortenAddress(address('192.0.2.77'))).toBe('192.0.2.0/24')
  expect(shortenAddress(address('::ffff:192.0.2.77'))).toBe('192.0.2.0/24')
  expect(shortenAddress(address('255.255.255.255'))).toBe('255.255.255.0/24')
  expect(shortenAddress(address('2001:db8:1:2:3:4:5:6'))).toBe('2001:db8:1::/48')
  expect(shortenAddress(address('2001:db8:0:2:3:4:5:6'))).toBe('2001:db8::/48')
  expect(shortenAddress(address('2001:0:0:2::'))).toBe('2001::/48')
  expect(shortenAddress(address('0:0:1:2::'))).toBe('0:0:1::/48')
  expect(shortenAddress(address('::1'))).toBe('::/48')
  fc.assert(
    fc.property(fc.oneof(v4, v6), (text) => {
      const shortened = shortenAddress(address(text))
      expect(parseRange(shortened), shortened).toBeDefined()
      expect(holds(shortened, text)).toBe(true)
    }),
  )
})

describe('the spelling of addresses', () => {
  test('is that of RFC 5952 section 4', () => {
    for (const [given, spelt] of [
      ['2001:DB8:0:0:0:0:2:1', '2001:db8::2:1'],
      ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
      ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
      ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
      ['0:0:0:0:0:0:0:0', '::'],
      ['0:0:0:0:0:0:0:1', '::1'],
      ['1:0:0:0:0:0:0:0', '1::'],
      ['::ffff:192.0.2.77', '192.0.2.77'],
    ] as const) {
      expect(formatAddress(address(given)), given).toBe(spelt)
    }
  })

  test('agrees with the platform and reads back as the same address', () => {
    const sparse = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
    fc.assert(
      fc.property(sparse, (groups) => {
        const given = address(groups.map((group) => group.toString(16)).join(':'))
        const spelt = formatAddress(given)
        expect(parseAddress(spelt)).toEqual(given)
        // The platform's own URL parser spells IPv6 canonically, and mapped IPv4 in hexadecimal.
        if (spelt.includes(':')) expect(`[${spelt}]`).toBe(new URL(`http://[${spelt}]`).hostname)
      }),
    )
  })
})

describe('the block of a network that one customer cannot leave', () => {
  test('T11: is the /64 of IPv6 and the whole address of IPv4', () => {
    expect(networkBlock('2001:db8:1:2:3:4:5:6')).toBe(networkBlock('2001:db8:1:2::9'))
    expect(networkBlock('2001:db8:1:3::9')).not.toBe(networkBlock('2001:db8:1:2::9'))
    expect(networkBlock('::ffff:192.0.2.1')).toBe('192.0.2.1')
    expect(networkBlock('unknown')).toBe('unknown')
  })
})

describe('a list of networks', () => {
  test('is refused with the name of what is none', () => {
    expect(() => parseRanges(['10.0.0.0/8', '10.0.0.1/8'])).toThrow('10.0.0.1/8 is not a network')
  })
})

import { parseRange } from '@keywright/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { normalizeNetwork } from './network-text.ts'

it('a range of networks has one text (RFC 5952, section 4)', () => {
  const texts: readonly (readonly [string, string | undefined])[] = [
    ['192.0.2.7', '192.0.2.7/32'],
    [' 192.0.2.0/24 ', '192.0.2.0/24'],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
    ['2001:DB8:0:0:0:0:0:0/32', '2001:db8::/32'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1/128'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1/128'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1/128'],
    ['::1', '::1/128'],
    ['1::', '1::/128'],
    ['192.0.2.1/24', undefined],
    ['192.0.2.0/33', undefined],
    ['localhost', undefined],
    ['', undefined],
  ]
  for (const [given, text] of texts) expect([given, normalizeNetwork(given)]).toEqual([given, text])
})

it('the text of a range is read as the same range', () => {
  const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  fc.assert(
    fc.property(groups, (words) => {
      const given = words.map((word) => word.toString(16)).join(':')
      expect(parseRange(normalizeNetwork(given) ?? '')).toEqual(parseRange(given))
    }),
  )
})

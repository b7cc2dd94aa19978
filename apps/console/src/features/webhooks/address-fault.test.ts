import { expect, test } from 'vitest'
import { addressFault } from './address-fault.ts'

test.each([
  ['', 'urlMissing'],
  ['   ', 'urlMissing'],
  ['example.com/events', 'urlOdd'],
  ['javascript:alert(1)', 'urlOdd'],
  ['ftp://example.com', 'urlOdd'],
  ['https://ada:word@example.com', 'urlPassword'],
  ['https://example.com/#part', 'urlHash'],
  ['https://example.com/events?team=a', undefined],
  [' https://example.com ', undefined],
])('the address "%s" is judged %s', (text, fault) => {
  expect(addressFault(text)).toBe(fault)
})

import { expect, it } from 'vitest'
import { cleanDescription, cleanName, externalIdFault, searchTextOf } from './names.ts'

it('a name is kept trimmed and composed, 1 to 200 characters however many bytes they have', () => {
  expect(cleanName('  Cafe\u0301 ')).toEqual({ text: 'Caf\u00e9' })
  expect(cleanName('\u{1F511}'.repeat(200))).toHaveProperty('text')
  for (const bad of ['', ' \t ', 'x'.repeat(201), 'x'.repeat(100_000)]) expect(cleanName(bad)).toHaveProperty('fault')
})

it('a name shows all that it is: no controls, marks without width, overrides of direction or broken text', () => {
  for (const code of [
    0, 0x0a, 0x1b, 0x7f, 0x85, 0xad, 0x61c, 0x200b, 0x200d, 0x200e, 0x2028, 0x202e, 0x2066, 0xfeff, 0xd800,
  ]) {
    expect([code, cleanName(`a${String.fromCharCode(code)}b`)]).toEqual([code, { fault: expect.stringMatching(/\.$/) }])
  }
})

it('a description has lines besides', () => {
  expect(cleanDescription('a\n\tb')).toEqual({ text: 'a\n\tb' })
  expect(cleanDescription('a\u202eb')).toHaveProperty('fault')
  expect(cleanDescription('a\0b')).toHaveProperty('fault')
})

it('names are compared without case and compatibility forms, and fit a cursor', () => {
  expect(searchTextOf('\uff21PI \u00c9')).toBe('api \u00e9')
  expect(searchTextOf(null)).toBe('')
  expect(searchTextOf('\ufdfa'.repeat(200)).length).toBeLessThanOrEqual(400)
})

it('an identifier of the adopter’s own is kept as it is, or refused', () => {
  expect(externalIdFault(' Org/1 ')).toBeUndefined()
  for (const bad of ['', 'x'.repeat(256), 'a\0', '\ud800', 'a\u202e']) expect(externalIdFault(bad)).toMatch(/\.$/)
})

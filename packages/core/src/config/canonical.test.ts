import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from './canonical.ts'

describe('RFC 8785', () => {
  test.each<[string, unknown, string]>([
    ['literals', [null, true, false], '[null,true,false]'],
    ['no white space, members sorted at every depth', { b: [{ d: 1, c: 2 }], a: {} }, '{"a":{},"b":[{"c":2,"d":1}]}'],
    // U+1F600 is written as the surrogates D83D DE00, which sort before U+FB33 although its code point is greater.
    [
      'members by UTF-16 code units',
      { '\ufb33': 1, '\u{1f600}': 2, é: 3, '\r': 4, '1': 5, '€': 6, '\u0080': 7 },
      '{"\\r":4,"1":5,"\u0080":7,"é":3,"€":6,"\u{1f600}":2,"\ufb33":1}',
    ],
    ['numeric names as texts, not as numbers', { '10': 1, '9': 2 }, '{"10":1,"9":2}'],
    ['capitals before small letters', { a: 1, B: 2 }, '{"B":2,"a":1}'],
    [
      'numbers as ECMAScript writes them',
      [0, -0, 1e21, 1e20, 1e-7, 0.000001, 4.5, 2e-3, Number('333333333.33333329'), 5e-324, 1.7976931348623157e308],
      '[0,0,1e+21,100000000000000000000,1e-7,0.000001,4.5,0.002,333333333.3333333,5e-324,1.7976931348623157e+308]',
    ],
    [
      'control characters escaped, others as they are',
      '\u0000\b\t\n\f\r\u001f"\\/\u007f\u2028é',
      '"\\u0000\\b\\t\\n\\f\\r\\u001f\\"\\\\/\u007f\u2028é"',
    ],
    ['no normalization of texts', 'e\u0301', '"e\u0301"'],
    ['undefined members dropped', { a: undefined, b: 1 }, '{"b":1}'],
    ['an own member named __proto__', JSON.parse('{"__proto__":1,"a":2}'), '{"__proto__":1,"a":2}'],
    ['an object without prototype', Object.assign(Object.create(null) as object, { a: 1 }), '{"a":1}'],
  ])('%s', (_, value, expected) => {
    expect(canonicalJson(value)).toBe(expected)
  })

  const cycle: unknown[] = []
  cycle.push(cycle)
  test.each<[string, unknown]>([
    ['not a number', Number.NaN],
    ['infinity', [Number.NEGATIVE_INFINITY]],
    ['undefined', undefined],
    ['an undefined item', [undefined]],
    ['an empty place in a list', new Array(1)],
    ['a big integer', { a: 1n }],
    ['a function', { a: () => 1 }],
    ['a symbol', Symbol('a')],
    ['half a surrogate pair', '\ud83d'],
    ['half a surrogate pair in a name', { '\ude00': 1 }],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['a cycle', cycle],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError)
  })
})

// JSON knows no negative zero, and half a surrogate pair is no text.
const json = fc
  .jsonValue({ noUnicodeString: false })
  .filter((value) => JSON.stringify(value).isWellFormed() && !/\\ud[89a-f]/.test(JSON.stringify(value)))

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([key, member]): [string, unknown] => [key, shuffled(member)])
  return Object.fromEntries(members.reverse())
}

test('equal values have one text, whatever the order of their members, and it reads back as the value', () => {
  fc.assert(
    fc.property(json, (value) => {
      const written = canonicalJson(value)
      expect(canonicalJson(shuffled(value))).toBe(written)
      expect(canonicalJson(JSON.parse(written))).toBe(written)
      expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonRefused, parseUnambiguousJson } from './json.ts'

const refusalOf = (text: string): string => {
  try {
    parseUnambiguousJson(text)
    return 'none'
  } catch (error) {
    if (error instanceof JsonRefused) return error.message
    throw error
  }
}

/** JSON text of a value, every character of its names and texts escaped in one of the ways that there are. */
const spelt = (value: unknown, escaped: (text: string) => string): string => {
  if (Array.isArray(value)) return `[${value.map((each) => spelt(each, escaped)).join(' , ')}]`
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' ? escaped(value) : JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, member]) => `${escaped(name)} : ${spelt(member, escaped)}`)
    .join(',\n')}}`
}

const everyUnit = (text: string): string =>
  `"${text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')}"`

const plainValue = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('__proto__'))

describe('untrusted JSON', () => {
  it('is read as JSON.parse reads it, however it is spelt', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        for (const escaped of [JSON.stringify, everyUnit])
          expect(parseUnambiguousJson(spelt(value, escaped))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('is refused wherever a member is there twice, also where it is spelt in two ways', () => {
    const named = fc.record({ name: fc.string(), one: plainValue, two: plainValue, around: fc.nat({ max: 3 }) })
    fc.assert(
      fc.property(named, ({ name, one, two, around }) => {
        if (name === '__proto__') return
        const members = `${JSON.stringify(name)}:${JSON.stringify(one)},${everyUnit(name)}:${JSON.stringify(two)}`
        const text = `${'[1,{"a:b":'.repeat(around)}{${members}}${'}]'.repeat(around)}`
        expect(refusalOf(text)).toBe('The body has the same member twice.')
      }),
    )
  })

  it.each([
    ['{"a":1,"b":{"a":2}}', 'none'],
    ['{"a:":":","\\"":"\\\\","c":[":{"]}', 'none'],
    ['{"1":1,"01":2}', 'none'],
    ['{"__proto__":1}', 'The body has a member named __proto__.'],
    ['{"a":{"\\u005f_proto__":{}}}', 'The body has a member named __proto__.'],
    ['{"constructor":1,"toString":2}', 'none'],
    ['{"a":1', 'The body is not JSON.'],
    ['"unfinished', 'The body is not JSON.'],
    ['"unfinished\\"', 'The body is not JSON.'],
    ['', 'The body is not JSON.'],
    ['['.repeat(32) + ']'.repeat(32), 'none'],
    ['['.repeat(33) + ']'.repeat(33), 'The body is nested more than 32 deep.'],
    ['['.repeat(16_000), 'The body is nested more than 32 deep.'],
    [`"${'\\\\'.repeat(8_000)}"`, 'none'],
  ])('%s: %s', (text, refusal) => {
    expect(refusalOf(text)).toBe(refusal)
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shapes, typedKeys } from './samples.ts'
import { formatConfigError, validateConfig } from './validate.ts'

const cyclic: Record<string, unknown> = { ...typedKeys }
cyclic.words = cyclic
const revoked = Proxy.revocable({}, {})
revoked.revoke()
const endless = (): unknown =>
  new Proxy(
    {},
    {
      get: () => endless(),
      ownKeys: () => ['a'],
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    },
  )
let laughs: unknown = ['ha']
for (let level = 0; level < 12; level++) laughs = Array.from({ length: 20 }, () => laughs)

const hostile: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  'a list': [],
  'a function': () => typedKeys,
  'a symbol': Symbol('x'),
  'a big integer': 1n,
  'a date': new Date(0),
  'a map': new Map([['product', 1]]),
  'a class instance': new (class Config {
    product = { name: 'P' }
  })(),
  'a cycle': cyclic,
  'a getter that throws': Object.defineProperty({ ...typedKeys }, 'product', {
    enumerable: true,
    get: () => {
      throw new Error('no')
    },
  }),
  'a revoked proxy': revoked.proxy,
  'a proxy without end': endless(),
  'a proxy that refuses to list its keys': new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('no')
      },
    },
  ),
  'a huge text': { ...typedKeys, defaultType: 'x'.repeat(5_000_000) },
  'a huge list': { ...typedKeys, types: new Array(1_000_000) },
  'lists that multiply': { ...typedKeys, tips: laughs },
  'an own __proto__': JSON.parse('{"product":{"name":"P"},"types":[],"__proto__":{"defaultType":"x"}}'),
  'a deep object': JSON.parse(`${'{"words":'.repeat(5_000)}1${'}'.repeat(5_000)}`),
}

test.each(Object.entries(hostile))('%s is refused without an exception', (_, input) => {
  const validation = validateConfig(input)
  expect(validation.ok).toBe(false)
  if (!validation.ok) {
    expect(validation.errors.length).toBeGreaterThan(0)
    for (const error of validation.errors) expect(formatConfigError(error).length).toBeLessThan(2_000)
  }
})

test('a cycle is named as what it is', () => {
  const validation = validateConfig(cyclic)
  expect(validation.ok ? [] : validation.errors).toContainEqual(
    expect.objectContaining({ path: 'words', message: 'contains itself' }),
  )
})

test('an own __proto__ is refused where all else is good, and reaches no prototype', () => {
  const written = JSON.stringify(typedKeys).replace('{', '{"__proto__":{"defaultType":"customer"},')
  const validation = validateConfig(JSON.parse(written))
  expect(validation.ok ? [] : validation.errors.map(({ path }) => path)).toEqual(['__proto__'])
  validateConfig(JSON.parse('{"__proto__":{"polluted":true},"problems":{"__proto__":{"polluted":true}}}'))
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

const answers = (input: unknown): boolean => {
  const validation = validateConfig(input)
  return validation.ok || validation.errors.every((error) => typeof formatConfigError(error) === 'string')
}

test('any JavaScript value gets an answer', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }), answers),
  )
})

type Place = readonly (string | number)[]

function placesOf(value: unknown, path: Place = []): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [path]
  const keys: readonly (string | number)[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  return [path, ...keys.flatMap((key) => placesOf((value as Record<string | number, unknown>)[key], [...path, key]))]
}

function mutated(value: unknown, path: Place, put: unknown): unknown {
  const [first, ...rest] = path
  if (first === undefined) return put
  const copy = structuredClone(value) as Record<string | number, unknown>
  copy[first] = mutated(copy[first], rest, put)
  return copy
}

const mutation = fc
  .constantFrom(...Object.values(shapes))
  .chain((config) =>
    fc.tuple(
      fc.constant(config),
      fc.constantFrom(...placesOf(config)),
      fc.oneof(
        fc.jsonValue(),
        fc.constantFrom(
          undefined,
          null,
          '',
          0,
          -1,
          1.5,
          Number.NaN,
          [],
          {},
          [[]],
          [null],
          'unrestricted',
          '__proto__',
          'view',
        ),
      ),
    ),
  )

test('a good configuration with anything anywhere gets an answer', () => {
  fc.assert(
    fc.property(mutation, ([config, path, put]) => answers(mutated(config, path, put))),
    { numRuns: 1_500 },
  )
})

test('the input is neither changed nor frozen, and no later change of it comes through', () => {
  const input = structuredClone(typedKeys) as { product: { name: string } }
  const validation = validateConfig(input)
  expect(input).toEqual(typedKeys)
  input.product.name = 'Changed'
  expect(validation.ok && validation.config.product.name).toBe('Chat')
  expect(validation.ok && validation.config.source.product.name).toBe('Chat')
})

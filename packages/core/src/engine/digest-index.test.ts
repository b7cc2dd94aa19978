import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DigestIndex, type Indexed } from './digest-index.ts'
import { testDigest } from './testing.ts'

class Value implements Indexed {
  mark = 0
  readonly digest: string

  constructor(digest: string) {
    this.digest = digest
  }
}

const random = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 32, maxLength: 32 })
/** Digests of which many belong at the same few places, the last ones included, so that they stand in each other's way. */
const crowded = random.map(([first = 0, ...rest]) =>
  String.fromCharCode(first % 2 === 0 ? 254 : 255, 255, ...rest.slice(1)),
)
const digests = fc.oneof(crowded, fc.string().map(testDigest))

/** Does at an index what is done at a map, and compares all that both hold. */
function holdsWhatAMapHolds(steps: readonly { readonly digest: string; readonly removes: boolean }[]): void {
  const index = new DigestIndex<Value>()
  const map = new Map<string, Value>()
  for (const { digest, removes } of steps) {
    const held = map.get(digest)
    if (held !== undefined && removes) {
      index.remove(held)
      map.delete(digest)
    } else if (held === undefined) {
      const value = new Value(digest)
      index.add(digest, value)
      map.set(digest, value)
    }
    expect(index.size).toBe(map.size)
  }
  for (const { digest } of steps) expect(index.get(digest)).toBe(map.get(digest))
}

describe('the index of digests', () => {
  test('finds what was added and not removed, whatever stands at whose place', () => {
    const digest = fc.nat({ max: 19 })
    fc.assert(
      fc.property(
        fc.uniqueArray(digests, { minLength: 20, maxLength: 20 }),
        fc.array(fc.record({ digest, removes: fc.boolean() }), { maxLength: 200 }),
        (pool, steps) => {
          holdsWhatAMapHolds(steps.map(({ digest: at, removes }) => ({ digest: pool[at] as string, removes })))
        },
      ),
    )
  })

  test('grows, and forgets everything at once', () => {
    const index = new DigestIndex<Value>()
    const all = Array.from({ length: 5_000 }, (_, number) => new Value(testDigest(`number ${number}`)))
    for (const value of all) index.add(value.digest, value)
    for (const value of all) expect(index.get(value.digest)).toBe(value)
    for (const value of all.slice(0, 2_500)) index.remove(value)
    for (const value of all) expect(index.has(value.digest)).toBe(all.indexOf(value) >= 2_500)
    index.clear()
    expect(index.size).toBe(0)
    for (const value of all) expect(index.get(value.digest)).toBeUndefined()
  })

  test('two digests that share all but one bit are two', () => {
    const bytes = Array.from({ length: 32 }, (_, at) => (at * 37) % 256)
    const textOf = (codes: readonly number[]) => String.fromCharCode(...codes)
    const index = new DigestIndex<Value>()
    index.add(textOf(bytes), new Value(''))
    for (let bit = 0; bit < 128; bit++) {
      const other = bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
      expect(index.get(textOf(other))).toBeUndefined()
    }
  })

  test('removing what is not there changes nothing', () => {
    const index = new DigestIndex<Value>()
    const value = new Value('a digest')
    index.add(value.digest, value)
    index.remove(new Value('another digest'))
    expect(index.get(value.digest)).toBe(value)
    expect(index.size).toBe(1)
  })
})

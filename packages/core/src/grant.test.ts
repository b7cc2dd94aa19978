import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compileGrant,
  emptyGrant,
  type Grant,
  isWithin,
  missingPermissions,
  normalizeGrant,
  satisfies,
} from './grant.ts'

// Few words, so that grants often overlap.
const permission = fc
  .tuple(
    fc.constantFrom('a', 'b', 'a.b', 'ab'),
    fc.constantFrom('r', 'w', 'rw'),
    fc.constantFrom('', ':x', ':y', ':xy'),
  )
  .map(([resource, verb, instance]) => `${resource}.${verb}${instance}`)
const grant: fc.Arbitrary<Grant> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Grant>('unrestricted') },
  { weight: 6, arbitrary: fc.array(permission, { maxLength: 8 }).map((permissions) => ({ permissions })) },
)

describe('T14: whole segments only', () => {
  test('a.b satisfies a.b:x, never the reverse, nor what merely begins alike', () => {
    const holds = (held: string, asked: string) => satisfies(compileGrant({ permissions: [held] }), asked)
    expect(holds('a.b', 'a.b')).toBe(true)
    expect(holds('a.b', 'a.b:x')).toBe(true)
    for (const [held, asked] of [
      ['a.b:x', 'a.b'],
      ['a.b:x', 'a.b:xy'],
      ['a.b:xy', 'a.b:x'],
      ['a.b', 'a.bc'],
      ['a.b', 'a.b.c'],
      ['a.b.c', 'a.b'],
      ['a.b', 'a.bc:x'],
      ['a.b', 'aa.b'],
      ['a.b', 'A.b'],
      ['a.b', 'a.B'],
      ['a.b', 'а.b'],
      ['a.b', 'a.b\u200b'],
      ['a.b', ' a.b'],
      ['a.*', 'a.b'],
      ['*', 'a.b'],
      ['a', 'a.b'],
      ['', 'a.b'],
    ] as const) {
      expect(holds(held, asked), `${held} → ${asked}`).toBe(false)
    }
  })

  test('no permission satisfies another one that only continues its text', () => {
    fc.assert(
      fc.property(permission, fc.stringMatching(/^[a-zA-Z0-9._-]{1,5}$/), (held, more) => {
        expect(satisfies(compileGrant({ permissions: [held] }), held + more)).toBe(false)
      }),
    )
  })
})

describe('T15: nothing is nothing', () => {
  test('an empty set grants nothing; only the word grants everything', () => {
    fc.assert(
      fc.property(permission, (asked) => {
        expect(satisfies(compileGrant(emptyGrant), asked)).toBe(false)
        expect(satisfies(compileGrant({ permissions: ['unrestricted'] }), asked)).toBe(false)
        expect(satisfies(compileGrant('unrestricted'), asked)).toBe(true)
      }),
    )
  })
})

describe('child and parent', () => {
  test('isWithin is reflexive and transitive; unrestricted is only within unrestricted', () => {
    fc.assert(
      fc.property(grant, grant, grant, (a, b, c) => {
        expect(isWithin(a, a)).toBe(true)
        if (isWithin(a, b) && isWithin(b, c)) expect(isWithin(a, c)).toBe(true)
        if (a === 'unrestricted') expect(isWithin(a, b)).toBe(b === 'unrestricted')
        expect(isWithin(emptyGrant, a)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  test('what is within holds nothing that the outer one does not (T3), and the reverse: what is not within holds something more', () => {
    const all = ['a', 'b', 'a.b', 'ab'].flatMap((r) =>
      ['r', 'w', 'rw'].flatMap((v) => ['', ':x', ':y', ':xy', ':other'].map((i) => `${r}.${v}${i}`)),
    )
    fc.assert(
      fc.property(grant, grant, (child, parent) => {
        const [inner, outer] = [compileGrant(child), compileGrant(parent)]
        const more = all.some((asked) => satisfies(inner, asked) && !satisfies(outer, asked))
        if (child !== 'unrestricted') expect(more).toBe(!isWithin(child, parent))
        else if (isWithin(child, parent)) expect(more).toBe(false)
      }),
      { numRuns: 1_000 },
    )
  })

  test('what is missing is named, in the order asked', () => {
    const held = compileGrant({ permissions: ['a.r', 'b.w:x'] })
    expect(missingPermissions(held, ['b.w', 'a.r:x', 'b.w:x', 'b.r'])).toEqual(['b.w', 'b.r'])
  })
})

test('normalized grants hold the same, are equal texts where they are equal, and repeat nothing', () => {
  fc.assert(
    fc.property(grant, (given) => {
      const normal = normalizeGrant(given)
      expect(isWithin(normal, given) && isWithin(given, normal)).toBe(true)
      expect(normalizeGrant(normal)).toEqual(normal)
      if (given !== 'unrestricted')
        expect(normalizeGrant({ permissions: [...given.permissions, ...given.permissions].reverse() })).toEqual(normal)
    }),
  )
})

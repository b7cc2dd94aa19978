import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Oldest } from './oldest.ts'

test('what is answered is the oldest that is still there, through additions, removals and clearing', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ add: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.record({ remove: fc.nat(20) }) },
    { weight: 4, arbitrary: fc.constant('take' as const) },
    { weight: 1, arbitrary: fc.constant('clear' as const) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const names = new Set<number>()
      const oldest = new Oldest(names)
      for (const next of steps) {
        if (next === 'clear') names.clear()
        else if (next === 'take') {
          const [expected] = names
          const taken = oldest.next()
          expect(taken).toBe(expected)
          if (taken !== undefined) names.delete(taken)
        } else if ('add' in next) names.add(next.add)
        else names.delete(next.remove)
      }
    }),
    { numRuns: 500 },
  )
})

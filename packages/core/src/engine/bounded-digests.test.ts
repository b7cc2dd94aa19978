import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BoundedDigests } from './bounded-digests.ts'

const max = 5
const digestOf = (number: number): string => String.fromCharCode(number, 255, 255, 255).padEnd(32, 'x')

test('the newest digests are there, as many as there may be, and no others', () => {
  const step = fc.oneof(
    { weight: 30, arbitrary: fc.nat({ max: 9 }) },
    { weight: 1, arbitrary: fc.constant('clear' as const) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const digests = new BoundedDigests(max)
      let model: number[] = []
      for (const asked of steps) {
        if (asked === 'clear') {
          digests.clear()
          model = []
        } else {
          digests.add(digestOf(asked))
          if (!model.includes(asked)) model = [...model, asked].slice(-max)
        }
        for (let number = 0; number < 10; number++) expect(digests.has(digestOf(number))).toBe(model.includes(number))
      }
    }),
  )
})

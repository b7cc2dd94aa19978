import { expect, test } from 'vitest'
import { atMost, comparisonOf, distributionOf, median, percentile } from './measure.ts'

test('a median and percentiles are values that were measured, by nearest rank', () => {
  const values = [9, 1, 5, 3, 7]
  expect(median(values)).toBe(5)
  expect(percentile(values, 0.5)).toBe(5)
  expect(percentile(values, 0.99)).toBe(9)
  expect(percentile(values, 1)).toBe(9)
  expect(percentile(values, 0)).toBe(1)
  expect(median([])).toBeNaN()
})

test('a ratio is the median of the ratios of pairs, not the ratio of medians', () => {
  const comparison = comparisonOf({ name: 'n', unit: 'u', aimRatio: 0.6, rounds: 3 }, [100, 10, 40], [50, 8, 24])
  expect(comparison).toMatchObject({ floor: 40, subject: 24, ratio: 0.6, spread: [0.5, 0.8], aim: '≥ 0.6', met: true })
  expect(comparisonOf({ name: 'n', unit: 'u', aimRatio: 0.61, rounds: 1 }, [10], [6])).toMatchObject({ met: false })
  expect(comparisonOf({ name: 'n', unit: 'u', rounds: 1 }, [10], [6])).toMatchObject({ aim: null, met: null })
})

test('a bound is met up to itself', () => {
  expect(atMost('n', 'ms', 50, 50)).toMatchObject({ met: true, aim: '≤ 50 ms' })
  expect(atMost('n', 'ms', 50.1, 50)).toMatchObject({ met: false })
})

test('a distribution is held to the percentile that its aim names; nothing measured meets nothing', () => {
  const values = Array.from({ length: 200 }, (_, index) => index + 1)
  const about = (of: 'p99' | 'max', bound: number) => ({ name: 'n', unit: 'ms', aim: { of, bound } })
  expect(distributionOf(about('p99', 198), values)).toMatchObject({
    count: 200,
    p50: 100,
    p99: 198,
    max: 200,
    met: true,
  })
  expect(distributionOf(about('max', 199), values)).toMatchObject({ met: false, aim: 'max ≤ 199 ms' })
  expect(distributionOf(about('max', 199), [])).toMatchObject({ count: 0, met: false })
  expect(distributionOf({ name: 'n', unit: 'ms' }, values)).toMatchObject({ aim: null, met: null })
})

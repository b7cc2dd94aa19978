import { describe, expect, test } from 'vitest'
import { usageQuery, usageSeries } from './usage-series.ts'

const nowMs = Date.UTC(2026, 10, 21, 4, 35)
const at = (hoursAgo: number) =>
  new Date(Math.floor(nowMs / 3_600_000) * 3_600_000 - hoursAgo * 3_600_000).toISOString()

describe('the usage of a key', () => {
  test('has a bar for each hour or day, the running one last, also where nothing happened', () => {
    for (const [range, steps, stepMs] of [
      ['24h', 24, 3_600_000],
      ['7d', 7, 86_400_000],
      ['30d', 30, 86_400_000],
    ] as const) {
      const { bars, peak } = usageSeries([], usageQuery(range, nowMs))
      expect(bars).toHaveLength(steps)
      expect(bars.at(-1)?.startMs).toBe(Math.floor(nowMs / stepMs) * stepMs)
      expect(peak).toBeNull()
    }
  })

  test('adds what has one time and outcome under several tags, and keeps accepted and refused apart', () => {
    const { bars, accepted, refused, reasons, peak } = usageSeries(
      [
        { start: at(0), code: 'VALID', tag: 'a', count: 3 },
        { start: at(0), code: 'VALID', tag: 'b', count: 4 },
        { start: at(0), code: 'RATE_LIMITED', tag: '', count: 2 },
        { start: at(5), code: 'EXPIRED', tag: '', count: 5 },
        { start: at(5), code: 'VALID', tag: '', count: 1 },
      ],
      usageQuery('24h', nowMs),
    )
    expect(bars.at(-1)).toMatchObject({ accepted: 7, refused: 2 })
    expect({ accepted, refused }).toEqual({ accepted: 8, refused: 7 })
    expect(reasons).toEqual([
      { code: 'EXPIRED', count: 5 },
      { code: 'RATE_LIMITED', count: 2 },
    ])
    expect(peak?.startMs).toBe(Date.parse(at(0)))
  })

  test('leaves out what lies outside of the range', () => {
    const outside = [
      { start: at(24), code: 'VALID', tag: '', count: 9 },
      { start: at(-1), code: 'VALID', tag: '', count: 9 },
    ]
    expect(usageSeries(outside, usageQuery('24h', nowMs)).accepted).toBe(0)
  })

  test('asks the same within one hour', () => {
    expect(usageQuery('24h', nowMs)).toEqual(usageQuery('24h', nowMs + 60_000))
  })
})

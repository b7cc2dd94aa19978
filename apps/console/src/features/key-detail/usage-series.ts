import type { Usage } from '../../api/records.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** A time over which usage is shown. */
export type UsageRange = '24h' | '7d' | '30d'

/** What is asked of the server for a range, in whole hours or days (UTC), the running one included. */
export interface UsageQuery {
  readonly fromMs: number
  readonly granularity: 'hour' | 'day'
  /** How many hours or days there are. */
  readonly steps: number
}

/** One bar: what began at a time was accepted or refused so often. */
export interface UsageBar {
  readonly startMs: number
  readonly accepted: number
  readonly refused: number
}

/** Usage as it is drawn and told. */
export interface UsageSeries {
  readonly bars: readonly UsageBar[]
  readonly accepted: number
  readonly refused: number
  /** Why requests were refused, most frequent first. */
  readonly reasons: readonly { readonly code: string; readonly count: number }[]
  /** The bar with most requests; `null`: there were none. */
  readonly peak: UsageBar | null
}

/** The hours or days of a range; the same within one hour or day, so that equal questions are asked once. */
export function usageQuery(range: UsageRange, nowMs: number): UsageQuery {
  const stepMs = range === '24h' ? hourMs : dayMs
  const steps = { '24h': 24, '7d': 7, '30d': 30 }[range]
  return {
    fromMs: Math.floor(nowMs / stepMs) * stepMs - (steps - 1) * stepMs,
    granularity: range === '24h' ? 'hour' : 'day',
    steps,
  }
}

/** One bar for each hour or day, also where nothing happened; counts of one time and outcome under several tags are added. */
export function usageSeries(buckets: Usage['buckets'], { fromMs, granularity, steps }: UsageQuery): UsageSeries {
  const stepMs = granularity === 'hour' ? hourMs : dayMs
  const bars = Array.from({ length: steps }, (_, index) => ({
    startMs: fromMs + index * stepMs,
    accepted: 0,
    refused: 0,
  }))
  const reasons = new Map<string, number>()
  for (const { start, code, count } of buckets) {
    const bar = bars[Math.floor((Date.parse(start) - fromMs) / stepMs)]
    if (bar === undefined) continue
    if (code === 'VALID') bar.accepted += count
    else {
      bar.refused += count
      reasons.set(code, (reasons.get(code) ?? 0) + count)
    }
  }
  const sum = (part: 'accepted' | 'refused') => bars.reduce((all, bar) => all + bar[part], 0)
  const peak = bars.reduce((most, bar) => (total(bar) > total(most) ? bar : most), bars[0] ?? nothing)
  return {
    bars,
    accepted: sum('accepted'),
    refused: sum('refused'),
    reasons: [...reasons].map(([code, count]) => ({ code, count })).sort((left, right) => right.count - left.count),
    peak: total(peak) === 0 ? null : peak,
  }
}

const nothing: UsageBar = { startMs: 0, accepted: 0, refused: 0 }

/** All requests of a bar. */
export const total = ({ accepted, refused }: UsageBar): number => accepted + refused

/** The colours of the bars, apart in lightness as well, so that they are told apart without colour and in print. */
export const usageColors = {
  light: { accepted: '#4263eb', refused: '#c92a2a' },
  dark: { accepted: '#748ffc', refused: '#ff8787' },
} as const

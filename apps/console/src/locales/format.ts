import { useMemo } from 'react'
import { useWords } from './words.tsx'

const steps: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]

/** How dates, durations and numbers are written in a language. */
export interface Format {
  /** `5 minutes ago`, `in 3 days`; less than a second counts as one that has passed. */
  readonly relative: (moment: string | number, nowMs?: number) => string
  /** `21 Nov 2026, 04:30:12 UTC+1`. */
  readonly exact: (moment: string | number) => string
  /** `21 Nov 2026, 04:30`, for sentences. */
  readonly moment: (moment: string | number) => string
  /** `04:30`. */
  readonly clock: (moment: string | number) => string
  /** `21 Nov 2026`. */
  readonly day: (moment: string | number) => string
  /** `21 Nov` of the day in UTC, by which usage is counted. */
  readonly countedDay: (startMs: number) => string
  /** `7 days`, `1 hour`; 0 is `0 seconds`. */
  readonly duration: (seconds: number) => string
  /** `minute` of `1 minute`, as in “100 per minute”, but `10 minutes`. */
  readonly window: (seconds: number) => string
  readonly number: (value: number) => string
  /** `12.5%` of a share from 0 to 1. */
  readonly percent: (share: number) => string
  readonly list: (items: readonly string[]) => string
}

const timeOf = (moment: string | number): number => (typeof moment === 'number' ? moment : Date.parse(moment))

/** The person's own kind of a language, such as `en-GB` for `en`: dates and clocks follow the country, words the language. */
const localeOf = (language: string): string =>
  globalThis.navigator?.languages?.find((tag) => tag === language || tag.startsWith(`${language}-`)) ?? language

/** Makes the formats of a language, or of its kind in one country. */
export function formatOf(language: string): Format {
  // “Yesterday” and “last week” would be said by the length of the time, not by the calendar.
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'always' })
  const exact = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' })
  const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
  const clock = new Intl.DateTimeFormat(language, { timeStyle: 'short' })
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium' })
  const countedDay = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: 'UTC' })
  const number = new Intl.NumberFormat(language)
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })
  const list = new Intl.ListFormat(language, { type: 'conjunction' })
  const duration = (seconds: number): string => {
    const [unit, size] = steps.slice(2).find(([, size]) => seconds >= size && seconds % size === 0) ?? ['second', 1]
    const whole = unit === 'week' ? { unit: 'day', count: seconds / 86_400 } : { unit, count: seconds / size }
    return new Intl.NumberFormat(language, { style: 'unit', unit: whole.unit, unitDisplay: 'long' }).format(whole.count)
  }
  return {
    relative: (moment, nowMs = Date.now()) => {
      const apart = (timeOf(moment) - nowMs) / 1_000
      const seconds = Math.abs(apart) < 1 ? -1 : apart
      const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
      return relative.format(Math.round(seconds / size), unit)
    },
    exact: (moment) => exact.format(timeOf(moment)),
    moment: (at) => moment.format(timeOf(at)),
    clock: (at) => clock.format(timeOf(at)),
    day: (moment) => day.format(timeOf(moment)),
    countedDay: (startMs) => countedDay.format(startMs),
    duration,
    window: (seconds) => duration(seconds).replace(/^1\s/u, ''),
    number: (value) => number.format(value),
    percent: (share) => percent.format(share),
    list: (items) => list.format(items),
  }
}

/** The formats of the page's language. */
export function useFormat(): Format {
  const { language } = useWords()
  return useMemo(() => formatOf(localeOf(language)), [language])
}

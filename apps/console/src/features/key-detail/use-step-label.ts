import { useMemo } from 'react'
import { useFormat } from '../../locales/format.ts'
import { useWords } from '../../locales/words.tsx'
import type { UsageQuery } from './usage-series.ts'

/** How an hour or a day of the usage is written; days are those of UTC, in which usage is counted. */
export function useStepLabel({ granularity }: UsageQuery): {
  readonly short: (startMs: number) => string
  readonly long: (startMs: number) => string
  /** The one that is still running. */
  readonly running: string
} {
  const { say } = useWords()
  const format = useFormat()
  return useMemo(() => {
    const isHour = granularity === 'hour'
    return {
      short: isHour ? format.clock : format.countedDay,
      long: isHour ? format.moment : format.countedDay,
      running: say(isHour ? 'keyDetail.usage.now' : 'keyDetail.usage.today'),
    }
  }, [format, granularity, say])
}

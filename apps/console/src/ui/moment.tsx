import { Tooltip } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useFormat } from '../locales/format.ts'
import { useWords } from '../locales/words.tsx'

const tickMs = 15_000

/** A relative time that keeps itself up to date, with the exact one on hover and focus; nothing is `absent`. */
export function Moment({ at, absent }: { readonly at: string | null; readonly absent?: string }) {
  const { say } = useWords()
  const format = useFormat()
  const [, setTick] = useState(0)
  useEffect(() => {
    if (at === null) return
    const timer = setInterval(() => setTick((tick) => tick + 1), tickMs)
    return () => clearInterval(timer)
  }, [at])
  if (at === null) return <span>{absent ?? say('common.never')}</span>
  return (
    <Tooltip label={format.exact(at)}>
      <time dateTime={at} style={{ whiteSpace: 'nowrap' }}>
        {format.relative(at)}
      </time>
    </Tooltip>
  )
}

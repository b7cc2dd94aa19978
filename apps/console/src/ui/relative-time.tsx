import { useCallback, useSyncExternalStore } from 'react'
import { useFormat } from '../locales/format.ts'

const tickMs = 15_000
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined
let nowMs = Date.now()

function tick(): void {
  nowMs = Date.now()
  for (const listener of listeners) listener()
}

/** One clock for all times of a page, however many rows show one. */
function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    nowMs = Date.now()
    timer = setInterval(tick, tickMs)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) clearInterval(timer)
  }
}

/** A text that follows from the time; drawn anew only when the text changes. */
export function useTimed(textAt: (nowMs: number) => string): string {
  return useSyncExternalStore(subscribe, () => textAt(nowMs))
}

/** A relative time for the rows of a long table, cheap to draw; the exact one is its title. */
export function RelativeTime({ at, absent }: { readonly at: string | null; readonly absent: string }) {
  const format = useFormat()
  const textAt = useCallback((now: number) => (at === null ? '' : format.relative(at, now)), [at, format])
  const text = useTimed(textAt)
  if (at === null) return <span>{absent}</span>
  return (
    <time dateTime={at} title={format.exact(at)}>
      {text}
    </time>
  )
}

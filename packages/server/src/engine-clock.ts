import type { EngineClock } from '@keywright/core'
import type { Clock } from './clock.ts'

/** The engine's clock: the given clocks, and waits that keep no process alive. */
export const engineClock = (clock: Clock): EngineClock => ({
  monotonicMs: () => clock.monotonicMs(),
  wallMs: () => clock.wallMs(),
  delay: (ms) => {
    let timer: NodeJS.Timeout | undefined
    const done = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms)
    })
    return { done, cancel: () => clearTimeout(timer) }
  },
})

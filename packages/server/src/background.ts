import type { LineLog } from './log.ts'

/** Work that is done again and again until it is stopped. */
export interface Repeated {
  /** Resolves when the running round, if any, has ended; none begins after it. */
  stop(): Promise<void>
}

/** Does work every so often, one round at a time. A failed round is logged once until one succeeds again. */
export function repeat(name: string, everyMs: number, work: () => Promise<unknown>, log: LineLog): Repeated {
  let running: Promise<void> | null = null
  let failing = false
  const round = async () => {
    try {
      await work()
      if (failing) log.info({ work: name }, 'Background work succeeds again.')
      failing = false
    } catch (error) {
      if (!failing)
        log.error(
          { work: name, reason: error instanceof Error ? error.message : String(error) },
          'Background work fails; it is tried again.',
        )
      failing = true
    }
  }
  const timer = setInterval(() => {
    running ??= round().finally(() => {
      running = null
    })
  }, everyMs)
  timer.unref()
  return {
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}

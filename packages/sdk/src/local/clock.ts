import type { EngineClock } from '@keywright/core'

/** Two clocks and a wait; tests move their own. */
export interface VerifierClock extends EngineClock {
  /** Resolves after some milliseconds; `cancel` lets go of it. What waits in the background does not keep a process running. */
  delay(ms: number, inBackground?: boolean): { readonly done: Promise<void>; cancel(): void }
}

interface UnrefTimer {
  unref(): void
}

const isUnrefTimer = (timer: unknown): timer is UnrefTimer =>
  typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function'

/** Lets a process end although a timer waits: Node and Bun by the timer, Deno by its number. */
function letGo(timer: unknown): void {
  if (isUnrefTimer(timer)) timer.unref()
  else (globalThis as { Deno?: { unrefTimer?(timer: unknown): void } }).Deno?.unrefTimer?.(timer)
}

/** The clocks of the machine. */
export const systemClock: VerifierClock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  delay(ms, inBackground = false) {
    let timer: ReturnType<typeof setTimeout> | undefined
    const done = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms)
    })
    if (inBackground) letGo(timer)
    return { done, cancel: () => clearTimeout(timer) }
  },
}

/** How long to wait after some failures in a row before the next attempt: twice as long each time, up to a bound, less up to a half by chance. */
export const backoffMs = (firstMs: number, mostMs: number, failures: number, random: () => number): number =>
  Math.min(mostMs, firstMs * 2 ** Math.min(failures, 10)) * (0.5 + random() / 2)

/** Work that is done again and again in the background until it is stopped. It must not reject. */
export function repeat(clock: VerifierClock, everyMs: number, firstMs: number, work: () => unknown): () => void {
  let timer = clock.delay(firstMs, true)
  let isStopped = false
  const goOn = async (): Promise<void> => {
    for (;;) {
      await timer.done
      if (isStopped) return
      // However long the work takes, it begins at its times.
      timer = clock.delay(everyMs, true)
      work()
    }
  }
  void goOn()
  return () => {
    isStopped = true
    timer.cancel()
  }
}

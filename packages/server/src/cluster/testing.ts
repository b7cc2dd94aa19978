import type { EngineClock } from '@keywright/core'

/** A clock that stands still until it is told to go on; what waits for it goes on then. */
export interface ManualClock extends EngineClock {
  advance(ms: number): Promise<void>
}

/** Makes such a clock. */
export function manualClock(): ManualClock {
  let nowMs = 1_000
  const waits = new Set<{ readonly atMs: number; readonly go: () => void }>()
  return {
    monotonicMs: () => nowMs,
    wallMs: () => 1_700_000_000_000 + nowMs,
    delay: (ms) => {
      let wait: { readonly atMs: number; readonly go: () => void } | undefined
      const done = new Promise<void>((resolve) => {
        wait = { atMs: nowMs + ms, go: resolve }
        waits.add(wait)
      })
      return { done, cancel: () => void (wait !== undefined && waits.delete(wait)) }
    },
    advance: async (ms) => {
      nowMs += ms
      for (const wait of waits) {
        if (wait.atMs > nowMs) continue
        waits.delete(wait)
        wait.go()
      }
      await settled()
    },
  }
}

/** A message as it arrives after it went through a pipe between two processes. */
export const carried = <Message>(message: Message): Message => JSON.parse(JSON.stringify(message)) as Message

/** Resolves when everything that could go on without time passing has gone on. */
export const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** A turn of the event loop that ends when it is told to. */
export function manualTurn() {
  let works: (() => void)[] = []
  return {
    later: (work: () => void) => void works.push(work),
    end: () => {
      while (works.length > 0) {
        const now = works
        works = []
        for (const work of now) work()
      }
    },
  }
}

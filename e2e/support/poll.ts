import { setTimeout as pause } from 'node:timers/promises'

const everyMs = 20

/** Asks again and again until the answer is there; throws, naming what was waited for, when it is not there in time. */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined | false> | Found | undefined | false,
  withinMs = 10_000,
): Promise<Found> {
  const deadlineMs = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadlineMs) throw new Error(`waited ${withinMs} ms in vain for ${what}`)
    await pause(everyMs)
  }
}

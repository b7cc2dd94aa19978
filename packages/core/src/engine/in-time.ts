import type { EngineClock } from './source.ts'

/** True where work was done within a time in milliseconds, or there was none; a failure or a late answer is false. Never rejects. */
export function inTime(clock: EngineClock, work: Promise<void> | undefined, ms: number): Promise<boolean> {
  if (work === undefined) return Promise.resolve(true)
  return new Promise((resolve) => {
    const timer = clock.delay(Math.max(0, ms))
    const settled = (isDone: boolean) => {
      timer.cancel()
      resolve(isDone)
    }
    work.then(
      () => settled(true),
      () => settled(false),
    )
    void timer.done.then(() => resolve(false))
  })
}

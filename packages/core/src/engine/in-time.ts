import type { EngineClock } from './source.ts'

/** True where work was done within a time in milliseconds; a failure or a late answer is false. Never rejects. */
export async function inTime(clock: EngineClock, work: Promise<void>, ms: number): Promise<boolean> {
  const timer = clock.delay(Math.max(0, ms))
  let isDone = false
  const settled = work.then(
    () => {
      isDone = true
    },
    () => {},
  )
  await Promise.race([settled, timer.done])
  timer.cancel()
  return isDone
}

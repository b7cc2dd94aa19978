const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs

/** A day in milliseconds. */
export const dayMs = 24 * hourMs

/** The waits after the first failure, the second and so on: the schedule that the Standard Webhooks specification recommends, about three days. */
const waitsMs = [
  5 * secondMs,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  24 * hourMs,
]

/** How long to wait after so many failures, up to a tenth longer by `random` (0 to 1), so that what failed together does not come back together; `undefined`: it is given up. */
export function backoffMs(failures: number, random: number): number | undefined {
  const waitMs = waitsMs[failures - 1]
  return waitMs === undefined ? undefined : Math.round(waitMs * (1 + random / 10))
}

/** Time as an argument: a wall clock that people share and a monotonic clock that only measures. */
export interface Clock {
  /** Epoch milliseconds. */
  wallMs(): number
  /** Milliseconds since an arbitrary moment; never goes back. */
  monotonicMs(): number
}

/** The machine's own clocks. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
}

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

/** What knows the time of a store by its newest proof. */
interface ProvedTime {
  readonly state: { readonly ageMs: number }
  storeNowMs(): number
}

/**
 * A clock whose wall time is that of a store which several nodes share, as far as this node has learned it: their own may be minutes apart. Before
 * the first proof it is the node's.
 */
export function storeClock(clock: Clock, engine: ProvedTime): Clock {
  let aheadMs = 0
  return {
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => {
      // While nothing is proved, what was learned last holds.
      if (Number.isFinite(engine.state.ageMs)) aheadMs = engine.storeNowMs() - clock.wallMs()
      return clock.wallMs() + aheadMs
    },
  }
}

import type { Clock } from '../../packages/server/src/clock.ts'

/** What time it is by a test's clock, for whoever keeps it outside of this process: it stands still, or runs so far behind. */
export type TimeElsewhere = { readonly standsAtMs: number } | { readonly behindMs: number }

/** Makes something outside of this process keep the time; `passedMs` is how much of it went by at once. */
type Follower = (time: TimeElsewhere, passedMs: number) => Promise<void>

/** A clock that a test moves, and with it every store that follows. */
export interface MovedClock extends Clock {
  /** Tells the time now, and at every move from now on. */
  follow(follower: Follower): Promise<void>
}

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends MovedClock {
  advance(ms: number): Promise<void>
}

/** Makes a clock that begins at a moment (RFC 3339). */
export function manualClock(at: string): ManualClock {
  const beganMs = Date.parse(at)
  const followers: Follower[] = []
  let passedMs = 0
  const time = () => ({ standsAtMs: beganMs + passedMs })
  return {
    wallMs: () => beganMs + passedMs,
    monotonicMs: () => 1_000 + passedMs,
    follow: async (follower) => {
      followers.push(follower)
      await follower(time(), 0)
    },
    advance: async (ms) => {
      passedMs += ms
      await Promise.all(followers.map((follower) => follower(time(), ms)))
    },
  }
}

/** The machine's own clock, behind by some time until it is told to catch up. */
export interface LateClock extends MovedClock {
  catchUp(): Promise<void>
}

/** Makes a clock that runs as the machine's does, so many milliseconds behind. */
export function lateClock(behindMs: number): LateClock {
  const followers: Follower[] = []
  let lateMs = behindMs
  return {
    wallMs: () => Date.now() - lateMs,
    monotonicMs: () => performance.now() + behindMs - lateMs,
    follow: async (follower) => {
      followers.push(follower)
      await follower({ behindMs: lateMs }, 0)
    },
    catchUp: async () => {
      const passedMs = lateMs
      lateMs = 0
      await Promise.all(followers.map((follower) => follower({ behindMs: 0 }, passedMs)))
    },
  }
}

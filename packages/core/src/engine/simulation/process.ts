import type { EngineClock } from '../source.ts'
import type { World } from './world.ts'

/** When every store and process began, by their wall clocks. */
export const beginningMs = Date.UTC(2026, 10, 20, 12, 0, 0)

/** No timer is shorter, so that waiting again and again lets time pass. */
const shortestMs = 0.1

/**
 * One process: its two clocks, its timers, and whether it runs. Whatever reaches it (an answer, a request, a timer) waits while it is
 * stopped, and is lost once it is dead.
 */
export class SimulatedProcess implements EngineClock {
  readonly name: string
  readonly #world: World
  #wallOffsetMs = beginningMs
  /** How long the machine slept: its monotonic clock stood still meanwhile. */
  #asleepMs = 0
  #sleepsSinceMs: number | null = null
  #isStopped = false
  #isAlive = true
  #waiting: (() => void)[] = []

  constructor(world: World, name: string) {
    this.#world = world
    this.name = name
  }

  get isStopped(): boolean {
    return this.#isStopped
  }
  get isAlive(): boolean {
    return this.#isAlive
  }

  monotonicMs(): number {
    return this.#world.nowMs + 1_000 - this.#asleepMs
  }

  wallMs(): number {
    return this.#world.nowMs + this.#wallOffsetMs
  }

  delay(ms: number): { readonly done: Promise<void>; cancel(): void } {
    const { promise, resolve } = Promise.withResolvers<void>()
    let isCancelled = false
    const wait = (leftMs: number): void => {
      const asleepMs = this.#asleepMs
      this.#world.after(leftMs, () => {
        if (isCancelled) return false
        return this.deliver(() => {
          if (isCancelled) return
          const standsMs = this.#asleepMs - asleepMs
          if (standsMs > 0) wait(standsMs)
          else resolve()
        })
      })
    }
    wait(Math.max(ms, shortestMs))
    return {
      done: promise,
      cancel: () => {
        isCancelled = true
      },
    }
  }

  /** Runs something in this process: now, or once it goes on. True where it ran. */
  deliver(run: () => void): boolean {
    if (!this.#isAlive) return false
    if (this.#isStopped) this.#waiting.push(run)
    else run()
    return !this.#isStopped
  }

  /** SIGSTOP: nothing runs any more, while both clocks go on. */
  stop(): void {
    this.#isStopped = true
  }

  /** SIGCONT: everything that came meanwhile arrives at once, in any order. */
  resume(): void {
    if (!this.#isStopped) return
    this.#isStopped = false
    if (this.#sleepsSinceMs !== null) this.#asleepMs += this.#world.nowMs - this.#sleepsSinceMs
    this.#sleepsSinceMs = null
    const waiting = this.#waiting
    this.#waiting = []
    while (waiting.length > 0)
      this.deliver(waiting.splice(this.#world.random.below(waiting.length), 1)[0] as () => void)
  }

  /** The machine sleeps: until it goes on, the monotonic clock stands still. */
  sleep(): void {
    this.stop()
    this.#sleepsSinceMs = this.#world.nowMs
  }

  /** Sets the wall clock forward or back by milliseconds. */
  setWall(byMs: number): void {
    this.#wallOffsetMs += byMs
  }

  /** The process is gone, and with it all that it was about to do. */
  kill(): void {
    this.#isAlive = false
    this.#waiting = []
  }
}

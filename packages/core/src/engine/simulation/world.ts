import { seeded } from '../testing.ts'

/** Lets everything run that waits for no time; given by the test, since core has no platform. */
export type Drain = () => Promise<void>

interface Event {
  readonly atMs: number
  readonly order: number
  /** False: nothing happened, so that nothing has to be waited for. */
  readonly run: () => boolean
}

const isBefore = (a: Event, b: Event): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

/** True time, what will happen when, and every draw of chance: all of it follows from one seed. */
export class World {
  readonly random: ReturnType<typeof seeded>
  /** True time, milliseconds since the beginning. */
  nowMs = 0
  /** While false, nothing is lost, late or broken any more. */
  isHostile = true
  /** What happened, oldest first; kept only where somebody wants to read it. */
  readonly trace: string[] = []
  readonly #drain: Drain
  readonly #isTraced: boolean
  readonly #events: Event[] = []
  #order = 0

  constructor(seed: number, drain: Drain, isTraced: boolean) {
    this.random = seeded(seed)
    this.#drain = drain
    this.#isTraced = isTraced
  }

  /** Notes what happened; the text is made only where it is kept. */
  note(text: () => string): void {
    if (this.#isTraced) this.trace.push(`${this.nowMs.toFixed(1).padStart(8)} ${text()}`)
  }

  /** Lets something happen after a time in milliseconds. */
  after(ms: number, run: () => boolean): void {
    const event = { atMs: this.nowMs + Math.max(0, ms), order: this.#order++, run }
    const events = this.#events
    let at = events.push(event) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = events[above] as Event
      if (isBefore(parent, event)) break
      events[at] = parent
      at = above
    }
    events[at] = event
  }

  /** Lets a time in milliseconds pass, event by event, with all that follows from each before the next. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms
    for (let next = this.#events[0]; next !== undefined && next.atMs <= untilMs; next = this.#events[0]) {
      this.#takeFirst()
      this.nowMs = next.atMs
      if (next.run()) await this.#drain()
    }
    this.nowMs = untilMs
  }

  /** Whether something with a chance between 0 and 1 happens. */
  happens(chance: number): boolean {
    return this.random.next() < chance
  }

  /** One of several, each as likely. */
  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new Error('there is nothing to pick from')
    return items[this.random.below(items.length)] as Item
  }

  #takeFirst(): void {
    const events = this.#events
    const last = events.pop() as Event
    if (events.length === 0) return
    let at = 0
    for (;;) {
      let below = at * 2 + 1
      if (below >= events.length) break
      if (below + 1 < events.length && isBefore(events[below + 1] as Event, events[below] as Event)) below++
      if (isBefore(last, events[below] as Event)) break
      events[at] = events[below] as Event
      at = below
    }
    events[at] = last
  }
}

import { addCounters } from './counters.ts'
import type { MetricValues, ToWorker } from './wire.ts'

type Put = (message: ToWorker) => void

/** A wait that can be let go of. */
interface Wait {
  readonly done: Promise<void>
  cancel(): void
}

interface Gathering {
  readonly missing: Set<number>
  readonly end: () => void
}

/** Gathers the metrics of all workers for the one that was asked. One that does not answer in time counts as it stood the last time. */
export class MetricsGathering {
  readonly #delay: (ms: number) => Wait
  readonly #waitMs: number
  readonly #latest = new Map<number, readonly MetricValues[]>()
  readonly #running = new Map<number, Gathering>()
  #departed: readonly MetricValues[] = []
  #number = 0

  constructor(delay: (ms: number) => Wait, waitMs: number) {
    this.#delay = delay
    this.#waitMs = waitMs
  }

  /** Asks the others for theirs, and resolves with everybody's but the asker's own, and what those who are gone had counted. */
  async gather(
    asker: number,
    own: readonly MetricValues[],
    others: ReadonlyMap<number, Put>,
  ): Promise<readonly (readonly MetricValues[])[]> {
    this.#latest.set(asker, own)
    await this.#ask(others)
    const known = [...this.#latest].filter(([worker]) => worker !== asker).map(([, values]) => values)
    return [...known, this.#departed]
  }

  /** Takes the answer of one worker. */
  measured(worker: number, number: number, values: readonly MetricValues[]): void {
    this.#latest.set(worker, values)
    this.#strike(worker, (running) => running === number)
  }

  /** Keeps what a worker counted when it is gone, as far as it is known. */
  left(worker: number, last: readonly MetricValues[] | undefined): void {
    const values = last ?? this.#latest.get(worker)
    if (values !== undefined) this.#departed = addCounters(this.#departed, values)
    this.#latest.delete(worker)
    this.#strike(worker, () => true)
  }

  async #ask(others: ReadonlyMap<number, Put>): Promise<void> {
    if (others.size === 0) return
    const number = ++this.#number
    const wait = this.#delay(this.#waitMs)
    const answered = new Promise<void>((resolve) => {
      this.#running.set(number, { missing: new Set(others.keys()), end: resolve })
    })
    for (const put of others.values()) put(['measure', number])
    await Promise.race([answered, wait.done])
    wait.cancel()
    this.#running.delete(number)
  }

  #strike(worker: number, concerns: (number: number) => boolean): void {
    for (const [number, { missing, end }] of this.#running) {
      if (concerns(number) && missing.delete(worker) && missing.size === 0) end()
    }
  }
}

import type { EngineLimiter, Position } from '@keywright/core'
import type { Gossip, Told } from '../gossip.ts'
import { AskedLimiter } from './asked-limiter.ts'
import { Post } from './post.ts'
import { Touches } from './touches.ts'
import type { MetricValues, Served, Start, ToPrimary, TouchedMessage, ToWorker } from './wire.ts'

/** How long others count as watching after they last said so, in milliseconds, and how often they say it. */
const watchedElsewhereMs = 180_000
const sayWatchingEveryMs = 30_000

/** What a worker does when it is told to. */
export interface Orders {
  /** Another worker has committed a change. */
  wake(position: Position): void
  /** This one leads from now on, or the one that it leads has lost another: what was left half done is to be finished. */
  lead(): void
}

/** What a worker is connected with. */
export interface LinkParts {
  readonly send: (batch: readonly ToPrimary[]) => void
  readonly monotonicMs: () => number
  /** A whole number on a clock that all processes of the machine share. */
  readonly mark: () => number
  /** Does work when the turn of the event loop is over. */
  readonly later?: (work: () => void) => void
}

/** A worker's end of the line to the primary, and through it to the other workers. */
export class WorkerLink {
  readonly limiter: EngineLimiter
  readonly gossip: Gossip
  readonly stopped: Promise<void>
  /** Resolves when the primary is gone. */
  readonly isLost: Promise<void>
  readonly #parts: LinkParts
  readonly #post: Post<ToPrimary>
  readonly #asked: AskedLimiter
  readonly #touches: Touches
  readonly #listeners = new Map<string, (told: Told) => void>()
  readonly #measures = new Map<number, (all: readonly (readonly MetricValues[])[]) => void>()
  #begin: (start: Start) => void = () => {}
  #stop: () => void = () => {}
  #lose: () => void = () => {}
  #orders: Orders | undefined
  #measure: (() => Promise<readonly MetricValues[]>) | undefined
  #touched: (message: TouchedMessage) => void = () => {}
  #isLead = false
  #wasLost = false
  #asks = 0
  #watchedUntilMs = Number.NEGATIVE_INFINITY
  #saidWatchingMs = Number.NEGATIVE_INFINITY

  constructor(parts: LinkParts) {
    const later = parts.later ?? ((work) => void setImmediate(work))
    this.#parts = parts
    this.#post = new Post(parts.send, later)
    const put = (message: ToPrimary) => this.#post.put(message)
    this.#asked = new AskedLimiter(put)
    this.#touches = new Touches(put, later)
    this.limiter = this.#asked
    this.gossip = {
      tell: (topic, told) => put(['told', topic, told]),
      hear: (topic, listener) => void this.#listeners.set(topic, listener),
    }
    this.stopped = new Promise((resolve) => {
      this.#stop = resolve
    })
    this.isLost = new Promise((resolve) => {
      this.#lose = resolve
    })
  }

  /** Whether this worker does what only one may do. */
  get isLead(): boolean {
    return this.#isLead
  }

  /** Says hello; resolves with what the primary says to begin with. */
  hello(): Promise<Start> {
    return new Promise((resolve) => {
      this.#begin = resolve
      this.#post.put(['hello'])
    })
  }

  /** Says that this worker serves, and follows orders from now on. */
  serves(served: Served, orders: Orders, measure: () => Promise<readonly MetricValues[]>): void {
    this.#orders = orders
    this.#measure = measure
    this.#post.put(['serves', served])
  }

  /** Says that this worker goes on. */
  beat(): void {
    this.#post.put(['beat'])
  }

  /** Says why this worker cannot serve, in one sentence. */
  refuses(sentence: string): void {
    this.#post.put(['refused', sentence])
    this.#post.flush()
  }

  /** Says that this worker has ended by itself, and what it had counted. */
  leaves(values: readonly MetricValues[]): void {
    this.#isLead = false
    this.#post.put(['leaves', values])
    this.#post.flush()
  }

  /** Tells the others that a change was committed here. */
  committed(position: Position): void {
    this.#post.put(['committed', position])
    // The answer to the change follows closely: the others are to know before.
    this.#post.flush()
  }

  /** The metrics of all workers, of which these are the own ones, and of those who are gone. */
  measureAll(own: readonly MetricValues[]): Promise<readonly (readonly MetricValues[])[]> {
    if (this.#wasLost) return Promise.resolve([own])
    return new Promise((resolve) => {
      const number = ++this.#asks
      this.#measures.set(number, (others) => resolve([own, ...others]))
      this.#post.put(['measure-all', number, own])
    })
  }

  /** How pages that wait for changes of an account hear of the other workers. */
  pulseRelay(process: string) {
    const { monotonicMs, mark } = this.#parts
    return {
      process,
      mark,
      isWatchedElsewhere: () => monotonicMs() < this.#watchedUntilMs,
      watching: () => this.#sayWatching(),
      touched: (accountId: string, what: TouchedMessage[1], at: number) => this.#touches.add(accountId, what, at),
      hear: (listener: (accountIds: readonly string[] | null, what: TouchedMessage[1], at: number) => void) => {
        this.#touched = ([, what, accountIds, at]) => listener(accountIds, what, at)
      },
    }
  }

  receive(batch: readonly ToWorker[]): void {
    for (const message of batch) this.#receive(message)
  }

  /** The primary is gone. */
  lose(): void {
    this.#wasLost = true
    this.#isLead = false
    this.#asked.lose()
    for (const answer of this.#measures.values()) answer([])
    this.#measures.clear()
    this.#lose()
  }

  #receive(message: ToWorker): void {
    switch (message[0]) {
      case 'taken':
      case 'given-back':
        this.#asked.answered(message)
        break
      case 'committed':
        this.#orders?.wake(message[1])
        break
      case 'told':
        this.#listeners.get(message[1])?.(message[2])
        break
      case 'touched':
        this.#touched(message)
        break
      case 'watching':
        this.#watchedUntilMs = this.#parts.monotonicMs() + watchedElsewhereMs
        break
      case 'measure':
        void this.#answerMeasure(message[1])
        break
      case 'all-measured':
        this.#measures.get(message[1])?.(message[2])
        this.#measures.delete(message[1])
        break
      case 'begin':
        this.#begin(message[1])
        break
      case 'lead':
        this.#isLead = true
        this.#orders?.lead()
        break
      case 'stop':
        this.#stop()
        break
    }
  }

  async #answerMeasure(number: number): Promise<void> {
    const values = await this.#measure?.().catch(() => undefined)
    if (values !== undefined) this.#post.put(['measured', number, values])
  }

  #sayWatching(): void {
    const nowMs = this.#parts.monotonicMs()
    if (nowMs - this.#saidWatchingMs < sayWatchingEveryMs) return
    this.#saidWatchingMs = nowMs
    this.#post.put(['watching'])
  }
}

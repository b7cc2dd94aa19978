import type { Change, Position } from '../event.ts'
import { inTime } from './in-time.ts'
import { PassedPlaces } from './passed.ts'
import type { EngineClock, EngineSource, Head } from './source.ts'

/** How often a failed read of the head is tried again while a check waits. */
const retryMs = 50
/** A read that has not answered for so long is no longer waited for; if it answers after all, it still counts from when it was sent. */
export const abandonMs = 2_000
/** More rounds than any backlog needs; past it the source is broken. */
const roundsMax = 10_000
/** Reads until a position is reached; all but the first two, of which one may have been sent too early, wait in between. */
const catchUpRoundsMax = 40

/** What freshness tells the memory. */
export interface FreshnessListener {
  /** Entries of the log, contiguous after those applied before. */
  applied(changes: readonly Change[]): void
  /** Nothing that was remembered counts any more: forget everything. A new past begins at `position`, where one is known. */
  began(position: Position | null): void
  /** Everything through a position of the log, another one than before, is applied. */
  moved?(position: Position): void
}

/**
 * How old a memory is, proved by reads of the log's head. A proof counts from when its request was sent, less the age of the answering
 * side's own proof; elapsed time is the larger of the monotonic and the wall clock.
 */
export class Freshness {
  readonly #clock: EngineClock
  readonly #source: EngineSource
  readonly #listener: FreshnessListener
  readonly #places = new PassedPlaces()
  #position: Position | null = null
  #timesForgotten = 0
  #provedMonotonicMs = Number.NEGATIVE_INFINITY
  #provedWallMs = Number.NEGATIVE_INFINITY
  #storeTimeMs = 0
  #flight: Promise<void> | null = null
  #flightSentMs = Number.NEGATIVE_INFINITY
  #failing = false

  constructor(clock: EngineClock, source: EngineSource, listener: FreshnessListener) {
    this.#clock = clock
    this.#source = source
    this.#listener = listener
  }

  /** The place of the log through which everything is applied; `null` before the first proof. */
  get position(): Position | null {
    return this.#position
  }

  /**
   * Whether everything through a place of the log is applied; false also where the place is of another past, `undefined` where only number and
   * epoch say so, since the place went by unseen.
   */
  passed(place: Position): boolean | undefined {
    const position = this.#position
    if (position === null || position.epoch !== place.epoch || position.number < place.number) return false
    return this.#places.has(place)
  }

  /** Whether a place of the log is the very one through which everything is applied. */
  isAt({ epoch, number, hash }: Position): boolean {
    const position = this.#position
    return position !== null && position.number === number && position.hash === hash && position.epoch === epoch
  }

  /** Milliseconds since the proof; `Infinity` without one. */
  ageMs(monotonicMs: number): number {
    const monotonic = monotonicMs - this.#provedMonotonicMs
    const wall = this.#clock.wallMs() - this.#provedWallMs
    return monotonic > wall ? monotonic : wall
  }

  /** The store's time in whole milliseconds, ahead of the truth by at most the proof's round trip: what ends never ends late. */
  storeNowMs(ageMs: number): number {
    return Math.ceil(this.#storeTimeMs + ageMs)
  }

  /** Whether the newest read that came to an end was a failure. */
  get failing(): boolean {
    return this.#failing
  }

  /** Reads the head once, together with whoever asks meanwhile, and applies what is new. Rejects where the source does. */
  read(): Promise<void> {
    const nowMs = this.#clock.monotonicMs()
    if (this.#flight !== null && nowMs - this.#flightSentMs < abandonMs) return this.#flight
    const flight: Promise<void> = this.#readAll().then(
      () => this.#ended(flight, false),
      (error: unknown) => {
        this.#ended(flight, true)
        throw error
      },
    )
    this.#flight = flight
    this.#flightSentMs = nowMs
    return flight
  }

  /** Reads the head again in the background, where the newest read is some time ago. */
  retry(): void {
    if (this.#clock.monotonicMs() - this.#flightSentMs >= retryMs) this.read().catch(() => {})
  }

  /**
   * Resolves when everything through a position is applied, or memory is in another past. A read that was sent before may not have seen it;
   * then another is sent. So it is for a place that went by unseen: a read that was sent since has to continue from here.
   */
  async catchUp(target: Position): Promise<void> {
    for (let round = 0; round < catchUpRoundsMax; round++) {
      const passed = this.passed(target)
      if (passed === true || (passed === undefined && round >= 2)) return
      if (round >= 2) await this.#clock.delay(retryMs).done
      await this.read()
      // A log of another past never reaches the target; what was remembered is already forgotten. The first read may have been sent before
      // the target's own past began.
      if (round > 0 && this.#isElsewhere(target)) return
    }
    throw new Error('the log does not reach the position that was answered')
  }

  /** Waits for a proof not older than `withinMs`, `waitMs` at most; false where there is none by then. */
  async prove(withinMs: number, waitMs: number): Promise<boolean> {
    const deadlineMs = this.#clock.monotonicMs() + waitMs
    for (;;) {
      const leftMs = deadlineMs - this.#clock.monotonicMs()
      await inTime(this.#clock, this.read(), leftMs)
      const nowMs = this.#clock.monotonicMs()
      if (this.ageMs(nowMs) <= withinMs) return true
      if (nowMs >= deadlineMs) return false
      await this.#clock.delay(Math.min(retryMs, deadlineMs - nowMs)).done
    }
  }

  /** Takes back the proof and the past: nothing is answered from memory before the next read. */
  forget(): void {
    this.#timesForgotten++
    this.#position = null
    this.#provedMonotonicMs = Number.NEGATIVE_INFINITY
    this.#provedWallMs = Number.NEGATIVE_INFINITY
    this.#begin(null)
  }

  #begin(position: Position | null): void {
    this.#places.restart()
    this.#listener.began(position)
  }

  #ended(flight: Promise<void>, failed: boolean): void {
    if (this.#flight !== flight) return
    this.#flight = null
    this.#failing = failed
  }

  /** Whether memory is in another past than a place. */
  #isElsewhere(place: Position): boolean {
    const position = this.#position
    if (position === null) return false
    return position.epoch !== place.epoch || this.#places.has(place) === false
  }

  async #readAll(): Promise<void> {
    for (let round = 0; round < roundsMax; round++) {
      const sentMonotonicMs = this.#clock.monotonicMs()
      const sentWallMs = this.#clock.wallMs()
      const after = this.#position
      const timesForgotten = this.#timesForgotten
      const head = await this.#source.head(after)
      // Meanwhile everything was forgotten: the answer continues a past that is gone.
      if (this.#position !== after || this.#timesForgotten !== timesForgotten) continue
      const begins = after === null || head.reset || !leadsFrom(after, head)
      if (begins) this.#begin(head.position)
      else if (head.changes.length > 0) this.#listener.applied(head.changes)
      for (const { number, hash } of head.changes) if (hash !== undefined) this.#places.add(number, hash)
      this.#places.add(head.position.number, head.position.hash)
      this.#position = head.position
      // An abandoned read that answers late must not take a newer proof back.
      if (head.complete && sentMonotonicMs - head.ageMs >= this.#provedMonotonicMs) {
        this.#provedMonotonicMs = sentMonotonicMs - head.ageMs
        this.#provedWallMs = sentWallMs - head.ageMs
        // The store's time is that of the answer, not of the proof that the answering side had.
        this.#storeTimeMs = head.storeTimeMs - head.ageMs
      }
      if (begins || head.changes.length > 0) this.#listener.moved?.(head.position)
      if (head.complete) return
    }
    throw new Error('the log grows faster than it can be read')
  }
}

/** Whether the changes of an answer lead from a position to the answer's, without a gap or a way back; anything else proves nothing of the past. */
const leadsFrom = (after: Position, { position, changes }: Head): boolean =>
  after.epoch === position.epoch &&
  after.number + changes.length === position.number &&
  changes.every(({ number }, index) => number === after.number + index + 1)

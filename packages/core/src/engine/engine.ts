import type { CheckRequest, Decision } from '../decision.ts'
import type { Position } from '../event.ts'
import { isKeyText, keyBytesMax } from '../key-text.ts'
import type { EngineConfig } from './config.ts'
import type { Freshness } from './freshness.ts'
import { inTime } from './in-time.ts'
import { type Elsewhere, Judge } from './judge.ts'
import { Knowledge, roundsMax } from './knowledge.ts'
import { LimitsTaken } from './limits-taken.ts'
import type { Memory, MemoryBounds } from './memory.ts'
import { type Batch, Recorder, type RecorderOptions } from './recorder.ts'
import type { EngineClock, EngineMissGuard, EngineSource } from './source.ts'
import { KeyDecision, unavailable } from './verdict.ts'

export interface EngineOptions {
  readonly config: EngineConfig
  readonly source: EngineSource
  /** Where checks take what is not counted in this memory alone. */
  readonly elsewhere: Elsewhere
  readonly clock: EngineClock
  /** A one-way function of a presented text, salted at random for this process (one-shot SHA-256 over salt and text). */
  readonly digest: (text: string) => string
  /** A memory older than this is not used. */
  readonly freshnessMs: number
  /** How long beyond `freshnessMs` a memory may answer while the source cannot be reached; 0: never. */
  readonly graceMs: number
  readonly bounds: MemoryBounds
  readonly recorder: RecorderOptions
  /** Absent: nobody is slowed down. */
  readonly missGuard?: EngineMissGuard | undefined
  /** Told whenever memory has applied the log through another position; it does little and never throws. Absent: nobody is told. */
  readonly onApplied?: ((position: Position) => void) | undefined
}

/** Where an engine's memory stands. */
export interface EngineState {
  readonly position: Position | null
  readonly ageMs: number
  readonly keys: number
  readonly atStake: number
  /** Checks that could not be counted, since what waited to be handed over had reached its bound. */
  readonly uncounted: number
}

/**
 * The checking engine: answers from memory while that memory is proved fresh, else after one read. It runs in the adopter's own process as it
 * is; a server's is a {@link NodeEngine}.
 */
export class Engine {
  readonly recorder: Recorder
  protected readonly knowledge: Knowledge
  readonly #options: EngineOptions
  // Of the knowledge, at hand for the hit.
  readonly #memory: Memory
  readonly #freshness: Freshness
  readonly #judge: Judge

  constructor(options: EngineOptions) {
    const { config, clock } = options
    const limits = new LimitsTaken(config)
    this.#options = options
    this.recorder = new Recorder(options.recorder)
    this.knowledge = new Knowledge(options, (entry) => limits.keyLeft(entry, clock.monotonicMs()))
    this.#memory = this.knowledge.memory
    this.#freshness = this.knowledge.freshness
    this.#judge = new Judge(options, this.knowledge, limits, this.recorder)
  }

  /** The verdict on one presented key: at once where memory is fresh and knows it, else by a promise. Never throws, never rejects. */
  verify(request: CheckRequest): Decision | Promise<Decision> {
    const text = request.key
    const { clock, freshnessMs } = this.#options
    const nowMs = clock.monotonicMs()
    const ageMs = this.#freshness.ageMs(nowMs)
    if (text.length > keyBytesMax) return this.#judge.refuseUnknown('MALFORMED', request, ageMs)
    const digest = this.#options.digest(text)
    if (ageMs > freshnessMs) {
      return isKeyText(text)
        ? this.#verifyLater(digest, request)
        : this.#judge.refuseUnknown('MALFORMED', request, ageMs)
    }
    const entry = this.#memory.keys.get(digest)
    // Only the texts of keys lead to an entry: what is found needs no second look at its shape.
    if (entry !== undefined && this.knowledge.hasAccount(entry)) {
      entry.referenced = true
      return this.#judge.judge(entry, request, nowMs, ageMs)
    }
    if (!isKeyText(text)) return this.#judge.refuseUnknown('MALFORMED', request, ageMs)
    if (entry === undefined && this.#memory.isUnknown(digest))
      return this.#judge.refuseUnknown('NOT_FOUND', request, ageMs)
    return entry === undefined ? this.#verifyUnread(digest, request, ageMs) : this.#verifyLater(digest, request)
  }

  /** Reads the log's head and applies what is new; call it several times within `freshnessMs`. Rejects where the source does. */
  refresh(): Promise<void> {
    return this.#freshness.read()
  }

  /** Catches up with a position that someone else has seen. It only wakes: what fails here is made good by the next proof. */
  wake(position: Position): void {
    // A place that went by unseen is no news.
    if (this.#freshness.passed(position) !== undefined) this.#freshness.catchUp(position).catch(() => {})
  }

  /** Hands over usage until nothing is left to hand over at the time of the call; rejects where `store` does, losing nothing. */
  async flush(store: (batch: Batch) => Promise<unknown>): Promise<void> {
    for (let left = this.recorder.atStake; left > 0; ) {
      const stored = await this.recorder.flush(store)
      if (stored === 0) return
      left -= stored
    }
    // What was gathered meanwhile goes along: a stop calls this once.
    if (this.recorder.atStake > 0) await this.recorder.flush(store)
  }

  /**
   * Forgets everything that is remembered of keys and accounts, such as when the configuration is another one: nothing is
   * answered from memory before the next proof. What was taken of limits and what was recorded stay.
   */
  forget(): void {
    this.knowledge.freshness.forget()
  }

  /** Where memory stands, for readiness and metrics. */
  get state(): EngineState {
    return {
      position: this.#freshness.position,
      ageMs: this.#freshness.ageMs(this.#options.clock.monotonicMs()),
      keys: this.#memory.keyCount,
      atStake: this.recorder.atStake,
      uncounted: this.recorder.uncounted,
    }
  }

  /** The verdict on a text that fresh memory does not know: at once where the source answers at once. */
  #verifyUnread(digest: string, request: CheckRequest, ageMs: number): Decision | Promise<Decision> {
    const waiting = this.#waiting(request, ageMs)
    if (waiting !== undefined) return waiting
    const loading = this.knowledge.loader.key(digest, request.key)
    if (loading !== undefined) return this.#verifyLater(digest, request, loading)
    return this.#verdictOnKnown(digest, request, true) ?? this.#verifyLater(digest, request)
  }

  async #verifyLater(digest: string, request: CheckRequest, loading?: Promise<void>): Promise<Decision> {
    const { clock, freshnessMs } = this.#options
    const deadlineMs = clock.monotonicMs() + freshnessMs
    if (loading !== undefined && !(await inTime(clock, loading, freshnessMs))) return unavailable(freshnessMs)
    for (let round = loading === undefined ? 0 : 1; round < roundsMax; round++) {
      const known = this.#verdictOnKnown(digest, request, round > 0)
      if (known !== undefined) return known
      const ageMs = this.#freshness.ageMs(clock.monotonicMs())
      if (this.#isUnderGrace(digest, ageMs)) return this.#judgeUnderGrace(digest, request)
      // A key that memory holds is not looked up anew because of others at its address.
      if (round === 0 && !this.#memory.keys.has(digest)) {
        const waiting = this.#waiting(request, ageMs)
        if (waiting !== undefined) return waiting
      }
      const learned = await this.knowledge.learnKey(digest, request.key, deadlineMs)
      if (learned === 'unproved') return this.#judgeUnderGrace(digest, request)
      if (learned === 'late') return unavailable(freshnessMs)
    }
    return unavailable(freshnessMs)
  }

  /** The verdict where fresh memory knows of the text; `hasRead`: it was read for this check, so that no key counts as a miss. */
  #verdictOnKnown(digest: string, request: CheckRequest, hasRead: boolean): Decision | Promise<Decision> | undefined {
    const { clock, missGuard } = this.#options
    const known = this.knowledge.key(digest)
    if (known === undefined) return undefined
    const nowMs = clock.monotonicMs()
    const ageMs = this.#freshness.ageMs(nowMs)
    if (known !== 'unknown') return this.#judge.judge(known, request, nowMs, ageMs)
    if (missGuard !== undefined && request.ip !== undefined && hasRead) missGuard.missed(request.ip)
    return this.#judge.refuseUnknown('NOT_FOUND', request, ageMs)
  }

  /** The refusal of an address that presented too many unknown texts to have another one looked up. */
  #waiting(request: CheckRequest, ageMs: number): Decision | undefined {
    const { missGuard } = this.#options
    if (missGuard === undefined || request.ip === undefined) return undefined
    const waitMs = missGuard.waitMs(request.ip)
    return waitMs > 0 ? this.#judge.refuseMiss(request, ageMs, waitMs) : undefined
  }

  /** Whether an operator's bounded grace lets memory answer at once, since the source is known to fail; it is tried again meanwhile. */
  #isUnderGrace(digest: string, ageMs: number): boolean {
    const { freshnessMs, graceMs } = this.#options
    if (graceMs === 0 || !this.#freshness.failing || ageMs <= freshnessMs || ageMs > freshnessMs + graceMs) return false
    this.#freshness.retry()
    return this.#memory.keys.has(digest)
  }

  /** Without a proof, only an operator's bounded grace lets memory answer, and the answer says how old it is. */
  async #judgeUnderGrace(digest: string, request: CheckRequest): Promise<Decision> {
    const { clock, freshnessMs, graceMs } = this.#options
    const nowMs = clock.monotonicMs()
    const ageMs = this.#freshness.ageMs(nowMs)
    const entry = this.#memory.keys.get(digest)
    if (graceMs === 0 || ageMs > freshnessMs + graceMs || entry === undefined || !this.knowledge.hasAccount(entry))
      return unavailable(freshnessMs)
    const decision = await this.#judge.judge(entry, request, nowMs, ageMs)
    return decision instanceof KeyDecision ? decision.stale(Math.round(ageMs)) : decision
  }
}

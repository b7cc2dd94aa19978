import { decide, missingOf, type Outcome } from '../decide.ts'
import type { CheckRequest, Code, Decision } from '../decision.ts'
import type { EngineConfig } from './config.ts'
import type { KeyEntry } from './entry.ts'
import { type Knowledge, roundsMax } from './knowledge.ts'
import type { LimitsTaken } from './limits-taken.ts'
import type { Bucket } from './rates.ts'
import type { Recorder } from './recorder.ts'
import type { EngineClock } from './source.ts'
import { KeyDecision, type LimitView, malformed, missesLimited, notFound } from './verdict.ts'

/** What a judge works with. */
export interface JudgeOptions {
  readonly config: EngineConfig
  readonly clock: EngineClock
  readonly digest: (text: string) => string
  readonly freshnessMs: number
  readonly elsewhere: Elsewhere
}

/** Where checks take what is not counted in this memory alone: quotas, and limits that several engines count together. */
export interface Elsewhere {
  /** The verdict of a check that takes something there; `null`: whatever it takes is counted here. It never rejects. */
  ask(judge: Judge, entry: KeyEntry, request: CheckRequest, nowMs: number, storeNowMs: number): Promise<Decision> | null
}

/** What is known of a key at a moment. */
export interface Seen {
  readonly entry: KeyEntry | undefined
  readonly nowMs: number
  readonly ageMs: number
  readonly storeNowMs: number
}

/** Judges keys that are in memory: the verdict, then limits and quota, then the record of it. */
export class Judge {
  readonly limits: LimitsTaken
  readonly #options: JudgeOptions
  readonly #elsewhere: Elsewhere
  readonly #permissions: ReadonlySet<string>
  readonly #knowledge: Knowledge
  readonly #recorder: Recorder

  constructor(options: JudgeOptions, knowledge: Knowledge, limits: LimitsTaken, recorder: Recorder) {
    this.#options = options
    this.#elsewhere = options.elsewhere
    this.#permissions = options.config.permissions
    this.#knowledge = knowledge
    this.limits = limits
    this.#recorder = recorder
  }

  /** The verdict on a key whose account is known, at a monotonic time and an age of the proof in milliseconds; whatever has to be asked for makes it a promise. */
  judge(entry: KeyEntry, request: CheckRequest, nowMs: number, ageMs: number): Decision | Promise<Decision> {
    const storeNowMs = this.#knowledge.freshness.storeNowMs(ageMs)
    const code = decide(entry, entry.account, request, this.#permissions, storeNowMs, 'not-asked')
    if (code !== 'VALID') return this.#refuse(entry, code, request, storeNowMs, null, null, nowMs)
    if (storeNowMs >= entry.rates.untilMs) this.limits.refresh(entry, storeNowMs)
    const asked = this.#elsewhere.ask(this, entry, request, nowMs, storeNowMs)
    if (asked !== null) return asked
    const own = this.limits.ofLineage(entry, nowMs)
    const shared = this.limits.ofAccount(entry, nowMs)
    const cost = request.cost ?? 1
    // Written so that a cost that is not a number does not pass for none.
    if (!(cost <= 0)) {
      if ((own !== null && !own.admits(nowMs, cost)) || (shared !== null && !shared.admits(nowMs, cost))) {
        return this.#rateLimited(entry, request, own, shared, nowMs, storeNowMs)
      }
      if (own !== null) own.take(nowMs, cost)
      if (shared !== null) shared.take(nowMs, cost)
    }
    return this.accept(entry, request, own, shared, nowMs, storeNowMs)
  }

  /** The verdict where no key answers for the presented text. */
  refuseUnknown(code: 'MALFORMED' | 'NOT_FOUND', request: CheckRequest, ageMs: number): Decision {
    this.#recorder.refused(code, request.ip, this.#knowledge.storeNowMs(ageMs))
    return code === 'MALFORMED' ? malformed : notFound
  }

  /** The verdict on an address that presented too many unknown texts to have another one looked up. */
  refuseMiss(request: CheckRequest, ageMs: number, waitMs: number): Decision {
    this.#recorder.refused('RATE_LIMITED', request.ip, this.#knowledge.storeNowMs(ageMs))
    return missesLimited(waitMs)
  }

  /** The verdict on a check that takes all that it has to, and the record of it. */
  accept(
    entry: KeyEntry,
    request: CheckRequest,
    own: LimitView | null,
    shared: LimitView | null,
    nowMs: number,
    storeNowMs: number,
  ): Decision {
    if (request.tag === undefined) this.#recorder.accepted(entry, request, storeNowMs)
    else this.#recorder.checked(entry.id, 'VALID', request, storeNowMs)
    return new KeyDecision(entry, 'VALID', null, null, own, shared, nowMs)
  }

  #refuse(
    entry: KeyEntry,
    code: Code,
    request: CheckRequest,
    storeNowMs: number,
    own: LimitView | null,
    shared: LimitView | null,
    nowMs: number,
    retryAfterMs: number | null = null,
  ): Decision {
    this.#recorder.checked(entry.id, code, request, storeNowMs)
    return this.refusal(entry, code, request, nowMs, own, shared, retryAfterMs)
  }

  /** The verdict on a check that is refused, without a record of it. */
  refusal(
    entry: KeyEntry,
    code: Code,
    request: CheckRequest,
    nowMs: number,
    own: LimitView | null = null,
    shared: LimitView | null = null,
    retryAfterMs: number | null = null,
  ): Decision {
    const missing =
      code === 'INSUFFICIENT_PERMISSION' ? missingOf(entry.grant, request.permissions ?? [], this.#permissions) : null
    return new KeyDecision(entry, code, missing, retryAfterMs, own, shared, nowMs)
  }

  #rateLimited(
    entry: KeyEntry,
    request: CheckRequest,
    own: Bucket | null,
    shared: Bucket | null,
    nowMs: number,
    storeNowMs: number,
  ): Decision {
    const cost = request.cost ?? 1
    const ownWaitMs = own === null ? 0 : own.retryAfterMs(nowMs, cost)
    const sharedWaitMs = shared === null ? 0 : shared.retryAfterMs(nowMs, cost)
    const longest = ownWaitMs === null || sharedWaitMs === null ? null : Math.max(ownWaitMs, sharedWaitMs)
    const code = decide(entry, entry.account, request, this.#permissions, storeNowMs, 'rate-limited')
    return this.#refuse(entry, code, request, storeNowMs, own, shared, nowMs, longest)
  }

  /** What is known of a key after a wait, learned anew where it has changed; `null` where that cannot be proved. */
  async lookAgain(request: CheckRequest): Promise<Seen | null> {
    const { clock, freshnessMs } = this.#options
    const digest = this.#options.digest(request.key)
    const deadlineMs = clock.monotonicMs() + freshnessMs
    let known = this.#knowledge.key(digest)
    for (let round = 0; known === undefined && round < roundsMax; round++) {
      if ((await this.#knowledge.learnKey(digest, request.key, deadlineMs)) !== 'learned') return null
      known = this.#knowledge.key(digest)
    }
    if (known === undefined) return null
    const nowMs = clock.monotonicMs()
    const ageMs = this.#knowledge.freshness.ageMs(nowMs)
    const storeNowMs = this.#knowledge.freshness.storeNowMs(ageMs)
    return { entry: known === 'unknown' ? undefined : known, nowMs, ageMs, storeNowMs }
  }

  /** The code of a check after a wait, with what was taken in between. */
  codeOf({ entry, storeNowMs }: Seen, request: CheckRequest, outcome: Outcome): Code {
    return decide(entry, entry?.account, request, this.#permissions, storeNowMs, outcome)
  }

  /** The verdict on a check that is refused after a wait, and the record of it. */
  refuseAfterAll(
    { entry, nowMs, ageMs, storeNowMs }: Seen,
    code: Code,
    request: CheckRequest,
    own: LimitView | null,
    shared: LimitView | null,
    retryAfterMs: number | null,
  ): Decision {
    if (entry === undefined) return this.refuseUnknown('NOT_FOUND', request, ageMs)
    return this.#refuse(entry, code, request, storeNowMs, own, shared, nowMs, retryAfterMs)
  }
}

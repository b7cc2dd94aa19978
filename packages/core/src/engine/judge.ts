import { decide, missingOf } from '../decide.ts'
import type { CheckRequest, Code, Decision } from '../decision.ts'
import type { EngineConfig } from './config.ts'
import type { KeyEntry } from './entry.ts'
import { type Knowledge, roundsMax } from './knowledge.ts'
import type { LimitsTaken } from './limits-taken.ts'
import type { QuotaDesk } from './quota-desk.ts'
import type { Bucket } from './rates.ts'
import type { Recorder } from './recorder.ts'
import type { EngineClock, EngineQuotaRequest } from './source.ts'
import { KeyDecision, malformed, notFound, unavailable } from './verdict.ts'

/** What a judge works with. */
export interface JudgeOptions {
  readonly config: EngineConfig
  readonly clock: EngineClock
  readonly freshnessMs: number
}

/** Judges keys that are in memory: the verdict, then limits and quota, then the record of it. */
export class Judge {
  readonly #options: JudgeOptions
  readonly #permissions: ReadonlySet<string>
  readonly #knowledge: Knowledge
  readonly #limits: LimitsTaken
  readonly #quotas: QuotaDesk
  readonly #recorder: Recorder

  constructor(options: JudgeOptions, knowledge: Knowledge, limits: LimitsTaken, quotas: QuotaDesk, recorder: Recorder) {
    this.#options = options
    this.#permissions = options.config.permissions
    this.#knowledge = knowledge
    this.#limits = limits
    this.#quotas = quotas
    this.#recorder = recorder
  }

  /** The verdict on a key whose account is known, at a monotonic time and an age of the proof in milliseconds; a quota makes it a promise. */
  judge(entry: KeyEntry, request: CheckRequest, nowMs: number, ageMs: number): Decision | Promise<Decision> {
    const storeNowMs = this.#knowledge.freshness.storeNowMs(ageMs)
    const code = decide(entry, entry.account, request, this.#permissions, storeNowMs, 'not-asked')
    if (code !== 'VALID') return this.#refuse(entry, code, request, storeNowMs, null, null, nowMs)
    if (storeNowMs >= entry.rates.untilMs) this.#limits.refresh(entry, storeNowMs)
    const own = this.#limits.ofLineage(entry, nowMs)
    const shared = this.#limits.ofAccount(entry, nowMs)
    const cost = request.cost ?? 1
    // Written so that a cost that is not a number does not pass for none.
    if (!(cost <= 0)) {
      if ((own !== null && !own.admits(nowMs, cost)) || (shared !== null && !shared.admits(nowMs, cost))) {
        return this.#rateLimited(entry, request, own, shared, nowMs, storeNowMs)
      }
      const quota = entry.quotaAt(storeNowMs)
      if (quota !== null) {
        const take = { lineageId: entry.lineageId, quota, cost, atMs: storeNowMs }
        return this.#withQuota(entry, request, take, own, shared)
      }
      if (own !== null) own.take(nowMs, cost)
      if (shared !== null) shared.take(nowMs, cost)
    }
    return this.#accept(entry, request, own, shared, nowMs, storeNowMs)
  }

  /** The verdict where no key answers for the presented text. */
  refuseUnknown(code: 'MALFORMED' | 'NOT_FOUND', request: CheckRequest, ageMs: number): Decision {
    this.#recorder.refused(code, request.ip, this.#knowledge.storeNowMs(ageMs))
    return code === 'MALFORMED' ? malformed : notFound
  }

  #accept(
    entry: KeyEntry,
    request: CheckRequest,
    own: Bucket | null,
    shared: Bucket | null,
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
    own: Bucket | null,
    shared: Bucket | null,
    nowMs: number,
    retryAfterMs: number | null = null,
  ): Decision {
    this.#recorder.checked(entry.id, code, request, storeNowMs)
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

  /** Limits are held while the quota is asked and the key is looked at again, and taken only with the verdict. */
  async #withQuota(
    first: KeyEntry,
    request: CheckRequest,
    take: EngineQuotaRequest,
    own: Bucket | null,
    shared: Bucket | null,
  ): Promise<Decision> {
    const { clock, freshnessMs } = this.#options
    const { cost } = take
    own?.hold(cost)
    shared?.hold(cost)
    const answer = await this.#quotas.take(take)
    const deadlineMs = clock.monotonicMs() + freshnessMs
    let known = this.#knowledge.key(first.digest)
    for (let round = 0; answer !== undefined && known === undefined && round < roundsMax; round++) {
      if ((await this.#knowledge.learnKey(first.digest, request.key, deadlineMs)) !== 'learned') break
      known = this.#knowledge.key(first.digest)
    }
    own?.letGo(cost)
    shared?.letGo(cost)
    if (answer === undefined || known === undefined) {
      if (answer?.taken) await this.#quotas.giveBack(take)
      return unavailable(freshnessMs)
    }
    const nowMs = clock.monotonicMs()
    const ageMs = this.#knowledge.freshness.ageMs(nowMs)
    const storeNowMs = this.#knowledge.freshness.storeNowMs(ageMs)
    const entry = known === 'unknown' ? undefined : known
    const outcome = answer.taken ? 'taken' : 'quota-exceeded'
    const code = decide(entry, entry?.account, request, this.#permissions, storeNowMs, outcome)
    if (code === 'VALID' && entry !== undefined) {
      own?.take(nowMs, cost)
      shared?.take(nowMs, cost)
      return this.#accept(entry, request, own, shared, nowMs, storeNowMs)
    }
    if (answer.taken) await this.#quotas.giveBack(take)
    if (entry === undefined) return this.refuseUnknown('NOT_FOUND', request, ageMs)
    const retryAfterMs =
      code === 'QUOTA_EXCEEDED' && answer.resetsAtMs !== null ? Math.max(0, answer.resetsAtMs - storeNowMs) : null
    return this.#refuse(entry, code, request, storeNowMs, own, shared, nowMs, retryAfterMs)
  }
}

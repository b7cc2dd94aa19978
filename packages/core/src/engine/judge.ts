import type { Quota } from '../config/types.ts'
import { decide, missingOf, type Outcome } from '../decide.ts'
import type { CheckRequest, Code, Decision } from '../decision.ts'
import type { EngineConfig } from './config.ts'
import type { KeyEntry } from './entry.ts'
import { type Knowledge, roundsMax } from './knowledge.ts'
import type { LimiterDesk } from './limiter-desk.ts'
import type { LimitsTaken } from './limits-taken.ts'
import type { QuotaDesk } from './quota-desk.ts'
import { type Bucket, noRates } from './rates.ts'
import type { Recorder } from './recorder.ts'
import type { EngineClock, EngineDelegate, EngineLimiter, EngineLimitRequest } from './source.ts'
import { KeyDecision, type LimitView, malformed, missesLimited, notFound, unavailable } from './verdict.ts'

/** What a judge works with. */
export interface JudgeOptions {
  readonly config: EngineConfig
  readonly clock: EngineClock
  readonly digest: (text: string) => string
  readonly freshnessMs: number
  /** Absent: limits are counted here alone. */
  readonly limiter?: EngineLimiter | undefined
  /** Present: quotas, and limits where they are exact, are asked there together with the verdict. */
  readonly delegate?: EngineDelegate | undefined
  readonly exactLimits?: boolean | undefined
}

/** What is known of a key at a moment. */
interface Seen {
  readonly entry: KeyEntry | undefined
  readonly nowMs: number
  readonly ageMs: number
  readonly storeNowMs: number
}

/** Judges keys that are in memory: the verdict, then limits and quota, then the record of it. */
export class Judge {
  readonly #options: JudgeOptions
  readonly #permissions: ReadonlySet<string>
  readonly #knowledge: Knowledge
  readonly #limits: LimitsTaken
  readonly #quotas: QuotaDesk
  readonly #limiters: LimiterDesk
  readonly #recorder: Recorder
  /** Whether anything may have to be asked for besides quotas. */
  readonly #asks: boolean

  constructor(
    options: JudgeOptions,
    knowledge: Knowledge,
    limits: LimitsTaken,
    { quotas, limiters }: { readonly quotas: QuotaDesk; readonly limiters: LimiterDesk },
    recorder: Recorder,
  ) {
    this.#options = options
    this.#limiters = limiters
    this.#asks = options.limiter !== undefined || options.delegate !== undefined
    this.#permissions = options.config.permissions
    this.#knowledge = knowledge
    this.#limits = limits
    this.#quotas = quotas
    this.#recorder = recorder
  }

  /** The verdict on a key whose account is known, at a monotonic time and an age of the proof in milliseconds; whatever has to be asked for makes it a promise. */
  judge(entry: KeyEntry, request: CheckRequest, nowMs: number, ageMs: number): Decision | Promise<Decision> {
    const storeNowMs = this.#knowledge.freshness.storeNowMs(ageMs)
    const code = decide(entry, entry.account, request, this.#permissions, storeNowMs, 'not-asked')
    if (code !== 'VALID') return this.#refuse(entry, code, request, storeNowMs, null, null, nowMs)
    if (storeNowMs >= entry.rates.untilMs) this.#limits.refresh(entry, storeNowMs)
    const cost = request.cost ?? 1
    if (this.#asks) {
      const asked = this.#ask(entry, request, cost, storeNowMs)
      if (asked !== null) return asked
    }
    const own = this.#limits.ofLineage(entry, nowMs)
    const shared = this.#limits.ofAccount(entry, nowMs)
    // Written so that a cost that is not a number does not pass for none.
    if (!(cost <= 0)) {
      if ((own !== null && !own.admits(nowMs, cost)) || (shared !== null && !shared.admits(nowMs, cost))) {
        return this.#rateLimited(entry, request, own, shared, nowMs, storeNowMs)
      }
      const quota = entry.quotaAt(storeNowMs)
      if (quota !== null) return this.#withQuota(entry, request, quota, own, shared, storeNowMs)
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

  /** The verdict on an address that presented too many unknown texts to have another one looked up. */
  refuseMiss(request: CheckRequest, ageMs: number, waitMs: number): Decision {
    this.#recorder.refused('RATE_LIMITED', request.ip, this.#knowledge.storeNowMs(ageMs))
    return missesLimited(waitMs)
  }

  /** What is counted elsewhere is asked for; `null`: everything that this check takes is counted here. */
  #ask(entry: KeyEntry, request: CheckRequest, cost: number, storeNowMs: number): Promise<Decision> | null {
    const { delegate, limiter, exactLimits } = this.#options
    const quota = cost <= 0 ? null : entry.quotaAt(storeNowMs)
    const { own, shared } = entry.rates
    const isLimited = own !== noRates || shared !== noRates
    if (delegate !== undefined) {
      const asks = quota !== null || (exactLimits === true && isLimited)
      return asks && !(cost <= 0) ? this.#delegated(request, delegate) : null
    }
    if (limiter === undefined || !isLimited) return null
    return this.#withLimiter(entry, request, quota, limiter, storeNowMs)
  }

  #accept(
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
    return this.#refusal(entry, code, request, own, shared, nowMs, retryAfterMs)
  }

  #refusal(
    entry: KeyEntry,
    code: Code,
    request: CheckRequest,
    own: LimitView | null,
    shared: LimitView | null,
    nowMs: number,
    retryAfterMs: number | null,
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

  /** Limits are held while the quota is asked and the key is looked at again, and taken only with the verdict. */
  async #withQuota(
    first: KeyEntry,
    request: CheckRequest,
    quota: Quota,
    own: Bucket | null,
    shared: Bucket | null,
    askedAtMs: number,
  ): Promise<Decision> {
    const cost = request.cost ?? 1
    const take = { lineageId: first.lineageId, quota, cost, atMs: askedAtMs }
    own?.hold(cost)
    shared?.hold(cost)
    const answer = await this.#quotas.take(take)
    const seen = answer === undefined ? null : await this.#lookAgain(request)
    own?.letGo(cost)
    shared?.letGo(cost)
    if (answer === undefined || seen === null) {
      if (answer?.taken) await this.#quotas.giveBack(take)
      return unavailable(this.#options.freshnessMs)
    }
    const { entry, nowMs, storeNowMs } = seen
    const code = this.#codeOf(seen, request, answer.taken ? 'taken' : 'quota-exceeded')
    if (code === 'VALID' && entry !== undefined) {
      own?.take(nowMs, cost)
      shared?.take(nowMs, cost)
      return this.#accept(entry, request, own, shared, nowMs, storeNowMs)
    }
    if (answer.taken) await this.#quotas.giveBack(take)
    return this.#refuseAfterAll(seen, code, request, own, shared, resetMsOf(code, answer.resetsAtMs, storeNowMs))
  }

  /** Limits are taken where several engines count together, then the quota; a refusal gives everything back. */
  async #withLimiter(
    first: KeyEntry,
    request: CheckRequest,
    quota: Quota | null,
    limiter: EngineLimiter,
    askedAtMs: number,
  ): Promise<Decision> {
    const cost = request.cost ?? 1
    const { own, shared } = first.rates
    const owners: EngineLimitRequest[] = []
    if (own !== noRates) owners.push({ owner: first.lineageId, rates: own })
    if (shared !== noRates) owners.push({ owner: first.account.id, rates: shared })
    const limits = await this.#limiters.take(limiter, owners, cost)
    const take = quota === null || !limits?.taken ? null : { lineageId: first.lineageId, quota, cost, atMs: askedAtMs }
    const counted = take === null ? null : await this.#quotas.take(take)
    const giveBack = async () => {
      if (take !== null && counted?.taken) await this.#quotas.giveBack(take)
      if (limits?.taken && cost > 0) await this.#limiters.giveBack(limiter, owners, cost)
    }
    const seen = limits === undefined || counted === undefined ? null : await this.#lookAgain(request)
    if (limits === undefined || counted === undefined || seen === null) {
      await giveBack()
      return unavailable(this.#options.freshnessMs)
    }
    const { entry, nowMs, storeNowMs } = seen
    const outcome = !limits.taken ? 'rate-limited' : counted?.taken === false ? 'quota-exceeded' : 'taken'
    const code = this.#codeOf(seen, request, outcome)
    const view = { states: () => limits.states }
    if (code === 'VALID' && entry !== undefined) return this.#accept(entry, request, view, null, nowMs, storeNowMs)
    await giveBack()
    const retryAfterMs =
      code === 'RATE_LIMITED' ? limits.retryAfterMs : resetMsOf(code, counted?.resetsAtMs ?? null, storeNowMs)
    return this.#refuseAfterAll(seen, code, request, view, null, retryAfterMs)
  }

  /**
   * Another engine gives the whole verdict and records it; what it accepts has to hold here, too, at the time when its answer is there. What
   * does not is refused without another record: the check is counted already.
   */
  async #delegated(request: CheckRequest, delegate: EngineDelegate): Promise<Decision> {
    const decision = await delegate(request)
    if (!decision.valid) return decision
    const seen = await this.#lookAgain(request)
    if (seen === null) return unavailable(this.#options.freshnessMs)
    const code = this.#codeOf(seen, request, 'taken')
    if (code === 'VALID') return decision
    const { entry, nowMs } = seen
    return entry === undefined ? notFound : this.#refusal(entry, code, request, null, null, nowMs, null)
  }

  /** What is known of a key after a wait, learned anew where it has changed; `null` where that cannot be proved. */
  async #lookAgain(request: CheckRequest): Promise<Seen | null> {
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

  #codeOf({ entry, storeNowMs }: Seen, request: CheckRequest, outcome: Outcome): Code {
    return decide(entry, entry?.account, request, this.#permissions, storeNowMs, outcome)
  }

  #refuseAfterAll(
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

const resetMsOf = (code: Code, resetsAtMs: number | null, storeNowMs: number): number | null =>
  code === 'QUOTA_EXCEEDED' && resetsAtMs !== null ? Math.max(0, resetsAtMs - storeNowMs) : null

import type { Quota } from '../config/types.ts'
import type { CheckRequest, Code, Decision } from '../decision.ts'
import type { KeyEntry } from './entry.ts'
import type { Elsewhere, Judge } from './judge.ts'
import { LimiterDesk } from './limiter-desk.ts'
import { QuotaDesk } from './quota-desk.ts'
import { noRates } from './rates.ts'
import type { EngineClock, EngineLimiter, EngineLimitRequest, EngineQuotas } from './source.ts'
import { unavailable } from './verdict.ts'

/** What takings work with. */
export interface TakingsOptions {
  readonly quotas: EngineQuotas
  readonly clock: EngineClock
  readonly freshnessMs: number
  /** Where limits are counted together with other engines; absent: here alone. */
  readonly limiter?: EngineLimiter | undefined
}

/** A node takes quotas at the store, and limits where several nodes count together. */
export class Takings implements Elsewhere {
  readonly quotas: QuotaDesk
  readonly limiters: LimiterDesk
  readonly #limiter: EngineLimiter | undefined
  readonly #waitMs: number

  constructor({ quotas, clock, freshnessMs, limiter }: TakingsOptions) {
    this.quotas = new QuotaDesk(quotas, clock, freshnessMs)
    this.limiters = new LimiterDesk(clock, freshnessMs)
    this.#limiter = limiter
    this.#waitMs = freshnessMs
  }

  ask(
    judge: Judge,
    entry: KeyEntry,
    request: CheckRequest,
    nowMs: number,
    storeNowMs: number,
  ): Promise<Decision> | null {
    const quota = (request.cost ?? 1) <= 0 ? null : entry.quotaAt(storeNowMs)
    const { own, shared } = entry.rates
    if (this.#limiter !== undefined && (own !== noRates || shared !== noRates))
      return this.#withLimiter(judge, entry, request, quota, this.#limiter, storeNowMs)
    return quota === null ? null : this.#withQuota(judge, entry, request, quota, nowMs, storeNowMs)
  }

  /** `null` where limits refuse already. Else they are held while the quota is asked and the key is looked at again, and taken only with the verdict. */
  #withQuota(
    judge: Judge,
    first: KeyEntry,
    request: CheckRequest,
    quota: Quota,
    askedAtMs: number,
    askedAtStoreMs: number,
  ): Promise<Decision> | null {
    const cost = request.cost ?? 1
    const own = judge.limits.ofLineage(first, askedAtMs)
    const shared = judge.limits.ofAccount(first, askedAtMs)
    if (own?.admits(askedAtMs, cost) === false || shared?.admits(askedAtMs, cost) === false) return null
    const take = { lineageId: first.lineageId, quota, cost, atMs: askedAtStoreMs }
    const verdict = async (): Promise<Decision> => {
      own?.hold(cost)
      shared?.hold(cost)
      const answer = await this.quotas.take(take)
      const seen = answer === undefined ? null : await judge.lookAgain(request)
      own?.letGo(cost)
      shared?.letGo(cost)
      if (answer === undefined || seen === null) {
        if (answer?.taken) await this.quotas.giveBack(take)
        return unavailable(this.#waitMs)
      }
      const { entry, nowMs, storeNowMs } = seen
      const code = judge.codeOf(seen, request, answer.taken ? 'taken' : 'quota-exceeded')
      if (code === 'VALID' && entry !== undefined) {
        own?.take(nowMs, cost)
        shared?.take(nowMs, cost)
        return judge.accept(entry, request, own, shared, nowMs, storeNowMs)
      }
      if (answer.taken) await this.quotas.giveBack(take)
      return judge.refuseAfterAll(seen, code, request, own, shared, resetMsOf(code, answer.resetsAtMs, storeNowMs))
    }
    return verdict()
  }

  /** Limits are taken where several engines count together, then the quota; a refusal gives everything back. */
  async #withLimiter(
    judge: Judge,
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
    const limits = await this.limiters.take(limiter, owners, cost)
    const take = quota === null || !limits?.taken ? null : { lineageId: first.lineageId, quota, cost, atMs: askedAtMs }
    const counted = take === null ? null : await this.quotas.take(take)
    const giveBack = async () => {
      if (take !== null && counted?.taken) await this.quotas.giveBack(take)
      if (limits?.taken && cost > 0) await this.limiters.giveBack(limiter, owners, cost)
    }
    const seen = limits === undefined || counted === undefined ? null : await judge.lookAgain(request)
    if (limits === undefined || counted === undefined || seen === null) {
      await giveBack()
      return unavailable(this.#waitMs)
    }
    const { entry, nowMs, storeNowMs } = seen
    const outcome = !limits.taken ? 'rate-limited' : counted?.taken === false ? 'quota-exceeded' : 'taken'
    const code = judge.codeOf(seen, request, outcome)
    const view = { states: () => limits.states }
    if (code === 'VALID' && entry !== undefined) return judge.accept(entry, request, view, null, nowMs, storeNowMs)
    await giveBack()
    const retryAfterMs =
      code === 'RATE_LIMITED' ? limits.retryAfterMs : resetMsOf(code, counted?.resetsAtMs ?? null, storeNowMs)
    return judge.refuseAfterAll(seen, code, request, view, null, retryAfterMs)
  }
}

const resetMsOf = (code: Code, resetsAtMs: number | null, storeNowMs: number): number | null =>
  code === 'QUOTA_EXCEEDED' && resetsAtMs !== null ? Math.max(0, resetsAtMs - storeNowMs) : null

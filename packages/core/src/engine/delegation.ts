import type { CheckRequest, Decision } from '../decision.ts'
import type { KeyEntry } from './entry.ts'
import type { Elsewhere, Judge } from './judge.ts'
import { noRates } from './rates.ts'
import { notFound, unavailable } from './verdict.ts'

/** Asks another engine for the whole verdict on a check. It never rejects: what cannot be had is `UNAVAILABLE`. */
export type EngineDelegate = (request: CheckRequest) => Promise<Decision>

/** Another engine takes quotas, and limits where they are to be exact: it is asked for the whole verdict. */
export class Delegation implements Elsewhere {
  readonly #delegate: EngineDelegate
  readonly #exactLimits: boolean
  readonly #waitMs: number

  /** `waitMs` is what an `UNAVAILABLE` of its own says of when to try again. */
  constructor(delegate: EngineDelegate, exactLimits: boolean, waitMs: number) {
    this.#delegate = delegate
    this.#exactLimits = exactLimits
    this.#waitMs = waitMs
  }

  ask(
    judge: Judge,
    entry: KeyEntry,
    request: CheckRequest,
    _nowMs: number,
    storeNowMs: number,
  ): Promise<Decision> | null {
    if ((request.cost ?? 1) <= 0) return null
    const { own, shared } = entry.rates
    const asks = (this.#exactLimits && (own !== noRates || shared !== noRates)) || entry.quotaAt(storeNowMs) !== null
    return asks ? this.#verdict(judge, request) : null
  }

  /**
   * The other engine records its verdict; what it accepts has to hold here, too, at the time when its answer is there. What does not is
   * refused without another record: the check is counted already.
   */
  async #verdict(judge: Judge, request: CheckRequest): Promise<Decision> {
    const decision = await this.#delegate(request)
    if (!decision.valid) return decision
    const seen = await judge.lookAgain(request)
    if (seen === null) return unavailable(this.#waitMs)
    const code = judge.codeOf(seen, request, 'taken')
    if (code === 'VALID') return decision
    return seen.entry === undefined ? notFound : judge.refusal(seen.entry, code, request, seen.nowMs)
  }
}

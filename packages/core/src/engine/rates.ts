import type { Limit } from '../config/types.ts'
import type { LimitState } from '../decision.ts'
import { compileLimit, limitStateOf, type Rate, retryAfterOf, takeRate } from '../limit.ts'
import { Equals } from './equals.ts'

/** The limits in force for a key; equal ones share one set. */
export type RateSet = readonly Rate[]

export const noRates: RateSet = []

/** Keeps one compiled set for each different list of limits. */
export class RateSets {
  readonly #sets = new Equals<readonly Limit[], RateSet>((limits) => limits.map(compileLimit))

  of(limits: readonly Limit[]): RateSet {
    return limits.length === 0 ? noRates : this.#sets.of(limits)
  }
}

/** An arrival time of a bucket that was never used. */
const untaken = 0
/** An arrival time is kept as how many of these many milliseconds, and the rest in units of a quarter of a nanosecond: two small integers. */
const highMs = 256
const lowPerMs = 2 ** 22
const nothingAside: readonly Taken[] = []

interface Taken {
  readonly rate: Rate
  readonly tatMs: number
}

/** What a lineage, or an account, has taken of its limits: one arrival time (TAT, monotonic milliseconds) for each. */
export class Bucket {
  #rates: RateSet
  // Of the first limit; few have more. A double would lie elsewhere in memory, which costs a hit more than putting the two together.
  #tatHigh = 0
  #tatLow = 0
  #moreTatsMs: number[] | null
  /** Units that are held while a quota is asked. They count as taken until they are. */
  #held = 0
  /** What was taken of limits that were in force before, or are for another key of the lineage, while it counts. */
  #aside = nothingAside

  constructor(rates: RateSet) {
    this.#rates = rates
    this.#moreTatsMs = rates.length > 1 ? rates.slice(1).map(() => untaken) : null
  }

  #firstTat(): number {
    return this.#tatHigh * highMs + this.#tatLow / lowPerMs
  }

  #setFirstTat(tatMs: number): void {
    const high = Math.floor(tatMs / highMs)
    this.#tatHigh = high
    this.#tatLow = Math.round((tatMs - high * highMs) * lowPerMs)
  }

  #tat(index: number): number {
    return index === 0 ? this.#firstTat() : ((this.#moreTatsMs as number[])[index - 1] as number)
  }

  /** The TAT as it is once what is held is taken. */
  #tatWithHeld(index: number, nowMs: number): number {
    const tat = this.#tat(index)
    return this.#held === 0 ? tat : Math.max(tat, nowMs) + this.#held * (this.#rates[index] as Rate).emissionMs
  }

  /** Goes over to other limits. Limits of the same name keep how many units were taken, but never refuse for longer than when all is used. */
  follow(rates: RateSet, nowMs: number): void {
    if (rates === this.#rates) return
    if (rates.length === this.#rates.length && rates.every((rate, index) => isSame(rate, this.#rates[index] as Rate))) {
      this.#rates = rates
      return
    }
    const taken = [...this.#rates.map((rate, index) => ({ rate, tatMs: this.#tat(index) })), ...this.#aside]
    const counting = taken.filter(({ tatMs }) => tatMs > nowMs)
    const tats = rates.map((rate) => Math.max(untaken, ...counting.map((before) => convert(before, rate, nowMs))))
    this.#rates = rates
    this.#setFirstTat(tats[0] ?? untaken)
    this.#moreTatsMs = tats.length > 1 ? tats.slice(1) : null
    const aside = counting.filter(
      ({ rate, tatMs }, index) =>
        !rates.some((now) => isSame(now, rate)) &&
        !counting.some(
          (other, at) => isSame(other.rate, rate) && (other.tatMs > tatMs || (other.tatMs === tatMs && at < index)),
        ),
    )
    this.#aside = aside.length === 0 ? nothingAside : aside
  }

  /** Goes on where another one stood. */
  takeOver(other: Bucket): void {
    this.#rates = other.#rates
    this.#tatHigh = other.#tatHigh
    this.#tatLow = other.#tatLow
    this.#moreTatsMs = other.#moreTatsMs
    this.#held = other.#held
    this.#aside = other.#aside
  }

  /** Whether units are held for checks that are under way. */
  get isHeld(): boolean {
    return this.#held !== 0
  }

  /** Whether all limits admit the cost; nothing is taken. */
  admits(nowMs: number, cost: number): boolean {
    const rates = this.#rates
    const units = cost + this.#held
    for (let index = 0; index < rates.length; index++) {
      if (takeRate(rates[index] as Rate, this.#tat(index), nowMs, units) === undefined) return false
    }
    return true
  }

  /** Takes the cost from all limits, after `admits`; a negative one is given back: never more than counts as taken, since time has given back the rest. */
  take(nowMs: number, cost: number): void {
    const rates = this.#rates
    if (rates.length === 0) return
    const first = this.#firstTat()
    this.#setFirstTat((first > nowMs ? first : nowMs) + cost * (rates[0] as Rate).emissionMs)
    for (let index = 1; index < rates.length; index++) {
      const more = this.#moreTatsMs as number[]
      const tat = more[index - 1] as number
      more[index - 1] = (tat > nowMs ? tat : nowMs) + cost * (rates[index] as Rate).emissionMs
    }
  }

  /** Holds the cost, after `admits`, until it is let go and perhaps taken. */
  hold(cost: number): void {
    this.#held += cost
  }

  /** Lets go of what was held, as if it had never been asked for. */
  letGo(cost: number): void {
    // Costs may be fractions, whose sums do not come back to 0 exactly.
    const left = this.#held - cost
    this.#held = left > 1e-6 ? left : 0
  }

  /** Whether nothing that was taken still counts, so that forgetting the bucket gains nobody anything. */
  isSettled(nowMs: number): boolean {
    return (
      this.#held === 0 &&
      this.#rates.every((_, index) => this.#tat(index) <= nowMs) &&
      this.#aside.every(({ tatMs }) => tatMs <= nowMs)
    )
  }

  /** The longest wait of any limit for a cost; 0: none, `null`: the cost is never admitted. */
  retryAfterMs(nowMs: number, cost: number): number | null {
    let longest = 0
    for (const [index, rate] of this.#rates.entries()) {
      const wait = retryAfterOf(rate, this.#tatWithHeld(index, nowMs), nowMs, cost)
      if (wait === null) return null
      if (wait > longest) longest = wait
    }
    return longest
  }

  states(nowMs: number): LimitState[] {
    return this.#rates.map((rate, index) => limitStateOf(rate, this.#tatWithHeld(index, nowMs), nowMs))
  }
}

const isSame = (a: Rate, b: Rate): boolean =>
  a.name === b.name && a.emissionMs === b.emissionMs && a.toleranceMs === b.toleranceMs

/** The TAT of a limit after as many units as were taken of the one before. */
function convert({ rate, tatMs }: Taken, to: Rate, nowMs: number): number {
  if (rate.name !== to.name) return untaken
  if (isSame(rate, to)) return tatMs
  const aheadMs = Math.min(((tatMs - nowMs) / rate.emissionMs) * to.emissionMs, to.toleranceMs)
  return aheadMs > 0 ? nowMs + aheadMs : untaken
}

/** Buckets that several keys share or that outlive their keys' place in memory. Settled ones are let go from time to time. */
export class Buckets {
  readonly #byOwner = new Map<string, Bucket>()
  #sweepAt = 1_024

  /** The bucket of an owner, for what is in force now. */
  of(owner: string, rates: RateSet, nowMs: number): Bucket {
    let bucket = this.#byOwner.get(owner)
    if (bucket === undefined) {
      bucket = new Bucket(rates)
      this.keep(owner, bucket, nowMs)
    }
    bucket.follow(rates, nowMs)
    return bucket
  }

  keep(owner: string, bucket: Bucket, nowMs: number): void {
    if (this.#byOwner.size >= this.#sweepAt) {
      for (const [other, kept] of this.#byOwner) if (kept.isSettled(nowMs)) this.#byOwner.delete(other)
      this.#sweepAt = Math.max(1_024, this.#byOwner.size * 2)
    }
    this.#byOwner.set(owner, bucket)
  }

  /** The bucket that was kept for an owner, which is no longer kept here. */
  release(owner: string): Bucket | undefined {
    const bucket = this.#byOwner.get(owner)
    this.#byOwner.delete(owner)
    return bucket
  }

  get size(): number {
    return this.#byOwner.size
  }
}

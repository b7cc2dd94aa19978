import type { Limit } from './config/types.ts'
import type { LimitState } from './decision.ts'
import type { LimitOverride } from './facts.ts'

/**
 * The generic cell rate algorithm over one number, the theoretical arrival time (TAT). In any window it admits at most
 * `burst + limit` (a burst, then the steady rate); a caller below the rate is never refused. A refusal leaves the TAT as it was.
 */
export interface Rate {
  readonly name: string
  readonly limit: number
  readonly windowSeconds: number
  /** Milliseconds that one unit of cost takes. */
  readonly emissionMs: number
  /** How far the TAT may run ahead of now. */
  readonly toleranceMs: number
}

export function compileLimit(limit: Limit): Rate {
  const emissionMs = (limit.windowSeconds * 1000) / limit.limit
  return {
    name: limit.name,
    limit: limit.limit,
    windowSeconds: limit.windowSeconds,
    emissionMs,
    toleranceMs: emissionMs * (limit.burst ?? limit.limit),
  }
}

/** The TAT after taking `cost`, or `undefined` where the limit refuses. Times are of one clock, in milliseconds. */
export function takeRate(rate: Rate, tatMs: number, nowMs: number, cost: number): number | undefined {
  const next = (tatMs > nowMs ? tatMs : nowMs) + cost * rate.emissionMs
  // A hundredth of a unit forgives the rounding of sums of fractions. What is not a number is refused.
  return next - nowMs <= rate.toleranceMs + rate.emissionMs * 0.01 ? next : undefined
}

/** How many units of cost remain now. */
export function remainingOf(rate: Rate, tatMs: number, nowMs: number): number {
  const ahead = tatMs > nowMs ? tatMs - nowMs : 0
  // A limit of 0 has no unit: nothing remains of it.
  return Math.max(0, Math.floor((rate.toleranceMs - ahead) / rate.emissionMs + 0.01) || 0)
}

/** Milliseconds until `cost` is admitted; 0: now; `null`: never, the cost is more than the limit admits at once. */
export function retryAfterOf(rate: Rate, tatMs: number, nowMs: number, cost: number): number | null {
  if (!(cost * rate.emissionMs <= rate.toleranceMs + rate.emissionMs * 0.01)) return null
  const ahead = tatMs > nowMs ? tatMs - nowMs : 0
  return Math.max(0, ahead + cost * rate.emissionMs - rate.toleranceMs)
}

/** How a limit stands now, as answers say it. */
export function limitStateOf(rate: Rate, tatMs: number, nowMs: number): LimitState {
  const remaining = remainingOf(rate, tatMs, nowMs)
  return {
    name: rate.name,
    limit: rate.limit,
    windowSeconds: rate.windowSeconds,
    remaining,
    retryAfterMs: remaining > 0 ? 0 : (retryAfterOf(rate, tatMs, nowMs, 1) ?? 0),
  }
}

const smaller = (a: Limit, b: Limit): Limit => {
  const difference = a.limit / a.windowSeconds - b.limit / b.windowSeconds
  if (difference !== 0) return difference < 0 ? a : b
  return (a.burst ?? a.limit) <= (b.burst ?? b.limit) ? a : b
}

/**
 * The limits in force for one lineage at a moment. For each name: the override in force, else the smaller rate of the key's and the plan's.
 * `validUntilMs` is when the earliest override in force ends.
 */
export function effectiveLimits(
  own: readonly Limit[],
  plan: readonly Limit[],
  overrides: readonly LimitOverride[],
  nowMs: number,
): { readonly limits: readonly Limit[]; readonly validUntilMs: number } {
  const byName = new Map<string, Limit>()
  for (const limit of [...plan, ...own]) {
    const other = byName.get(limit.name)
    byName.set(limit.name, other === undefined ? limit : smaller(other, limit))
  }
  let validUntilMs = Number.POSITIVE_INFINITY
  for (const override of overrides) {
    if (override.untilMs !== null && override.untilMs <= nowMs) continue
    byName.set(override.limit.name, override.limit)
    if (override.untilMs !== null) validUntilMs = Math.min(validUntilMs, override.untilMs)
  }
  return { limits: [...byName.values()], validUntilMs }
}

/** What a plan, an account and a key say of limits. */
export interface LimitSources {
  readonly plan: { readonly limits: readonly Limit[]; readonly accountLimits: readonly Limit[] } | undefined
  readonly accountOverrides: readonly LimitOverride[]
  readonly keyLimits: readonly Limit[]
  readonly keyOverrides: readonly LimitOverride[]
}

/**
 * The limits in force at a moment: `own` of a key's lineage, `shared` by all keys of the account. An override of the account counts for the
 * limit of its name that the plan shares among the keys, else for each lineage, unless that has its own. Valid until `validUntilMs`.
 */
export function limitsInForce(
  { plan, accountOverrides, keyLimits, keyOverrides }: LimitSources,
  nowMs: number,
): { readonly own: readonly Limit[]; readonly shared: readonly Limit[]; readonly validUntilMs: number } {
  const isShared = ({ limit }: LimitOverride) => plan?.accountLimits.some(({ name }) => name === limit.name) ?? false
  const forLineages = accountOverrides.filter((override) => !isShared(override))
  const shared = effectiveLimits([], plan?.accountLimits ?? [], accountOverrides.filter(isShared), nowMs)
  const own = effectiveLimits(keyLimits, plan?.limits ?? [], [...forLineages, ...keyOverrides], nowMs)
  return {
    own: own.limits,
    shared: shared.limits,
    validUntilMs: Math.min(own.validUntilMs, shared.validUntilMs),
  }
}

/** The calendar period (UTC) that a quota counts in, and when it ends; a quota without a period counts for ever. */
export function quotaPeriod(
  period: 'day' | 'month' | null,
  nowMs: number,
): { readonly id: string; readonly resetsAtMs: number | null } {
  if (period === null) return { id: '', resetsAtMs: null }
  const date = new Date(nowMs)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  const iso = date.toISOString()
  return period === 'day'
    ? { id: iso.slice(0, 10), resetsAtMs: Date.UTC(year, month, day + 1) }
    : { id: iso.slice(0, 7), resetsAtMs: Date.UTC(year, month + 1, 1) }
}

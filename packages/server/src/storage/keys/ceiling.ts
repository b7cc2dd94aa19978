import {
  effectiveLimits,
  type Grant,
  isWithin,
  type Limit,
  type LimitOverride,
  type NetworkRange,
  type ProblemError,
  parseRange,
  type Quota,
  type QuotaOverride,
  type ResolvedConfig,
  rangeWithin,
} from '@keywright/core'
import { fromJson, fromJsonOrNull } from '../json.ts'
import { inForce } from '../limits.ts'
import type { FullRow } from './rows.ts'

/** Everything in which a key can be more than another. */
export interface Holding {
  readonly grant: Grant
  readonly environment: string | null
  readonly audiences: readonly string[]
  readonly networks: readonly string[] | null
  /** Epoch milliseconds; `null`: it never ends. */
  readonly endsAtMs: number | null
  /** As they apply: the key's own and the plan's, the smaller of each name. */
  readonly limits: readonly Limit[]
  readonly quota: Quota | null
}

/** The columns of a key that say what it holds. */
export type HeldColumns = Pick<
  FullRow,
  'grant_json' | 'environment' | 'type' | 'networks_json' | 'ends_at_ms' | 'limits_json' | 'quota_json'
>

const planLimits = (config: ResolvedConfig, plan: string): readonly Limit[] => config.planById.get(plan)?.limits ?? []

/** What a key holds by itself. */
export const holdingOf = (row: HeldColumns, plan: string, config: ResolvedConfig, nowMs: number): Holding => ({
  grant: fromJson<Grant>(row.grant_json),
  environment: row.environment,
  audiences: config.typeById.get(row.type)?.audiences ?? [],
  networks: fromJsonOrNull<readonly string[]>(row.networks_json),
  endsAtMs: row.ends_at_ms,
  limits: effectiveLimits(fromJson<readonly Limit[]>(row.limits_json), planLimits(config, plan), [], nowMs).limits,
  quota: fromJsonOrNull<Quota>(row.quota_json),
})

/** What a key can give to others: what it holds, with the overrides in force; one that ends never raises what outlives it. */
export function ceilingOf(row: FullRow, plan: string, config: ResolvedConfig, nowMs: number): Holding {
  const own = holdingOf(row, plan, config, nowMs)
  const overrides = inForce(fromJson<readonly LimitOverride[]>(row.overrides_json), nowMs).filter(
    ({ limit, untilMs }) =>
      untilMs === null || own.limits.every((base) => base.name !== limit.name || isLimitWithin(limit, base)),
  )
  const quotaOverride = fromJsonOrNull<QuotaOverride>(row.quota_override_json)
  const [quotaInForce] = quotaOverride === null ? [] : inForce([quotaOverride], nowMs)
  const lastsOrLowers =
    quotaInForce !== undefined && (quotaInForce.untilMs === null || isQuotaWithin(quotaInForce.quota, own.quota))
  return {
    ...own,
    limits: effectiveLimits(own.limits, [], overrides, nowMs).limits,
    quota: lastsOrLowers ? quotaInForce.quota : own.quota,
  }
}

/** Whether a limit never admits more than another: neither in the long run nor at once. */
export const isLimitWithin = (inner: Limit, outer: Limit): boolean =>
  inner.limit * outer.windowSeconds <= outer.limit * inner.windowSeconds &&
  (inner.burst ?? inner.limit) <= (outer.burst ?? outer.limit)

/** Whether a quota never admits more than another; `null` admits everything. Days and months are compared only with themselves. */
export function isQuotaWithin(inner: Quota | null, outer: Quota | null): boolean {
  if (outer === null) return true
  if (inner === null || inner.limit > outer.limit) return false
  return inner.period === outer.period || inner.period === null
}

const rangesOf = (networks: readonly string[]): NetworkRange[] =>
  networks.map(parseRange).filter((range) => range !== undefined)

function areNetworksWithin(inner: readonly string[] | null, outer: readonly string[] | null): boolean {
  if (outer === null) return true
  if (inner === null) return false
  const allowed = rangesOf(outer)
  // A range that cannot be read is in none.
  return inner.every((text) => {
    const range = parseRange(text)
    return range !== undefined && allowed.some((each) => rangeWithin(range, each))
  })
}

/** In what a key is more than another, by JSON pointers; empty: it is within it in everything. */
export function excessOf(inner: Holding, outer: Holding): readonly ProblemError[] {
  const errors: ProblemError[] = []
  const exceeds = (pointer: string, detail: string) => errors.push({ pointer, detail })
  if (inner.environment !== outer.environment) exceeds('/environment', 'The environment must be the same.')
  if (!inner.audiences.every((audience) => outer.audiences.includes(audience))) {
    exceeds('/type', 'The type reaches an API that the other key does not reach. Choose a type that reaches no more.')
  }
  if (!isWithin(inner.grant, outer.grant)) {
    exceeds('/grant', 'The grant holds more than the other key. Leave out what that key does not hold.')
  }
  if (!areNetworksWithin(inner.networks, outer.networks)) {
    exceeds('/allowedNetworks', "The networks must lie within the other key's networks.")
  }
  if (outer.endsAtMs !== null && (inner.endsAtMs === null || inner.endsAtMs > outer.endsAtMs)) {
    exceeds(
      '/expiresAt',
      `The key must expire with the other key, at ${new Date(outer.endsAtMs).toISOString()}, or before.`,
    )
  }
  for (const limit of outer.limits) {
    const twin = inner.limits.find(({ name }) => name === limit.name)
    if (twin !== undefined && isLimitWithin(twin, limit)) continue
    exceeds(
      '/limits',
      `The limit "${limit.name}" must be at most ${limit.limit} in ${limit.windowSeconds} seconds, ${limit.burst ?? limit.limit} at once.`,
    )
  }
  if (!isQuotaWithin(inner.quota, outer.quota)) {
    exceeds(
      '/quota',
      `The quota must be within the other key's: ${outer.quota?.limit} per ${outer.quota?.period ?? 'life'}.`,
    )
  }
  return errors
}

/** Whether a key may see and touch another: of its environment, and holding nothing beyond its grant (T5). */
export const isWithinReach = (
  inner: Pick<Holding, 'grant' | 'environment'>,
  outer: Pick<Holding, 'grant' | 'environment'>,
): boolean => inner.environment === outer.environment && isWithin(inner.grant, outer.grant)

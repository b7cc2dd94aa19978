import type { KeyState, Limit, Quota } from './config/types.ts'
import type { Grant } from './grant.ts'
import type { NetworkRange } from './network.ts'

/** A limit that an operator put in force for one key or account, until a moment (epoch milliseconds) or for good. */
export interface LimitOverride {
  readonly limit: Limit
  readonly untilMs: number | null
}

export interface QuotaOverride {
  readonly quota: Quota
  readonly untilMs: number | null
}

/** All that a check needs to know of one key, as it was at one position of the log. */
export interface KeyFacts {
  readonly id: string
  readonly accountId: string
  readonly lineageId: string
  /** Whether the lineage has more keys than this one, so that limits are counted together. */
  readonly lineageShared: boolean
  readonly type: string
  readonly environment: string | null
  /** As kept; `expired` follows from `endsAtMs`. */
  readonly state: Exclude<KeyState, 'expired'>
  /** Epoch milliseconds from which the key is expired: its own expiry or, after a rotation, its earlier end; `null`: never. */
  readonly endsAtMs: number | null
  readonly grant: Grant
  readonly name: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  /** `null`: from anywhere; an empty list: from nowhere. */
  readonly networks: readonly NetworkRange[] | null
  readonly limits: readonly Limit[]
  readonly overrides: readonly LimitOverride[]
  readonly quota: Quota | null
  readonly quotaOverride: QuotaOverride | null
  /** The member that the key personally belongs to, and whether that member is in good standing. */
  readonly owner: { readonly memberId: string; readonly active: boolean } | null
  /**
   * The lineage of the managing key that made this one, those above that one, and whether a usable key remains in each of them.
   */
  readonly parent: {
    readonly lineageId: string
    readonly aboveIds?: readonly string[]
    readonly usable: boolean
  } | null
}

/** All that a check needs to know of one account. */
export interface AccountFacts {
  readonly id: string
  readonly externalId: string | null
  readonly active: boolean
  readonly plan: string
  readonly overrides: readonly LimitOverride[]
}

/** A credential of the adopter's programs, as the doors need it. */
export type CredentialFacts =
  | { readonly id: string; readonly kind: 'operator' }
  | {
      readonly id: string
      readonly kind: 'verify'
      /** The one environment that it checks for; `null` where the configuration has none. */
      readonly environment: string | null
      readonly audiences: readonly string[]
    }

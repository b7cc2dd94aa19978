import type { Limit, Quota } from '../config/types.ts'
import type { Subject } from '../decide.ts'
import type { Scope } from '../event.ts'
import type { AccountFacts, KeyFacts, LimitOverride } from '../facts.ts'
import type { CompiledGrant } from '../grant.ts'
import type { StoredState } from '../lifecycle.ts'
import { limitsInForce } from '../limit.ts'
import type { NetworkRange } from '../network.ts'
import type { EngineConfig } from './config.ts'
import { Bucket, noRates, type RateSet, type RateSets } from './rates.ts'

/** The limits of a key as they stand until an override ends. */
export interface RatesInForce {
  /** Of the lineage. */
  readonly own: RateSet
  /** Of the account, shared by all its keys. */
  readonly shared: RateSet
  /** Epoch milliseconds. */
  readonly untilMs: number
}

const notWorkedOut: RatesInForce = { own: noRates, shared: noRates, untilMs: Number.NEGATIVE_INFINITY }

/** One account in memory. Keys point to it; when it is dropped, they see it here. */
export class AccountEntry {
  readonly id: string
  readonly externalId: string | null
  readonly active: boolean
  readonly facts: AccountFacts
  /** For the keys that have no limits and no overrides of their own. */
  #rates: RatesInForce = notWorkedOut
  /** False once it was dropped: whoever holds it must load it again. */
  current = true

  constructor(facts: AccountFacts) {
    this.id = facts.id
    this.externalId = facts.externalId
    this.active = facts.active
    this.facts = facts
  }

  leave(): void {
    this.current = false
  }

  /** The limits in force for a key of the account. */
  ratesOf(
    limits: readonly Limit[],
    overrides: readonly LimitOverride[],
    config: EngineConfig,
    sets: RateSets,
    nowMs: number,
  ): RatesInForce {
    const plain = limits.length === 0 && overrides.length === 0
    if (plain && nowMs < this.#rates.untilMs) return this.#rates
    const { own, shared, validUntilMs } = limitsInForce(
      {
        plan: config.planById.get(this.facts.plan),
        accountOverrides: this.facts.overrides,
        keyLimits: limits,
        keyOverrides: overrides,
      },
      nowMs,
    )
    const rates = { own: sets.of(own), shared: sets.of(shared), untilMs: validUntilMs }
    if (plain) this.#rates = rates
    return rates
  }
}

interface KeyType {
  readonly id: string
  /** `undefined` where the configuration no longer knows the type. */
  readonly audiences: readonly string[] | undefined
}

/** What few keys have, apart, so that the many stay small. */
type Rare = Pick<
  KeyFacts,
  'limits' | 'overrides' | 'metadata' | 'quota' | 'quotaOverride' | 'networks' | 'owner' | 'parent' | 'lineageShared'
>

const nothingRare: Rare = {
  limits: [],
  overrides: [],
  metadata: null,
  quota: null,
  quotaOverride: null,
  networks: null,
  owner: null,
  parent: null,
  lineageShared: false,
}

function rareOf(facts: KeyFacts): Rare {
  const { limits, overrides, metadata, quota, quotaOverride, networks, owner, parent, lineageShared } = facts
  const isRare =
    limits.length + overrides.length > 0 ||
    lineageShared ||
    [metadata, quota, quotaOverride, networks, owner, parent].some((value) => value !== null)
  return isRare
    ? { limits, overrides, metadata, quota, quotaOverride, networks, owner, parent, lineageShared }
    : nothingRare
}

/** The texts of this program: the ones that a source read anew for each key would each lie elsewhere. */
const ownStates: Readonly<Record<StoredState, StoredState>> = { active: 'active', paused: 'paused', revoked: 'revoked' }

/** One key in memory, laid out for the verdict. Its facts never change: a change drops the entry. */
export class KeyEntry extends Bucket implements Subject {
  // What every check reads comes first, so that it lies together in memory.
  account: AccountEntry
  readonly state: StoredState
  readonly environment: string | null
  readonly endsAtMs: number | null
  readonly #type: KeyType
  readonly grant: CompiledGrant
  readonly rare: Rare
  rates: RatesInForce = notWorkedOut
  bucket: Bucket | null = null
  /** Accepted checks without a tag since the last flush; what follows is of the newest. */
  uses = 0
  /** Whole milliseconds after the beginning of the hour: small enough not to be boxed. */
  usedOffsetMs = 0
  usedIp: string | undefined = undefined
  usedUserAgent: string | undefined = undefined
  usedPermissions: readonly string[] | undefined = undefined
  /** Used since the hand of the clock passed; see `Memory`. */
  referenced = false
  slot = -1
  /** Of the index. */
  mark = 0
  readonly id: string
  readonly lineageId: string
  readonly name: string | null

  constructor(facts: KeyFacts, account: AccountEntry, grant: CompiledGrant, config: EngineConfig) {
    super(noRates)
    this.id = facts.id
    this.lineageId = facts.lineageId
    // The configuration's own texts are shared by all keys.
    this.#type = config.typeById.get(facts.type) ?? { id: facts.type, audiences: undefined }
    this.environment =
      facts.environment === null ? null : (config.environmentById.get(facts.environment)?.id ?? facts.environment)
    this.state = ownStates[facts.state]
    this.endsAtMs = facts.endsAtMs
    this.grant = grant
    this.name = facts.name
    this.rare = rareOf(facts)
    this.account = account
  }

  get type(): string {
    return this.#type.id
  }
  get audiences(): readonly string[] | undefined {
    return this.#type.audiences
  }
  get networks(): readonly NetworkRange[] | null {
    return this.rare.networks
  }
  get ownerActive(): boolean {
    const { owner } = this.rare
    return owner === null || owner.active
  }
  get parentUsable(): boolean {
    const { parent } = this.rare
    return parent === null || parent.usable
  }

  /** Counts anew, once the uses were handed over. */
  forgetUses(): void {
    this.uses = 0
    this.usedIp = undefined
    this.usedUserAgent = undefined
    this.usedPermissions = undefined
  }

  /** Follows the account's newest facts; its plan may have changed the limits. */
  moveTo(account: AccountEntry): void {
    this.account = account
    this.rates = notWorkedOut
  }

  /** The quota in force at a moment: the override while it lasts, else the key's own. */
  quotaAt(nowMs: number): Quota | null {
    const { quota, quotaOverride } = this.rare
    if (quotaOverride !== null && (quotaOverride.untilMs === null || quotaOverride.untilMs > nowMs))
      return quotaOverride.quota
    return quota
  }

  /** Works out which limits are in force, where that is not known or an override has ended. */
  refreshRates(config: EngineConfig, sets: RateSets, nowMs: number): void {
    this.rates = this.account.ratesOf(this.rare.limits, this.rare.overrides, config, sets, nowMs)
  }
}

/** The scopes of the log whose events change what was loaded of a key. */
export const scopesOf = (facts: KeyFacts): readonly Scope[] => [
  `key:${facts.id}`,
  `lineage:${facts.lineageId}`,
  ...dependenciesOf(facts),
]

/** Those of them that other keys depend on as well: the member that it belongs to, and the lineages whose end is its end. */
export const dependenciesOf = ({ owner, parent }: Pick<KeyFacts, 'owner' | 'parent'>): readonly Scope[] => [
  ...(owner === null ? [] : [`member:${owner.memberId}` as const]),
  ...(parent === null ? [] : [parent.lineageId, ...(parent.aboveIds ?? [])].map((id) => `parent:${id}` as const)),
]

/** The facts of a key in memory, for another engine. */
export const factsOf = ({
  id,
  account,
  lineageId,
  rare,
  type,
  environment,
  state,
  endsAtMs,
  grant,
  name,
}: KeyEntry): KeyFacts => ({
  id,
  accountId: account.id,
  lineageId,
  type,
  environment,
  state,
  endsAtMs,
  grant: grant.grant,
  name,
  ...rare,
})

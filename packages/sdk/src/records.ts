import type { ActorReference, EventType, Grant, KeyState, Limit, Quota } from '@keywright/core'

/** Anything that JSON can carry under names of the adopter's choice. */
export type Metadata = Readonly<Record<string, unknown>>

/** A limit that an operator put in force, until a time (RFC 3339) or, with `null`, for good. */
export interface LimitOverride extends Limit {
  readonly until: string | null
}

/** A quota that an operator put in force, until a time (RFC 3339) or, with `null`, for good. */
export interface QuotaOverride extends Quota {
  readonly until: string | null
}

/** Until when an override that is put in force holds (RFC 3339); absent or `null`: for good. */
export interface Until {
  readonly until?: string | null
}

/** What an operator puts in force; what is absent stays as it is, and `quota: null` removes that override. */
export interface KeyOverride {
  readonly limits?: readonly (Limit & Until)[]
  readonly quota?: (Quota & Until) | null
  readonly reason?: string
}

/** Another cap on active keys than the plan's, until a time (RFC 3339) or, with `null`, for good; `max: null`: no cap. */
export interface ActiveKeysOverride {
  readonly max: number | null
  readonly until: string | null
}

export interface Account {
  readonly id: string
  readonly name: string
  readonly externalId: string | null
  readonly state: 'active' | 'suspended'
  readonly plan: string
  readonly overrides: readonly LimitOverride[]
  /** The cap on active keys that an operator set for this account; `null`: the plan says. */
  readonly activeKeys: ActiveKeysOverride | null
  readonly createdAt: string
  readonly updatedAt: string
}

export interface AccountCreation {
  readonly name: string
  readonly externalId?: string | null
  readonly plan?: string
  readonly overrides?: readonly (Limit & Until)[]
  readonly activeKeys?: ({ readonly max: number | null } & Until) | null
}

export interface Member {
  readonly id: string
  readonly account: string
  /** Who signs in as this member; `null`: nobody. */
  readonly person: string | null
  readonly externalId: string | null
  readonly name: string | null
  /** Of the person who signs in as this member. */
  readonly email: string | null
  readonly role: string
  readonly state: 'active' | 'suspended'
  readonly createdAt: string
  readonly updatedAt: string
}

export interface MemberCreation {
  readonly externalId?: string | null
  readonly name?: string | null
  readonly role: string
}

export type MemberChanges = Partial<Pick<Member, 'name' | 'role' | 'state'>>

/** A key as it is listed. Times are RFC 3339. The secret is never in it. */
export interface Key {
  readonly id: string
  readonly account: string
  /** Shared by a key and those that rotation made of it. */
  readonly lineage: string
  readonly type: string
  readonly environment: string | null
  readonly name: string | null
  readonly description: string | null
  readonly state: KeyState
  readonly grant: Grant
  readonly preset: string | null
  readonly masked: string
  readonly createdAt: string
  readonly createdBy: ActorReference
  readonly updatedAt: string
  readonly expiresAt: string | null
  /** From when it is no longer accepted: its expiry, or the earlier end that a rotation gave it. */
  readonly endsAt: string | null
  readonly lastUsedAt: string | null
  readonly lastUsedNetwork: string | null
  readonly allowedNetworks: readonly string[] | null
  readonly limits: readonly Limit[]
  readonly quota: (Quota & { readonly used: number }) | null
  /** What an operator put in force for the lineage; absent: nothing. */
  readonly overrides?: { readonly limits: readonly LimitOverride[]; readonly quota: QuotaOverride | null }
  readonly metadata: Metadata | null
  /** The member that the key personally belongs to; `null`: a service key. */
  readonly owner: string | null
  /** The lineage of the managing key that made it. */
  readonly parentLineage: string | null
  readonly dueForRotation: boolean
  /** Only the newest key of a lineage rotates. */
  readonly newest: boolean
  readonly rotatedTo: string | null
}

/**
 * A key that was just made, with its secret: a plain string, shown this once; hand it on and keep it out of logs.
 * `null`: this answers a repeated request whose first answer was lost on the way; revoke the key and make another.
 */
export interface CreatedKey extends Key {
  readonly secret: string | null
}

/** A rotated key with its secret, and until when (RFC 3339) the one before still works. */
export interface RotatedKey extends CreatedKey {
  readonly previous: { readonly id: string; readonly endsAt: string | null }
}

export interface KeyCreation {
  readonly name?: string
  readonly description?: string
  readonly type?: string
  readonly environment?: string
  /** At most one of `grant` and `preset`. */
  readonly grant?: Grant
  readonly preset?: string
  readonly expiresAt?: string | null
  readonly allowedNetworks?: readonly string[] | null
  readonly limits?: readonly Limit[]
  readonly quota?: Quota | null
  readonly metadata?: Metadata | null
  /** The member that the key personally belongs to; absent: a service key. */
  readonly owner?: string | null
}

/** Absent keeps, `null` clears, a value sets. */
export interface KeyChanges {
  readonly name?: string | null
  readonly description?: string | null
  /** At most one of `grant` and `preset`. */
  readonly grant?: Grant
  readonly preset?: string
  readonly expiresAt?: string | null
  readonly allowedNetworks?: readonly string[] | null
  readonly limits?: readonly Limit[]
  readonly quota?: Quota | null
  readonly metadata?: Metadata | null
  readonly owner?: string | null
}

export interface KeyRotation {
  /** How long the older key keeps working, in seconds. */
  readonly overlapSeconds?: number
  readonly expiresAt?: string | null
  /** Why; it is kept in the log. */
  readonly reason?: string
}

/** Which keys are meant; several conditions all hold. Times are RFC 3339. */
export interface KeyFilter {
  /** Part of the name, an id, or the last four characters. */
  readonly search?: string
  readonly state?: KeyState | readonly KeyState[]
  readonly type?: string
  readonly environment?: string
  /** The member that the keys belong to; `none`: service keys. */
  readonly owner?: string
  /** Keys that may do this (`jobs.view`), unrestricted ones included. */
  readonly permission?: string
  /** With an expiry of their own before this moment. */
  readonly expiresBefore?: string
  /** Older keys of a rotation. */
  readonly rotating?: true
  readonly unusedSince?: string
  readonly dueForRotation?: true
  readonly noExpiry?: true
  readonly unrestricted?: true
}

export interface KeyListQuery extends KeyFilter, PageQuery {
  readonly sort?: 'created' | '-created' | 'name' | '-name' | 'lastUsed' | '-lastUsed' | 'expires' | '-expires'
}

/** How many items a page has at most. */
export interface PageQuery {
  readonly limit?: number
}

export interface KeyBatch {
  readonly action: 'pause' | 'revoke' | 'delete'
  readonly filter: KeyFilter & {
    readonly account?: string
    readonly createdBefore?: string
    /** At most 500 of them. */
    readonly ids?: readonly string[]
  }
  readonly dryRun?: boolean
  readonly cursor?: string
  /** Why; it is kept in the log. */
  readonly reason?: string
}

/** One step of a batch; call again with `nextCursor` until it is `null`. */
export interface KeyBatchResult {
  readonly matched: number
  readonly changed: number
  readonly skipped: readonly { readonly key: string; readonly problem: string }[]
  readonly nextCursor: string | null
}

export interface UsageBucket {
  readonly start: string
  readonly code: string
  readonly tag: string
  readonly count: number
}

/** How often a key was checked, over a time, by outcome and tag. */
export interface Usage {
  readonly from: string
  readonly to: string
  readonly granularity: 'hour' | 'day'
  readonly buckets: readonly UsageBucket[]
  readonly totals: { readonly accepted: number; readonly refused: number }
}

/** One of a key's newest checks. */
export interface Activity {
  readonly at: string
  readonly code: string
  readonly permission: string | null
  readonly network: string | null
  readonly userAgent: string | null
  readonly tag: string | null
}

export interface Credential {
  readonly id: string
  readonly kind: 'operator' | 'verify'
  readonly name: string
  readonly masked: string
  readonly environment: string | null
  readonly audiences: readonly string[]
  readonly createdBy: ActorReference
  readonly createdAt: string
}

/** A credential that was just made, with its secret; `null` as for {@link CreatedKey}. */
export interface CreatedCredential extends Credential {
  readonly secret: string | null
}

export interface CredentialCreation {
  readonly kind: 'operator' | 'verify'
  readonly name: string
  readonly environment?: string
  readonly audiences?: readonly string[]
}

/** One entry of the log. */
export interface LogEntry {
  /** Its place in the log, without gaps. */
  readonly number: number
  readonly epoch: string
  readonly type: EventType
  readonly at: string
  readonly actor: ActorReference
  readonly account: string | null
  readonly target: { readonly kind: string; readonly id: string }
  readonly before: Metadata | null
  readonly after: Metadata | null
  readonly reason: string | null
  readonly requestId: string
  /** For operators only; `null` where there was none or it was erased. */
  readonly personal?: { readonly network?: string; readonly userAgent?: string } | null
}

/** Where the log is, what changed after a position, and the proof of how old the answer is. */
export interface Head {
  /** Epoch, number and chain hash: `after` of the next question. */
  readonly position: string
  /** How old the answering node's own proof is, in milliseconds. Count from when the question was sent, and add this. */
  readonly ageMs: number
  readonly storeTime: string
  /** As it was asked; another one means that a cache between answered. */
  readonly nonce: string | null
  /** The entries after `after`, each with what it touches (`key:…`, `lineage:…`, `account:…`, `all`) and its chain hash. */
  readonly changes: readonly { readonly number: number; readonly scopes: readonly string[]; readonly hash: string }[]
  /** `false`: there is more; ask again from `position`. */
  readonly complete: boolean
  /** `true`: `after` is of another past; forget everything. */
  readonly reset: boolean
}

export interface HeadQuery {
  /** The position through which the caller has applied the log. */
  readonly after?: string
  readonly nonce?: string
}

export interface LogQuery extends PageQuery {
  readonly account?: string
  readonly key?: string
  readonly type?: EventType
}

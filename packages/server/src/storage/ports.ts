import type {
  AccountFacts,
  Change,
  CredentialFacts,
  EventType,
  Grant,
  KeyFacts,
  KeywrightConfig,
  Limit,
  LimitOverride,
  Position,
  Problem,
  Quota,
  QuotaOverride,
  ResolvedConfig,
  Scope,
  Soon,
} from '@keywright/core'
import type { Secret } from '../secret.ts'
import type { ChangeListener } from './other-processes.ts'
import type { Notices, OutboxWork, Webhooks } from './ports-outbox.ts'
import type { Insights, Invitations, Memberships, Operators } from './ports-team.ts'

/** Who calls, with the rights that follow from it. Operators have every right; a key only what the marked resource gives it. */
export type Actor =
  | { readonly kind: 'operator'; readonly id: string }
  | { readonly kind: 'member'; readonly id: string; readonly accountId: string; readonly role: string }
  | { readonly kind: 'key'; readonly id: string; readonly accountId: string; readonly lineageId: string }
  /** Someone who signed in and acts for themself alone: no right over any account or key. */
  | { readonly kind: 'person'; readonly id: string }
  | { readonly kind: 'system'; readonly id: string }

/** What every change records of its cause. `network` and `userAgent` are personal data and lie beside the log. */
export interface Caller {
  readonly actor: Actor
  readonly requestId: string
  readonly reason?: string | undefined
  readonly network?: string | undefined
  readonly userAgent?: string | undefined
}

/** One page of a listing; `nextCursor` is opaque and bound to the listing that gave it. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextCursor: string | null
}

export interface PageRequest {
  readonly cursor?: string | undefined
  /** 1 to 200; default 50. */
  readonly limit?: number | undefined
}

export interface Idempotency {
  readonly key: string
  readonly route: string
  /** A digest of the request, so that the same key with another request is refused. */
  readonly fingerprint: string
}

// ---------------------------------------------------------------- accounts and members

export interface AccountRecord {
  readonly id: string
  readonly name: string
  readonly externalId: string | null
  readonly state: 'active' | 'suspended'
  readonly plan: string
  readonly overrides: readonly LimitOverride[]
  readonly activeKeysOverride: { readonly max: number | null; readonly untilMs: number | null } | null
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly version: number
}

export interface AccountInput {
  readonly name: string
  readonly externalId?: string | null | undefined
  readonly plan?: string | undefined
  readonly overrides?: readonly LimitOverride[] | undefined
  readonly activeKeysOverride?: AccountRecord['activeKeysOverride'] | undefined
}

export interface Accounts {
  create(
    caller: Caller,
    input: AccountInput,
    idempotency?: Idempotency,
  ): Promise<
    | Created<AccountRecord>
    | Problem<
        'forbidden' | 'account_exists' | 'not_allowed_by_configuration' | 'invalid_parameters' | IdempotencyProblem
      >
  >
  list(
    page: PageRequest & { readonly search?: string | undefined; readonly externalId?: string | undefined },
  ): Promise<Page<AccountRecord> | Problem<'invalid_cursor'>>
  read(id: string): Promise<AccountRecord | Problem<'account_not_found'>>
  /** Three-state: an absent member keeps, `null` clears, a value sets. */
  update(
    caller: Caller,
    id: string,
    change: Partial<AccountInput>,
    expectedVersion?: number,
  ): Promise<
    | AccountRecord
    | Problem<
        | 'account_not_found'
        | 'account_exists'
        | 'precondition_failed'
        | 'not_allowed_by_configuration'
        | 'invalid_parameters'
      >
  >
  suspend(caller: Caller, id: string): Promise<AccountRecord | Problem<'account_not_found' | 'account_suspended'>>
  resume(caller: Caller, id: string): Promise<AccountRecord | Problem<'account_not_found' | 'account_not_suspended'>>
  delete(
    caller: Caller,
    id: string,
    expectedVersion?: number,
  ): Promise<null | Problem<'account_not_found' | 'precondition_failed'>>
}

export interface MemberRecord {
  readonly id: string
  readonly accountId: string
  readonly personId: string | null
  readonly externalId: string | null
  readonly name: string | null
  /** Of the person who signs in as this member. */
  readonly email: string | null
  readonly role: string
  readonly state: 'active' | 'suspended'
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly version: number
}

export interface MemberInput {
  readonly externalId?: string | null | undefined
  readonly personId?: string | null | undefined
  readonly name?: string | null | undefined
  readonly role: string
}

export interface Members {
  create(
    caller: Caller,
    accountId: string,
    input: MemberInput,
  ): Promise<
    | MemberRecord
    | Problem<'account_not_found' | 'member_exists' | 'not_allowed_by_configuration' | 'invalid_parameters'>
  >
  list(
    accountId: string,
    page: PageRequest,
  ): Promise<Page<MemberRecord> | Problem<'account_not_found' | 'invalid_cursor'>>
  read(accountId: string, id: string): Promise<MemberRecord | Problem<'member_not_found'>>
  update(
    caller: Caller,
    accountId: string,
    id: string,
    change: {
      readonly role?: string | undefined
      readonly state?: 'active' | 'suspended' | undefined
      readonly name?: string | null | undefined
    },
    expectedVersion?: number,
  ): Promise<
    | MemberRecord
    | Problem<
        | 'member_not_found'
        | 'last_member_of_role'
        | 'precondition_failed'
        | 'not_allowed_by_configuration'
        | 'invalid_parameters'
      >
  >
  delete(
    caller: Caller,
    accountId: string,
    id: string,
  ): Promise<null | Problem<'member_not_found' | 'last_member_of_role'>>
}

// ---------------------------------------------------------------- keys

export interface KeyRecord {
  readonly id: string
  readonly accountId: string
  readonly lineageId: string
  readonly type: string
  readonly environment: string | null
  readonly name: string | null
  readonly description: string | null
  /** As it is at the store's time: `expired` included. */
  readonly state: 'active' | 'paused' | 'revoked' | 'expired'
  readonly grant: Grant
  readonly preset: string | null
  /** The key as the list shows it, by the configuration's mask. */
  readonly masked: string
  readonly allowedNetworks: readonly string[] | null
  readonly limits: readonly Limit[]
  readonly quota: (Quota & { readonly used: number }) | null
  readonly overrides: readonly LimitOverride[]
  readonly quotaOverride: QuotaOverride | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly ownerMemberId: string | null
  readonly parentLineageId: string | null
  readonly expiresAtMs: number | null
  readonly endsAtMs: number | null
  /** The key that took this one's place. */
  readonly rotatedToId: string | null
  /** Due for rotation by the configuration's age, while active and newest of its lineage. */
  readonly dueForRotation: boolean
  readonly createdBy: { readonly kind: string; readonly id: string }
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly lastUsed: {
    readonly atMs: number
    readonly network: string | null
    readonly userAgent: string | null
  } | null
  readonly version: number
}

export interface KeyInput {
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly type?: string | undefined
  readonly environment?: string | undefined
  readonly grant?: Grant | undefined
  readonly preset?: string | undefined
  readonly expiresAtMs?: number | null | undefined
  readonly allowedNetworks?: readonly string[] | null | undefined
  readonly limits?: readonly Limit[] | undefined
  readonly quota?: Quota | null | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | null | undefined
  readonly owner?: string | null | undefined
}

/** What an existing key may be changed in. Type, environment and account are final. */
export type KeyChange = {
  readonly [Name in 'name' | 'description' | 'metadata' | 'allowedNetworks' | 'quota' | 'expiresAtMs' | 'owner']?:
    | KeyInput[Name]
    | null
} & {
  readonly grant?: Grant | undefined
  readonly preset?: string | undefined
  readonly limits?: readonly Limit[] | undefined
}

export interface KeyFilter {
  readonly search?: string | undefined
  readonly state?: readonly KeyRecord['state'][] | undefined
  readonly type?: string | undefined
  readonly environment?: string | undefined
  /** Keys that belong to this member; `null`: service keys. */
  readonly owner?: string | null | undefined
  /** Keys whose grant holds this permission (`calls.create`), unrestricted ones included. */
  readonly permission?: string | undefined
  /** Not used since this moment (never used counts, once created before it). */
  readonly unusedSinceMs?: number | undefined
  readonly dueForRotation?: boolean | undefined
  readonly noExpiry?: boolean | undefined
  readonly unrestricted?: boolean | undefined
  readonly createdBeforeMs?: number | undefined
  /** With an own expiry before this moment. */
  readonly expiresBeforeMs?: number | undefined
  /** Older keys of a rotation. */
  readonly rotating?: boolean | undefined
  readonly ids?: readonly string[] | undefined
  /** Only keys of this environment that hold nothing beyond this grant: what a managing key may see (T5). */
  readonly within?: { readonly grant: Grant; readonly environment: string | null } | undefined
}

export type KeySort = 'created' | '-created' | 'name' | '-name' | 'lastUsed' | '-lastUsed' | 'expires' | '-expires'

/** A created record; its secret is there once, and never on a repetition. */
export interface Created<Item> {
  readonly record: Item
  readonly secret: Secret | null
  /** True where an Idempotency-Key was seen before: nothing was created now. */
  readonly replayed: boolean
}

export type IdempotencyProblem = 'idempotency_mismatch' | 'idempotency_in_progress'

export type KeyCreationProblem =
  | 'account_not_found'
  | 'account_suspended'
  | 'active_keys_cap'
  | 'not_allowed_by_configuration'
  | 'invalid_parameters'
  | 'exceeds_creator'
  | IdempotencyProblem

export type KeyStateChange = 'pause' | 'reactivate' | 'revoke' | 'delete'

export interface KeyBatchResult {
  /** How many keys fit the filter at the time of this call. */
  readonly matched: number
  readonly changed: number
  /** Keys that fit but could not be changed, with the reason. */
  readonly skipped: readonly { readonly keyId: string; readonly problem: string }[]
  readonly nextCursor: string | null
}

/**
 * Every command takes the caller and checks, within its transaction, what the configuration offers and what the caller's own rights
 * allow: a managing key never gives more than it has and sees only its own account; operators always have revoke.
 */
export interface Keys {
  create(
    caller: Caller,
    accountId: string,
    input: KeyInput,
    idempotency?: Idempotency,
  ): Promise<Created<KeyRecord> | Problem<KeyCreationProblem>>
  list(
    accountId: string,
    filter: KeyFilter,
    page: PageRequest & { readonly sort?: KeySort | undefined },
  ): Promise<Page<KeyRecord> | Problem<'account_not_found' | 'invalid_cursor'>>
  read(id: string): Promise<KeyRecord | Problem<'key_not_found'>>
  update(
    caller: Caller,
    id: string,
    change: KeyChange,
    expectedVersion?: number,
  ): Promise<
    | KeyRecord
    | Problem<
        | 'key_not_found'
        | 'key_state_conflict'
        | 'grant_not_editable'
        | 'not_allowed_by_configuration'
        | 'invalid_parameters'
        | 'exceeds_creator'
        | 'exceeds_children'
        | 'precondition_failed'
      >
  >
  /** `delete` answers `null`. A key of a suspended account can be revoked, paused and deleted, not reactivated. */
  change(
    caller: Caller,
    id: string,
    action: KeyStateChange,
    expectedVersion?: number,
  ): Promise<
    | KeyRecord
    | null
    | Problem<
        | 'key_not_found'
        | 'key_state_conflict'
        | 'action_not_offered'
        | 'active_keys_cap'
        | 'account_suspended'
        | 'precondition_failed'
        | 'exceeds_creator'
      >
  >
  rotate(
    caller: Caller,
    id: string,
    request: { readonly overlapSeconds?: number | undefined; readonly expiresAtMs?: number | null | undefined },
    idempotency?: Idempotency,
  ): Promise<
    | (Created<KeyRecord> & { readonly previous: KeyRecord })
    | Problem<
        | 'key_not_found'
        | 'key_not_newest'
        | 'key_state_conflict'
        | 'action_not_offered'
        | 'account_suspended'
        | 'not_allowed_by_configuration'
        | 'invalid_parameters'
        | 'exceeds_creator'
        | 'exceeds_children'
        | IdempotencyProblem
      >
  >
  setOverride(
    caller: Caller,
    id: string,
    override: {
      readonly limits?: readonly LimitOverride[] | undefined
      readonly quota?: QuotaOverride | null | undefined
    },
  ): Promise<KeyRecord | Problem<'key_not_found' | 'invalid_parameters' | 'exceeds_children'>>
  clearOverride(caller: Caller, id: string): Promise<KeyRecord | Problem<'key_not_found' | 'exceeds_children'>>
  /** One transaction of at most 500 keys; call again with `nextCursor` until it is `null`. A dry run changes nothing and counts. */
  batch(
    caller: Caller,
    request: {
      readonly action: 'pause' | 'revoke' | 'delete'
      readonly accountId?: string | undefined
      readonly filter: KeyFilter
      readonly dryRun: boolean
      readonly cursor?: string | undefined
    },
  ): Promise<KeyBatchResult | Problem<'action_not_offered' | 'invalid_cursor' | 'account_not_found'>>
  /**
   * Revokes what is left of revocations that a crash cut off: keys whose parent's lineage has no usable key, and those of members that were
   * removed. Checks refuse them anyhow. Answers how many.
   */
  finishCascades(caller: Caller): Promise<number>
}

// ---------------------------------------------------------------- credentials and set-up

export interface CredentialRecord {
  readonly id: string
  readonly kind: 'operator' | 'verify'
  readonly name: string
  readonly masked: string
  readonly environment: string | null
  readonly audiences: readonly string[]
  readonly createdBy: { readonly kind: string; readonly id: string }
  readonly createdAtMs: number
}

export interface Credentials {
  create(
    caller: Caller,
    input: {
      readonly kind: 'operator' | 'verify'
      readonly name: string
      readonly environment?: string | undefined
      readonly audiences?: readonly string[] | undefined
    },
    idempotency?: Idempotency,
  ): Promise<
    | Created<CredentialRecord>
    | Problem<'forbidden' | 'not_allowed_by_configuration' | 'invalid_parameters' | IdempotencyProblem>
  >
  list(page: PageRequest): Promise<Page<CredentialRecord> | Problem<'invalid_cursor'>>
  delete(caller: Caller, id: string): Promise<null | Problem<'credential_not_found' | 'last_operator'>>
  /** Makes the operator credential of an unattended installation known (`OPERATOR_KEY`), once; a changed value replaces it. */
  ensureOperator(text: Secret): Promise<void>
}

export interface Setup {
  /**
   * A fresh one-time link token while no operator exists, else `null`. Earlier ones stop working, but for those that other servers on the same
   * store issued within the hour: all of these work until one of them is used.
   */
  issue(): Promise<Secret | null>
  /** Whether the token would be accepted; consumes nothing. */
  isOpen(token: string): Promise<boolean>
  /** Makes the first operator credential and closes set-up, in one transaction. */
  complete(token: string, caller: Omit<Caller, 'actor'>): Promise<Created<CredentialRecord> | Problem<'setup_closed'>>
}

// ---------------------------------------------------------------- the log

export interface NewEvent {
  readonly type: EventType
  readonly accountId: string | null
  readonly target: {
    readonly kind:
      | 'installation'
      | 'config'
      | 'account'
      | 'member'
      | 'key'
      | 'credential'
      | 'log'
      | 'person'
      | 'operator'
      | 'invitation'
      | 'webhook'
    readonly id: string
  }
  readonly scopes: readonly Scope[]
  /** What changed, without secrets and without personal data. */
  readonly before?: Readonly<Record<string, unknown>> | undefined
  readonly after?: Readonly<Record<string, unknown>> | undefined
}

export interface LogEntry {
  readonly number: number
  readonly epoch: string
  readonly type: EventType
  readonly atMs: number
  readonly actor: { readonly kind: string; readonly id: string }
  readonly accountId: string | null
  readonly target: { readonly kind: string; readonly id: string }
  readonly before: Readonly<Record<string, unknown>> | null
  readonly after: Readonly<Record<string, unknown>> | null
  readonly reason: string | null
  readonly requestId: string
  /** `null` where there was none or it was erased. */
  readonly personal: { readonly network?: string; readonly userAgent?: string } | null
}

/** A change with the chain hash of its entry, so that its place can be known again. */
export interface LoggedChange extends Change {
  readonly hash: string
}

export interface HeadAnswer {
  readonly position: Position
  /** How old the answering node's own proof was when it answered; 0 for the store itself. */
  readonly ageMs: number
  readonly storeTimeMs: number
  /** Changes after the position asked for, oldest first. */
  readonly changes: readonly LoggedChange[]
  /** False: there are more; ask again with the last change's position. */
  readonly complete: boolean
  /** True: the position asked for is pruned, foreign or of another epoch; forget everything and go on from `position`. */
  readonly reset: boolean
}

/** What a full walk of the log found; `faults` empty: whole. */
export interface LogVerification {
  readonly entries: number
  readonly from: number
  readonly through: number
  readonly faults: readonly { readonly number: number; readonly fault: string }[]
}

export interface Log {
  /** Newest first. */
  list(
    filter: {
      readonly accountId?: string | undefined
      readonly keyId?: string | undefined
      readonly type?: string | undefined
      readonly afterNumber?: number | undefined
    },
    page: PageRequest,
  ): Promise<Page<LogEntry> | Problem<'invalid_cursor'>>
  head(after: Position | null): Promise<HeadAnswer>
  /** Walks the whole chain in batches; `outside` are checkpoints kept outside the database. */
  verify(outside: readonly Checkpoint[], progress?: (done: number, total: number) => void): Promise<LogVerification>
  /** Signs the head as a checkpoint and stores it. */
  checkpoint(): Promise<Checkpoint>
  prune(caller: Caller, beforeMs: number): Promise<{ readonly removed: number; readonly checkpoint: Checkpoint }>
  /** Records an event of which the rows are elsewhere: what the sign-in library did. */
  record(caller: Caller, event: NewEvent): Promise<void>
  erasePersonal(caller: Caller, numbers: readonly number[]): Promise<number>
}

export interface Checkpoint {
  readonly epoch: string
  readonly number: number
  readonly hash: string
  readonly atMs: number
  readonly logKeyId: string
  readonly signature: string
}

// ---------------------------------------------------------------- what checks need and leave behind

/** Something read for a check, with the position of the snapshot that it was read in. */
export interface Loaded<Facts> {
  readonly position: Position
  readonly storeTimeMs: number
  readonly facts: Facts | undefined
}

/**
 * The reads of the check path: prepared statements on a connection that never streams, each seeing one committed snapshot. A database in this
 * process answers at once.
 */
export interface CheckReads {
  key(text: string): Soon<Loaded<KeyFacts>>
  account(id: string): Soon<Loaded<AccountFacts>>
  credential(text: string): Promise<Loaded<CredentialFacts>>
  head(after: Position | null): Promise<HeadAnswer>
}

/** What a process knows of which keys exist, and what that saved. */
export interface KnownKeysState {
  /** Keys that are known by their digests; `null` while they are not gathered. */
  readonly keys: number | null
  readonly bytes: number
  /** Whether they are not gathered since there are too many. */
  readonly tooMany: boolean
  /** Presented keys that are unknown, by who said so. */
  readonly answeredByFilter: number
  readonly answeredByStore: number
  /** Those that nobody answered, since too many waited before them. */
  readonly turnedAway: number
}

/** Keeps unknown keys from the database. */
export interface KnownKeysPort {
  readonly state: KnownKeysState
  /** Gathers the digests of all keys in the background; until then, the database is asked. `tellTooMany` hears where there are too many. */
  gather(tellTooMany?: () => void): Promise<void>
}

export interface QuotaTake {
  readonly lineageId: string
  readonly quota: Quota
  readonly cost: number
  readonly atMs: number
}

/** Quotas are exact and durable: each call is one atomic operation. */
export interface Quotas {
  take(
    request: QuotaTake,
  ): Promise<{ readonly taken: boolean; readonly used: number; readonly resetsAtMs: number | null }>
  giveBack(request: QuotaTake): Promise<void>
}

/** Everything that checks left behind since the batch before; (process, number) makes its delivery count once. */
export interface UsageBatch {
  readonly process: string
  readonly number: number
  readonly usage: readonly {
    readonly keyId: string
    readonly hourMs: number
    readonly code: string
    readonly tag: string
    readonly count: number
  }[]
  readonly lastUsed: readonly {
    readonly keyId: string
    readonly atMs: number
    readonly network: string | null
    readonly userAgent: string | null
  }[]
  readonly activity: readonly {
    readonly keyId: string
    readonly atMs: number
    readonly code: string
    readonly permission: string | null
    readonly network: string | null
    readonly userAgent: string | null
    readonly tag: string | null
  }[]
  readonly refusals: readonly {
    readonly hourMs: number
    readonly code: string
    readonly network: string
    readonly count: number
  }[]
}

export interface UsageBucket {
  readonly startMs: number
  readonly code: string
  readonly tag: string
  readonly count: number
}

export interface ActivityRecord {
  readonly atMs: number
  readonly code: string
  readonly permission: string | null
  readonly network: string | null
  readonly userAgent: string | null
  readonly tag: string | null
}

export interface Usage {
  /** False where this (process, number) was stored before: nothing was added. Increments of deleted keys are dropped. */
  store(batch: UsageBatch): Promise<boolean>
  read(
    keyId: string,
    range: { readonly fromMs: number; readonly toMs: number; readonly granularity: 'hour' | 'day' },
  ): Promise<readonly UsageBucket[]>
  activity(keyId: string, page: PageRequest): Promise<Page<ActivityRecord> | Problem<'invalid_cursor'>>
  refusals(range: {
    readonly fromMs: number
    readonly toMs: number
  }): Promise<
    readonly { readonly hourMs: number; readonly code: string; readonly network: string; readonly count: number }[]
  >
  /** Removes activity older than the configuration keeps, and answers to old Idempotency-Keys. */
  sweep(): Promise<void>
}

// ---------------------------------------------------------------- the configuration in force

export interface Configurations {
  current(): Promise<{ readonly hash: string; readonly source: KeywrightConfig } | null>
  /** What the stored data has that the configuration does not know; empty: it fits. */
  misfits(config: ResolvedConfig): Promise<readonly string[]>
  /** Records the configuration as in force, with its event, unless its hash already is. */
  apply(config: ResolvedConfig, caller: Caller): Promise<{ readonly hash: string; readonly changed: boolean }>
}

/** What a restored store cannot know of itself, kept in it until an operator has confirmed it. */
export interface RestoreMark {
  /** The last entry of the log that the backup holds. */
  readonly through: number
  /** When that entry was written, epoch milliseconds. */
  readonly atMs: number
}

/** The whole store. A change is answered only after `applied` was awaited with its position. */
export interface Storage {
  readonly accounts: Accounts
  readonly members: Members
  readonly keys: Keys
  readonly credentials: Credentials
  readonly setup: Setup
  readonly operators: Operators
  readonly memberships: Memberships
  readonly invitations: Invitations
  readonly insights: Insights
  readonly webhooks: Webhooks
  readonly notices: Notices
  readonly outbox: OutboxWork
  readonly log: Log
  readonly checks: CheckReads
  readonly knownKeys: KnownKeysPort
  readonly quotas: Quotas
  readonly usage: Usage
  readonly configurations: Configurations
  /** Hears of changes that other processes made, until it is closed. It only wakes: the head of the log alone proves. */
  listen(listener: ChangeListener): { close(): Promise<void> }
  /** Whether this program may use the schema; a newer one may have changed it meanwhile. */
  schemaFits(): Promise<boolean>
  /** Whether any key is stored; with it and without its pepper nothing may start. */
  hasKeys(): Promise<boolean>
  /** The mark of a restore that nobody has confirmed yet. */
  restoreMark(): Promise<RestoreMark | null>
  close(): Promise<void>
}

/** Called after each commit with the position of its last entry; resolves when this node's own memory has applied it. */
export type Applied = (position: Position) => Promise<void>

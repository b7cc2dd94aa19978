import type { OutboxSchema } from './schema-outbox.ts'
import type { RestoreSchema } from './schema-restore.ts'
import type { SignInSchema } from './schema-sign-in.ts'
import type { TeamSchema } from './schema-team.ts'

export type { OutboxSchema } from './schema-outbox.ts'
export type { RestoreSchema } from './schema-restore.ts'
export type { PersonRow, SignInSchema } from './schema-sign-in.ts'
export type { InvitationRow, OperatorRow, TeamSchema } from './schema-team.ts'

/**
 * The one schema, the same on every database: text, whole numbers and nothing else. Moments are epoch milliseconds, structures are
 * JSON text, flags are 0 or 1. Names end in what they hold (`…_ms`, `…_json`).
 */
export interface Schema extends FoundationSchema, SignInSchema, TeamSchema, OutboxSchema, RestoreSchema {}

/** The tables of the first migration. */
export interface FoundationSchema {
  readonly log_head: LogHeadRow
  readonly log_entries: LogEntryRow
  readonly log_personal: LogPersonalRow
  readonly log_checkpoints: LogCheckpointRow
  readonly configurations: ConfigurationRow
  readonly digest_chains: DigestChainRow
  readonly accounts: AccountRow
  readonly members: MemberRow
  readonly lineages: LineageRow
  readonly keys: KeyRow
  readonly credentials: CredentialRow
  readonly setup_links: SetupLinkRow
  readonly idempotency: IdempotencyRow
  readonly quota_uses: QuotaUseRow
  readonly key_last_used: KeyLastUsedRow
  readonly usage: UsageRow
  readonly activity: ActivityRow
  readonly refusals: RefusalRow
  readonly usage_batches: UsageBatchRow
}

/** One row (`id` 1): the newest place of the log. Locking it is the last lock that a transaction takes. */
export interface LogHeadRow {
  readonly id: number
  readonly epoch: string
  readonly number: number
  readonly hash: string
}

export interface LogEntryRow {
  readonly number: number
  readonly epoch: string
  readonly type: string
  readonly at_ms: number
  readonly actor_kind: string
  readonly actor_id: string
  readonly account_id: string | null
  readonly target_kind: string
  readonly target_id: string
  readonly scopes_json: string
  readonly before_json: string | null
  readonly after_json: string | null
  readonly reason: string | null
  readonly request_id: string
  /** Salted commitment to the personal data beside the entry; the chain covers it, so that erasing the data leaves the chain whole. */
  readonly personal_commitment: string | null
  readonly log_key_id: string
  /** HMAC-SHA-256 under the log key over the previous hash and the canonical entry, base64url. */
  readonly hash: string
}

export interface LogPersonalRow {
  readonly number: number
  readonly salt: string
  readonly data_json: string
}

export interface LogCheckpointRow {
  readonly number: number
  readonly epoch: string
  readonly hash: string
  readonly at_ms: number
  readonly log_key_id: string
  readonly signature: string
  /** 1: everything up to and including `number` was pruned. */
  readonly pruned: number
}

export interface ConfigurationRow {
  readonly hash: string
  /** The entry of the log that applied it last. */
  readonly number: number
  readonly applied_at_ms: number
  readonly source_json: string
}

/** How a stored digest follows from the presented text: a list of steps, the first over the text. */
export interface DigestChainRow {
  readonly id: string
  /** `[{"kind":"hmac-sha256","pepper":"<pepper id>"}]`; imported keys begin with `{"kind":"sha256"}`. */
  readonly steps_json: string
}

export interface AccountRow {
  readonly id: string
  readonly name: string
  readonly external_id: string | null
  readonly state: 'active' | 'suspended'
  readonly plan: string
  readonly overrides_json: string
  /** A cap on active keys that an operator set for this account: `{"activeKeysMax": 80, "untilMs": null}`. */
  readonly cap_override_json: string | null
  readonly created_at_ms: number
  readonly updated_at_ms: number
  readonly version: number
}

export interface MemberRow {
  readonly id: string
  readonly account_id: string
  readonly person_id: string | null
  readonly external_id: string | null
  readonly name: string | null
  readonly role: string
  readonly state: 'active' | 'suspended'
  readonly created_at_ms: number
  readonly updated_at_ms: number
  readonly version: number
}

export interface LineageRow {
  readonly id: string
  readonly account_id: string
  readonly parent_lineage_id: string | null
  readonly overrides_json: string
  readonly quota_override_json: string | null
}

export interface KeyRow {
  readonly id: string
  readonly account_id: string
  readonly lineage_id: string
  readonly digest: string
  readonly digest_chain: string
  readonly type: string
  readonly environment: string | null
  readonly prefix: string
  readonly first_characters: string
  readonly last_characters: string
  readonly name: string | null
  /** The name as it is searched: NFKC, lower case. */
  readonly name_search: string | null
  readonly description: string | null
  readonly state: 'active' | 'paused' | 'revoked'
  readonly grant_json: string
  readonly preset: string | null
  readonly networks_json: string | null
  readonly limits_json: string
  readonly quota_json: string | null
  readonly metadata_json: string | null
  readonly owner_member_id: string | null
  /**
   * 1: this key is the only one that its lineage ever had, no key made it, and no override was ever set, so that a check need not look at its
   * lineage. Never 1 again once it was 0.
   */
  readonly stands_alone: number
  /** The key's own expiry. */
  readonly expires_at_ms: number | null
  /** The earlier of the expiry and the end that a rotation gave it. */
  readonly ends_at_ms: number | null
  readonly rotated_to_id: string | null
  readonly created_by_kind: string
  readonly created_by_id: string
  readonly created_at_ms: number
  readonly updated_at_ms: number
  readonly version: number
}

export interface CredentialRow {
  readonly id: string
  readonly kind: 'operator' | 'verify'
  readonly name: string
  readonly digest: string
  readonly digest_chain: string
  readonly last_characters: string
  readonly environment: string | null
  readonly audiences_json: string
  readonly created_by_kind: string
  readonly created_by_id: string
  readonly created_at_ms: number
}

export interface SetupLinkRow {
  readonly digest: string
  readonly digest_chain: string
  readonly created_at_ms: number
}

export interface IdempotencyRow {
  readonly caller: string
  readonly route: string
  readonly idempotency_key: string
  readonly fingerprint: string
  readonly status: number
  /** The answer without its secret. */
  readonly response_json: string
  readonly created_at_ms: number
}

export interface QuotaUseRow {
  readonly lineage_id: string
  /** `2026-11-21`, `2026-11`, or empty for quotas without a period. */
  readonly period: string
  readonly used: number
}

export interface KeyLastUsedRow {
  readonly key_id: string
  readonly at_ms: number
  readonly network: string | null
  readonly user_agent: string | null
}

export interface UsageRow {
  readonly key_id: string
  readonly hour_ms: number
  readonly code: string
  readonly tag: string
  readonly count: number
}

export interface ActivityRow {
  /** The (process, number, index) of the record, so that a repeated batch cannot add it twice and order is total. */
  readonly id: string
  readonly key_id: string
  readonly at_ms: number
  readonly code: string
  readonly permission: string | null
  readonly network: string | null
  readonly user_agent: string | null
  readonly tag: string | null
}

/** Presentations that no key answers for, by hour, outcome and shortened network; never the text. */
export interface RefusalRow {
  readonly hour_ms: number
  readonly code: string
  readonly network: string
  readonly count: number
}

export interface UsageBatchRow {
  readonly process: string
  readonly number: number
  readonly at_ms: number
}

import type { Limit, Problem, Quota } from '@keywright/core'
import type { Secret } from '../secret.ts'
import type { Caller, KeyRecord, MemberRecord, Page, PageRequest } from './ports.ts'

/** A person who is an operator: over all accounts. */
export interface OperatorRecord {
  readonly personId: string
  readonly name: string
  readonly email: string
  readonly createdAtMs: number
}

/** The people who operate the installation. */
export interface Operators {
  isOperator(personId: string): Promise<boolean>
  list(page: PageRequest): Promise<Page<OperatorRecord> | Problem<'invalid_cursor'>>
  /** At least one way to operate remains: another person, or an operator credential. */
  remove(caller: Caller, personId: string): Promise<null | Problem<'operator_not_found' | 'last_operator'>>
  /** Makes the first operator by the set-up link, and with it (where named) a first account whose first member this person is, in one transaction. */
  completeSetup(
    token: string,
    caller: Omit<Caller, 'actor'>,
    given: { readonly personId: string; readonly personName: string; readonly accountName: string | null },
  ): Promise<{ readonly accountId: string | null } | Problem<'setup_closed'>>
}

/** A person's membership with what the switcher of accounts shows. */
export interface Membership {
  readonly member: MemberRecord
  readonly account: { readonly id: string; readonly name: string; readonly state: 'active' | 'suspended' }
}

/** What people are in accounts, by person. */
export interface Memberships {
  /** Active and suspended memberships of a person, by the account's name. */
  of(personId: string): Promise<readonly Membership[]>
  /** The active membership of a person in one account; `undefined`: none (suspended ones count as none). */
  in(personId: string, accountId: string): Promise<MemberRecord | undefined>
  /**
   * Suspends every active membership of a person, and remembers which (T16: their personal keys stop at once). Refused where an account
   * would lose the last active member of its lasting role, or the installation its last operator.
   */
  suspendAll(caller: Caller, personId: string): Promise<number | Problem<'last_member_of_role' | 'last_operator'>>
  /** Brings back the memberships that `suspendAll` suspended. */
  resumeAll(caller: Caller, personId: string): Promise<number>
}

/** An invitation that nobody has accepted yet; its token is not kept. */
export interface InvitationRecord {
  readonly id: string
  /** `null`: to become an operator. */
  readonly account: { readonly id: string; readonly name: string } | null
  readonly email: string
  readonly role: string | null
  readonly invitedBy: { readonly kind: string; readonly id: string }
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

/** Invitations to accounts (`accountId: null`: to operate), each for one e-mail address. */
export interface Invitations {
  /** `accountId: null`: to become an operator. Inviting the same address again replaces the earlier invitation. The token is there this once. */
  create(
    caller: Caller,
    accountId: string | null,
    given: { readonly email: string; readonly role: string | null },
  ): Promise<
    | { readonly record: InvitationRecord; readonly token: Secret }
    | Problem<'account_not_found' | 'member_exists' | 'not_allowed_by_configuration' | 'invalid_parameters'>
  >
  list(
    accountId: string | null,
    page: PageRequest,
  ): Promise<Page<InvitationRecord> | Problem<'account_not_found' | 'invalid_cursor'>>
  /** A new token and term; the earlier link stops working. */
  renew(
    caller: Caller,
    accountId: string | null,
    id: string,
  ): Promise<{ readonly record: InvitationRecord; readonly token: Secret } | Problem<'invitation_not_found'>>
  delete(caller: Caller, accountId: string | null, id: string): Promise<null | Problem<'invitation_not_found'>>
  /** What a token invites to; consumes nothing. */
  look(token: string): Promise<InvitationRecord | Problem<'invitation_closed'>>
  /** Makes the person a member (or an operator) and uses the invitation up, in one transaction. Of two at once one finds it closed. */
  accept(
    caller: Caller,
    token: string,
    person: { readonly id: string; readonly name: string; readonly email: string },
  ): Promise<{ readonly accountId: string | null } | Problem<'invitation_closed' | 'invitation_for_another'>>
}

/** What the page says of an account's keys at one glance. Each number is a filter of the list; all but the states count active keys. */
export interface KeySummary {
  readonly states: Readonly<Record<KeyRecord['state'], number>>
  /** Active lineages, and how many there may be (`null`: no cap). */
  readonly cap: { readonly used: number; readonly max: number | null }
  /** Active keys, not used for so long (never used counts, once created before that). */
  readonly unused30Days: number
  readonly unused90Days: number
  readonly unrestricted: number
  /** Active keys that end within seven days by their own expiry. */
  readonly expiring7Days: number
  readonly dueForRotation: number
  /** Older keys of a rotation that still work for their overlap. */
  readonly rotating: number
}

/** The limits that apply to a key or an account at this moment, after plan and overrides. */
export interface LimitsInForce {
  readonly limits: readonly Limit[]
  /** Shared by all keys of the account. */
  readonly accountLimits: readonly Limit[]
  readonly quota: Quota | null
}

/** What has changed in an account since a cursor. */
export interface AccountChanges {
  /** Give it again to learn what changed after. */
  readonly cursor: string
  readonly changed: readonly ('keys' | 'usage' | 'members' | 'account' | 'webhooks' | 'notices')[]
}

/** What pages show of an account and its keys that no single record says. */
export interface Insights {
  summary(accountId: string): Promise<KeySummary | Problem<'account_not_found'>>
  /** The key of an account with exactly this text, by its digest; the text goes nowhere else. */
  find(accountId: string, text: string): Promise<KeyRecord | Problem<'key_not_found'>>
  keyLimits(key: KeyRecord): Promise<LimitsInForce>
  accountLimits(
    accountId: string,
  ): Promise<
    | (Pick<LimitsInForce, 'accountLimits' | 'limits' | 'quota'> & { readonly activeKeysMax: number | null })
    | Problem<'account_not_found'>
  >
  /**
   * What changed in an account after a cursor, which `null` asks for. Where nothing did, it waits for a change, at most `waitMs`, until the
   * signal, or not at all where too many wait. Of usage and notices it learns at once in this process alone.
   */
  changes(
    accountId: string,
    after: string | null,
    wait?: { readonly waitMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<AccountChanges | Problem<'account_not_found' | 'invalid_cursor'>>
  /** Tells those who wait in this process of what stands beside the log. */
  touch(accountId: string, what: 'usage' | 'notices'): void
}

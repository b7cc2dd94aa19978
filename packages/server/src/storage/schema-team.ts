/** Who operates the installation, and who was invited. */
export interface TeamSchema {
  readonly operators: OperatorRow
  readonly invitations: InvitationRow
  readonly suspended_memberships: SuspendedMembershipRow
}

/** A person who is an operator. */
export interface OperatorRow {
  readonly person_id: string
  /** 1: suspended with the person; then no operator until resumed. */
  readonly suspended: number
  readonly created_by_kind: string
  readonly created_by_id: string
  readonly created_at_ms: number
}

/** An invitation that is neither accepted nor withdrawn. The e-mail address is personal data and stays out of the log. */
export interface InvitationRow {
  readonly id: string
  /** `null`: to become an operator. */
  readonly account_id: string | null
  readonly email: string
  readonly role: string | null
  readonly digest: string
  readonly digest_chain: string
  readonly invited_by_kind: string
  readonly invited_by_id: string
  readonly created_at_ms: number
  readonly expires_at_ms: number
}

/** A membership that was suspended with its person, and comes back with it. */
export interface SuspendedMembershipRow {
  readonly member_id: string
  readonly person_id: string
}

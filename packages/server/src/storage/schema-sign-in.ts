/**
 * The tables that the sign-in library owns: people, sessions and factors. The names are ours; the columns and their kinds are the library's
 * (moments are RFC 3339 text, flags are 0 or 1). Nothing but `people/` and the joins for names and e-mail addresses reads them.
 */
export interface SignInSchema {
  readonly people: PersonRow
  readonly sessions: SessionRow
  readonly sign_in_methods: SignInMethodRow
  readonly verifications: VerificationRow
  readonly second_factors: SecondFactorRow
  readonly passkeys: PasskeyRow
  readonly password_resets: PasswordResetRow
}

/** One person who can sign in. */
export interface PersonRow {
  readonly id: string
  readonly name: string
  /** Lower case. */
  readonly email: string
  readonly email_verified: number
  readonly image: string | null
  /** The language tag that the person chose; `null`: as the browser says. */
  readonly language: string | null
  /** 1: may not sign in. */
  readonly suspended: number
  readonly two_factor_enabled: number
  readonly created_at: string
  readonly updated_at: string
}

/** One browser that is signed in. */
export interface SessionRow {
  readonly id: string
  readonly person_id: string
  /** The cookie carries it with a signature under a key that is not in the database: a copy of the row signs nobody in. */
  readonly token: string
  readonly expires_at: string
  readonly created_at: string
  /** When the session was last seen, to the minute. */
  readonly updated_at: string
  readonly network: string | null
  readonly user_agent: string | null
  readonly proved_at_ms: number
}

/** A password (provider `credential`) or an identity at an OpenID Connect provider. Tokens of providers are not kept. */
export interface SignInMethodRow {
  readonly id: string
  readonly person_id: string
  readonly provider: string
  /** The person's id for a password, issuer and subject for a provider. */
  readonly subject: string
  /** A salted scrypt hash. */
  readonly password: string | null
  readonly scope: string | null
  readonly created_at: string
  readonly updated_at: string
}

/** Something short-lived that a browser has to come back with: the second step, a passkey's challenge, a provider's state. */
export interface VerificationRow {
  readonly id: string
  readonly identifier: string
  readonly value: string
  readonly expires_at: string
  readonly created_at: string
  readonly updated_at: string
}

/** A time-based one-time password and its backup codes. */
export interface SecondFactorRow {
  readonly id: string
  readonly person_id: string
  /** Encrypted under a key that is not in the database. */
  readonly secret: string
  /** A JSON list of digests; a used one is gone. */
  readonly backup_codes: string
  /** 0: begun, not confirmed. */
  readonly verified: number
  readonly failed_verification_count: number | null
  readonly locked_until: string | null
  /** The time step of the newest code that was accepted: none is accepted twice (RFC 6238, section 5.2). */
  readonly last_step: number | null
}

/** A WebAuthn credential. */
export interface PasskeyRow {
  readonly id: string
  readonly person_id: string
  readonly name: string | null
  readonly public_key: string
  readonly credential_id: string
  readonly counter: number
  readonly device_type: string
  readonly backed_up: number
  readonly transports: string | null
  readonly created_at: string | null
  readonly aaguid: string | null
}

/** The one link by which a person may set a new password. */
export interface PasswordResetRow {
  readonly person_id: string
  readonly digest: string
  readonly expires_at_ms: number
}

import type { Problem } from '@keywright/core'
import type { Caller } from '../storage/ports.ts'

/** Someone who can sign in. What they may do follows from our own tables (members, operators), never from the sign-in library. */
export interface Person {
  readonly id: string
  readonly name: string
  /** Lower case. */
  readonly email: string
  /** The language tag that the person chose; `null`: as the browser says. */
  readonly language: string | null
  readonly suspended: boolean
  readonly createdAtMs: number
}

/** How a person can prove who they are. */
export interface Factors {
  readonly password: boolean
  /** A time-based one-time password is on (RFC 6238). */
  readonly totp: boolean
  readonly backupCodesLeft: number
  readonly passkeys: readonly PasskeyRecord[]
  /** Identity providers that the person signed in by. */
  readonly providers: readonly string[]
}

/** A passkey as its person sees it. */
export interface PasskeyRecord {
  readonly id: string
  readonly name: string
  readonly createdAtMs: number
}

/** A session as the store has it at this moment; nothing of it is cached (T10). */
export interface SessionRecord {
  readonly id: string
  readonly personId: string
  readonly createdAtMs: number
  readonly lastSeenAtMs: number
  readonly expiresAtMs: number
  /** When the person last proved who they are: at sign-in, or later by a factor. */
  readonly provedAtMs: number
  readonly network: string | null
  readonly userAgent: string | null
}

/** A session and the person whom it signs in. */
export interface SignedIn {
  readonly session: SessionRecord
  readonly person: Person
}

/** The browser that asks. */
export interface Visitor {
  /** The request's own headers; only its cookies, its Origin and its user agent are read. */
  readonly headers: Headers
  /** The caller's address, seen through trusted proxies, or `unknown`. */
  readonly address: string
  readonly requestId: string
}

/** An answer with the cookies that go with it, each a whole `Set-Cookie` line. */
export interface WithCookies<Value> {
  readonly value: Value
  readonly setCookies: readonly string[]
}

/** After the first factor: signed in, or one more proof is needed. */
export type SignInStep = { readonly next: 'done' } | { readonly next: 'second_factor' }

/** Too many failures: `retryAfterSeconds` says when the next attempt is heard. */
export type Throttled = Problem<'too_many_requests'> & { readonly retryAfterSeconds?: number }

/** A proof that it is still the same person. */
export type Proof =
  | { readonly password: string }
  | { readonly code: string }
  /** The browser's answer to `passkeyProofOptions`, as WebAuthn's `AuthenticationResponseJSON`. */
  | { readonly passkey: unknown }

/** JSON that a browser's WebAuthn calls take as it is. */
export type WebAuthnOptions = Readonly<Record<string, unknown>>

/** What a person is made from. */
export interface NewPerson {
  readonly name: string
  readonly email: string
  /** At least 12 characters (people choose), at most 128, none that is widely known. */
  readonly password: string
}

/** A page of people, for operators. */
export interface PeoplePage {
  readonly items: readonly Person[]
  readonly nextCursor: string | null
}

/**
 * Everything about people who sign in: the one port behind which the sign-in library stands. It keeps people, sessions and factors; accounts,
 * members, roles, operators and invitations are the storage's. Each success and refusal of a known person is recorded in the log.
 */
export interface People {
  // ---- sessions
  /** Who is signed in by the request's cookie, read from the store; `undefined`: nobody. Suspended people have no session. */
  session(headers: Headers): Promise<SignedIn | undefined>
  signOut(visitor: Visitor): Promise<WithCookies<null>>
  sessions(personId: string): Promise<readonly SessionRecord[]>
  endSession(caller: Caller, personId: string, sessionId: string): Promise<null | Problem<'session_not_found'>>
  /** Ends all sessions of a person but the named one; answers how many. */
  endSessions(caller: Caller, personId: string, exceptSessionId: string | null): Promise<number>
  /** Takes a fresh proof; the session is then proved for ten minutes. */
  prove(
    visitor: Visitor,
    signedIn: SignedIn,
    proof: Proof,
  ): Promise<
    | { readonly provedAtMs: number }
    | Problem<'sign_in_refused' | 'second_factor_refused' | 'passkey_refused'>
    | Throttled
  >
  passkeyProofOptions(visitor: Visitor, signedIn: SignedIn): Promise<WithCookies<WebAuthnOptions>>

  // ---- signing in
  /** Unknown address, wrong password and suspended person answer alike, in bytes and about in time. */
  signIn(
    visitor: Visitor,
    given: { readonly email: string; readonly password: string },
  ): Promise<WithCookies<SignInStep> | Problem<'sign_in_refused'> | Throttled>
  /** The second step: a code of the authenticator (usable once) or a backup code (used up). */
  signInSecondFactor(
    visitor: Visitor,
    given: { readonly code: string } | { readonly backupCode: string },
  ): Promise<WithCookies<SignInStep> | Problem<'second_factor_refused' | 'sign_in_required'> | Throttled>
  passkeySignInOptions(visitor: Visitor): Promise<WithCookies<WebAuthnOptions> | Throttled>
  /** A passkey proves two factors at once: no code is asked for. */
  signInWithPasskey(
    visitor: Visitor,
    response: unknown,
  ): Promise<WithCookies<SignInStep> | Problem<'passkey_refused'> | Throttled>
  /** OpenID Connect providers that people may sign in by. */
  readonly providers: readonly { readonly id: string; readonly label: string }[]
  /** Where the browser goes to sign in by a provider; `returnTo` is a path of ours. */
  startProvider(
    visitor: Visitor,
    providerId: string,
    returnTo: string,
  ): Promise<WithCookies<{ readonly url: string }> | Problem<'provider_not_found'> | Throttled>
  /** The browser's way back (`/v1/sign-in/providers/{provider}/callback`): always a path of ours to go to, an error named in its query. */
  finishProvider(request: Request, visitor: Visitor): Promise<WithCookies<{ readonly location: string }>>

  // ---- people
  read(personId: string): Promise<Person | undefined>
  findByEmail(email: string): Promise<Person | undefined>
  /** Several at once, by id; the unknown are missing. */
  readAll(personIds: readonly string[]): Promise<ReadonlyMap<string, Person>>
  list(page: {
    readonly cursor?: string | undefined
    readonly limit?: number | undefined
    readonly search?: string | undefined
  }): Promise<PeoplePage | Problem<'invalid_cursor'>>
  create(caller: Caller, person: NewPerson): Promise<Person | Problem<'person_exists' | 'password_not_allowed'>>
  /** Signs a person in without a factor: right after `create`, for the browser that made the person. */
  signInNew(visitor: Visitor, person: Person): Promise<WithCookies<SignInStep>>
  update(
    caller: Caller,
    personId: string,
    change: { readonly name?: string | undefined; readonly language?: string | null | undefined },
  ): Promise<Person | Problem<'person_not_found'>>
  /** Refuses sign-in and ends every session at once. Memberships and keys are the storage's to suspend. */
  suspend(caller: Caller, personId: string): Promise<Person | Problem<'person_not_found' | 'person_suspended'>>
  resume(caller: Caller, personId: string): Promise<Person | Problem<'person_not_found' | 'person_not_suspended'>>

  // ---- factors
  factors(personId: string): Promise<Factors>
  /** `current` is needed where there is a password. Other sessions end. */
  setPassword(
    visitor: Visitor,
    signedIn: SignedIn,
    given: { readonly current?: string | undefined; readonly password: string },
  ): Promise<null | Problem<'sign_in_refused' | 'password_not_allowed'> | Throttled>
  /** A token of a link that sets a password, good once and for an hour; earlier ones stop working. */
  issueReset(
    caller: Caller,
    personId: string,
  ): Promise<{ readonly token: string; readonly expiresAtMs: number } | Problem<'person_not_found'>>
  /** Sets the password by such a token; every session ends. A second factor stays on; passkeys go where the person has not signed in on this browser before. */
  completeReset(
    visitor: Visitor,
    given: { readonly token: string; readonly password: string },
  ): Promise<null | Problem<'reset_closed' | 'password_not_allowed'> | Throttled>
  /** Begins TOTP: the secret (base32) and its `otpauth:` address, shown until it is confirmed. */
  startTotp(
    visitor: Visitor,
    signedIn: SignedIn,
  ): Promise<{ readonly secret: string; readonly uri: string } | Problem<'second_factor_conflict'>>
  /** Turns it on by a first code; answers ten backup codes, this once. Other sessions end. */
  confirmTotp(
    visitor: Visitor,
    signedIn: SignedIn,
    code: string,
  ): Promise<
    | { readonly backupCodes: readonly string[] }
    | Problem<'second_factor_refused' | 'second_factor_conflict'>
    | Throttled
  >
  removeTotp(visitor: Visitor, signedIn: SignedIn): Promise<null | Problem<'second_factor_conflict'>>
  /** New backup codes; the old ones stop working. */
  newBackupCodes(
    visitor: Visitor,
    signedIn: SignedIn,
  ): Promise<{ readonly backupCodes: readonly string[] } | Problem<'second_factor_conflict'>>
  passkeyRegistrationOptions(visitor: Visitor, signedIn: SignedIn): Promise<WithCookies<WebAuthnOptions>>
  addPasskey(
    visitor: Visitor,
    signedIn: SignedIn,
    given: { readonly name: string; readonly response: unknown },
  ): Promise<PasskeyRecord | Problem<'passkey_refused'>>
  renamePasskey(
    caller: Caller,
    personId: string,
    passkeyId: string,
    name: string,
  ): Promise<PasskeyRecord | Problem<'passkey_not_found'>>
  removePasskey(caller: Caller, personId: string, passkeyId: string): Promise<null | Problem<'passkey_not_found'>>
}

/** How long a proof holds before what is dangerous asks for another one. */
export const proofMs = 600_000

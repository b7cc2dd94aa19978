import type { Secret } from './secret.ts'

/** Whom a message goes to, and in which language (`null`: the product's). */
export interface Recipient {
  readonly email: string
  readonly name: string | null
  readonly language: string | null
}

/** What an invitation says besides its link. */
export interface InvitationFacts {
  /** `null`: to become an operator. */
  readonly account: string | null
  readonly role: string | null
  readonly invitedBy: string | null
  readonly expiresAtMs: number
}

/**
 * Messages that somebody waits for. They carry links that are secrets, so they are never stored: they go out at once or not at all. Where
 * there is no mail, the links are there to be copied.
 */
export interface Messages {
  /** Whether mail can be sent. */
  readonly mail: boolean
  /** A link that sets a password; true: the mail server took it. */
  passwordReset(to: Recipient, link: Secret, expiresAtMs: number): Promise<boolean>
  /** A link to an invitation; true: the mail server took it. */
  invitation(to: Recipient, link: Secret, about: InvitationFacts): Promise<boolean>
}

/** Every event that the log knows, once, with what it means to an adopter. Types are final once released. */
export const events = {
  'installation.created': 'The installation began; the first entry of the log',
  'installation.restored': 'The store was restored from a backup; a new epoch began',
  'config.applied': 'A configuration came into force',
  'account.created': 'An account was created',
  'account.updated': 'An account was changed',
  'account.suspended': 'An account was suspended; its keys stopped being accepted',
  'account.resumed': 'A suspended account is in good standing again',
  'account.deleted': 'An account and all that belongs to it was deleted',
  'member.created': 'A member was added to an account',
  'member.updated': "A member's role or state was changed",
  'member.deleted': 'A member was removed from an account',
  'key.created': 'A key was created',
  'key.updated': 'A key was changed',
  'key.paused': 'A key was paused',
  'key.reactivated': 'A paused key was reactivated',
  'key.revoked': 'A key was revoked for good',
  'key.rotated': 'A key was rotated: a newer one took its place, and it has an end',
  'key.deleted': 'A key was deleted for good',
  'key.override_set': 'An operator overrode limits of a key',
  'key.override_cleared': 'An override of limits of a key was removed',
  'credential.created': 'A credential was created',
  'credential.deleted': 'A credential was deleted',
  'person.created': 'A person who can sign in came into being',
  'person.updated': 'A person was changed',
  'person.suspended': 'A person was suspended; the sessions ended and the keys that are personally theirs stopped',
  'person.resumed': 'A suspended person is in good standing again',
  'person.signed_in': 'A person signed in',
  'person.sign_in_refused': 'A sign-in to a known person was refused',
  'person.signed_out': 'A person signed out, or a session was ended',
  'person.password_changed': "A person's password was set or changed",
  'person.factor_added': 'A person added a passkey or a second factor',
  'person.factor_removed': 'A person removed a passkey or a second factor',
  'person.provider_linked': 'A person signed in by way of an identity provider for the first time',
  'operator.created': 'A person became an operator',
  'operator.deleted': 'A person is an operator no longer',
  'invitation.created': 'A person was invited',
  'invitation.renewed': 'An invitation was given a new link',
  'invitation.deleted': 'An invitation was withdrawn',
  'invitation.accepted': 'An invitation was accepted',
  'webhook.created': 'A webhook was created',
  'webhook.updated': 'A webhook was changed',
  'webhook.secret_rotated': 'A webhook was given a new signing secret',
  'webhook.disabled':
    'A webhook was switched off after its deliveries failed for long, or its receiver said that it is gone',
  'webhook.deleted': 'A webhook was deleted',
  'setup.link_issued': 'A one-time set-up link was issued',
  'log.pruned': 'Old entries of the log were removed up to a signed checkpoint',
  'log.personal_data_erased': 'Personal data beside an entry of the log was erased',
} as const satisfies Record<string, string>

export type EventType = keyof typeof events

/**
 * What an event touches, so that memories know what to forget. `unknown` voids what is remembered as unknown (a key came into being);
 * `all` voids everything. Changes of a lineage name every key of it.
 */
export type Scope =
  | `key:${string}`
  | `lineage:${string}`
  | `parent:${string}`
  | `account:${string}`
  | `member:${string}`
  | `credential:${string}`
  | `person:${string}`
  | 'unknown'
  | 'all'

/** A place in the log: which history (`epoch`), which entry (`number`, from 1; 0 is before the first) and its chain hash. */
export interface Position {
  readonly epoch: string
  readonly number: number
  readonly hash: string
}

/** One entry as memories see it: its number and what it touches. */
export interface Change {
  readonly number: number
  readonly scopes: readonly Scope[]
}

/** Who did something: in the log, and as the caller of the management API. */
export type ActorReference =
  | { readonly kind: 'operator'; readonly id: string }
  | { readonly kind: 'member'; readonly id: string }
  | { readonly kind: 'person'; readonly id: string }
  | { readonly kind: 'key'; readonly id: string }
  | { readonly kind: 'system'; readonly id: string }

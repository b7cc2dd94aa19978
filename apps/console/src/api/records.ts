import type { Grant, KeyAction, KeyState, LifecycleAction, Limit, Quota } from '@keywright/core'
import type { Account as PlainAccount, Key as PlainKey, Member as PlainMember } from '@keywright/sdk'

export type {
  Activity,
  CreatedCredential,
  CreatedKey,
  Credential,
  KeyBatchResult,
  KeyCreation,
  LogEntry,
  RotatedKey,
  Usage,
} from '@keywright/sdk'

/** One page of a listing. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextCursor: string | null
}

interface Described {
  readonly id: string
  readonly label: string
  readonly description: string | null
}

interface Noun {
  readonly one: string
  readonly many: string
}

interface Field {
  readonly presence: 'required' | 'optional' | 'absent'
  readonly label: string
  readonly hint: string | null
}

export interface Level {
  readonly id: string
  readonly label: string
  readonly verbs: readonly string[]
}

export interface Resource extends Described {
  readonly group: string | null
  readonly verbs: readonly string[]
  readonly levels: readonly Level[]
  readonly instances: 'any' | readonly { readonly id: string; readonly label: string }[] | null
  readonly managesKeys: boolean
}

export interface KeyType extends Described {
  readonly prefix: string
  readonly audiences: readonly string[]
  readonly fixedGrant: Grant | null
  readonly example: string | null
}

export interface Environment extends Described {
  readonly tag: string | null
  readonly baseUrl: string | null
}

export interface Preset extends Described {
  readonly grant: Grant
}

export interface Role extends Described {
  readonly may: readonly KeyAction[]
  readonly managesMembers: boolean
}

export interface ActionWords {
  readonly label: string
  readonly confirm: 'none' | 'dialog' | 'type-name'
  readonly warning: string
}

/** The public part of the configuration in one language: everything on the page follows from it. */
export interface Config {
  readonly hash: string
  readonly language: string
  readonly product: {
    readonly name: string
    readonly languages: readonly string[]
    readonly links: Readonly<Record<'support' | 'reference' | 'team' | 'errors' | 'dashboard', string | null>>
  }
  readonly words: {
    readonly account: Noun
    readonly key: Noun
    readonly environment: Noun
    readonly type: Noun
    readonly member: Noun
    readonly menu: readonly string[]
    readonly menuPlace: 'top' | 'side'
    readonly create: string
    readonly done: string
  }
  readonly fields: {
    readonly name: Field & {
      readonly advice: {
        readonly vague: readonly string[]
        readonly text: string
        readonly examples: readonly string[]
      } | null
    }
    readonly description: Field
  }
  readonly types: readonly KeyType[]
  readonly defaultType: string | null
  readonly environments: readonly Environment[]
  readonly defaultEnvironment: string | null
  readonly groups: readonly { readonly id: string; readonly label: string }[]
  readonly resources: readonly Resource[]
  readonly presets: readonly Preset[]
  readonly grants: {
    readonly unrestricted: 'absent' | 'offered' | 'discouraged'
    readonly unrestrictedPreset: string | null
    readonly custom: boolean
    readonly editable: boolean
    readonly default: string | null
    readonly advice: string
    readonly notEditable: string
  }
  readonly roles: readonly Role[]
  readonly lastingRole: string | null
  readonly plans: readonly { readonly id: string; readonly label: string }[]
  readonly actions: Readonly<Partial<Record<LifecycleAction, ActionWords>>>
  readonly expiry: {
    readonly choicesDays: readonly (number | null)[] | null
    readonly defaultDays: number | null
    readonly maxDays: number | null
  }
  readonly rotation: {
    readonly dueAfterDays: number | null
    readonly overlapsSeconds: readonly number[]
    readonly defaultOverlapSeconds: number
    readonly maxOverlapSeconds: number
  }
  readonly display: {
    readonly mask: { readonly kind: 'first' | 'last'; readonly characters: number }
    readonly columns: readonly string[]
    readonly listedStates: readonly KeyState[]
    readonly stateLabels: Readonly<Record<KeyState, string>>
  }
  readonly acceptedHeaders: readonly ('authorization' | 'x-api-key')[]
  readonly problems: Readonly<
    Record<
      string,
      {
        readonly status: number
        readonly title: string
        readonly detail: string | null
        readonly check: readonly string[]
      }
    >
  >
  readonly tips: readonly string[]
}

/** What a browser that is not signed in may know. */
export interface SignInChoices {
  readonly product: string
  readonly languages: readonly string[]
  readonly providers: readonly { readonly id: string; readonly label: string }[]
  readonly mail: boolean
}

export interface Person {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly language: string | null
}

export interface Membership {
  readonly account: { readonly id: string; readonly name: string; readonly state: 'active' | 'suspended' }
  readonly member: string
  readonly role: string
  readonly state: 'active' | 'suspended'
}

export interface Session {
  readonly person: Person
  readonly operator: boolean
  readonly memberships: readonly Membership[]
  readonly provedUntil: string | null
  readonly expiresAt: string
}

export interface SessionRecord {
  readonly id: string
  readonly current: boolean
  readonly createdAt: string
  readonly lastSeenAt: string
  readonly expiresAt: string
  readonly network: string | null
  readonly userAgent: string | null
}

export interface Passkey {
  readonly id: string
  readonly name: string
  readonly createdAt: string
}

export interface Factors {
  readonly password: boolean
  readonly totp: boolean
  readonly backupCodesLeft: number
  readonly passkeys: readonly Passkey[]
  readonly providers: readonly string[]
}

export type SignInStep = { readonly next: 'done' | 'second_factor' }

/** The limits that apply after plan and overrides. */
export interface InForce {
  readonly limits: readonly Limit[]
  readonly accountLimits: readonly Limit[]
  readonly quota: Quota | null
}

export interface Account extends PlainAccount {
  readonly inForce: InForce & { readonly activeKeysMax: number | null }
}

export interface Key extends PlainKey {
  /** Only where one key is read. */
  readonly inForce?: InForce
}

export interface Member extends PlainMember {
  readonly email: string | null
}

export interface Invitation {
  readonly id: string
  readonly account: { readonly id: string; readonly name: string } | null
  readonly email: string
  readonly role: string | null
  readonly createdAt: string
  readonly expiresAt: string
}

/** An invitation with its link, which is shown this once. */
export interface CreatedInvitation extends Invitation {
  readonly link: string
  readonly mailed: boolean
}

export interface InvitationLook {
  readonly account: { readonly id: string; readonly name: string } | null
  readonly role: string | null
  readonly email: string
  readonly personExists: boolean
  readonly expiresAt: string
}

/** An account's keys at one glance; each number is a filter of the list. */
export interface KeySummary {
  readonly states: Readonly<Record<KeyState, number>>
  readonly cap: { readonly used: number; readonly max: number | null }
  readonly unused30Days: number
  readonly unused90Days: number
  readonly unrestricted: number
  readonly expiring7Days: number
  readonly dueForRotation: number
  readonly rotating: number
}

export type ChangedPart = 'keys' | 'usage' | 'members' | 'account' | 'webhooks' | 'notices'

export interface AccountChanges {
  readonly cursor: string
  readonly changed: readonly ChangedPart[]
}

export interface Notice {
  readonly id: string
  readonly kind:
    | 'key.created'
    | 'key.rotated'
    | 'key.revoked'
    | 'key.expiring'
    | 'key.rotation_due'
    | 'key.unused'
    | 'webhook.disabled'
  readonly key: string | null
  readonly keyName: string | null
  readonly at: string
  readonly days: number | null
  readonly mailed: boolean
}

export interface Webhook {
  readonly id: string
  readonly account: string | null
  readonly url: string
  readonly description: string | null
  /** `null`: all. */
  readonly events: readonly string[] | null
  readonly state: 'active' | 'paused' | 'disabled'
  readonly createdAt: string
  readonly lastSuccessAt: string | null
  readonly failingSince: string | null
  readonly secretRotatingUntil: string | null
}

export interface CreatedWebhook extends Webhook {
  readonly secret: string
}

export interface Delivery {
  readonly id: string
  readonly event: number | null
  readonly type: string
  readonly state: 'pending' | 'delivered' | 'failed'
  readonly attempts: number
  readonly createdAt: string
  readonly lastAttemptAt: string | null
  readonly nextAttemptAt: string | null
  readonly lastStatus: number | null
  readonly lastError: string | null
}

export interface Operator {
  readonly person: string
  readonly name: string
  readonly email: string
  readonly createdAt: string
}

export interface ListedPerson {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly suspended: boolean
  readonly createdAt: string
}

/** A text shown to people: one string, or one string per language tag (`{ en: '…', fr: '…' }`). */
export type Text = string | Readonly<Record<string, string>>

/** What a role may do with keys, and what a managing key may do with the keys of its account. */
export const keyActions = ['view', 'create', 'edit', 'pause', 'reactivate', 'revoke', 'rotate', 'delete'] as const
export type KeyAction = (typeof keyActions)[number]

/** The actions that change a key's state and that the configuration may offer to customers, each under its own name. */
export const lifecycleActions = ['pause', 'reactivate', 'revoke', 'rotate', 'delete'] as const
export type LifecycleAction = (typeof lifecycleActions)[number]

/** How a person confirms an action: not at all, by a button in a dialog, or by typing the key's name. */
export type Confirmation = 'none' | 'dialog' | 'type-name'

export interface ActionConfig {
  readonly label: Text
  readonly confirm: Confirmation
  /** What the dialog says before the person confirms. */
  readonly warning?: Text
}

export interface NounConfig {
  readonly one: Text
  readonly many: Text
}

export interface FieldConfig {
  readonly presence: 'required' | 'optional' | 'absent'
  readonly label?: Text
  readonly hint?: Text
}

export interface NameFieldConfig extends FieldConfig {
  /** Advice for names that say nothing. It never refuses a name. */
  readonly advice?: {
    /** Names (whole, without case, a trailing number ignored) that are too vague in any language, such as `test` or `key`. */
    readonly vague: readonly Text[]
    readonly text: Text
    readonly examples?: readonly Text[]
  }
}

export interface KeyTypeConfig {
  readonly id: string
  /** First segment or segments of the key's text, such as `lxc` or `sk_live`. Final once keys of the type exist. */
  readonly prefix: string
  readonly label: Text
  readonly description?: Text
  /** The APIs that keys of this type reach. A verify credential names the ones it checks for. */
  readonly audiences: readonly string[]
  /** The grant of every key of this type where nobody chooses one. */
  readonly fixedGrant?: GrantConfig
  /** A request that the customer can run with a new key; `YOUR_API_KEY` stands for the secret. */
  readonly example?: Text
}

export interface EnvironmentConfig {
  readonly id: string
  /** The segment that keys of this environment carry, or absent where they carry none. */
  readonly tag?: string
  readonly label: Text
  readonly description?: Text
  readonly baseUrl?: string
}

export interface LevelConfig {
  readonly id: string
  readonly label: Text
  readonly verbs: readonly string[]
}

export interface InstanceConfig {
  readonly id: string
  readonly label: Text
}

export interface ResourceConfig {
  readonly id: string
  readonly label: Text
  readonly description?: Text
  readonly group?: string
  /** Everything that can be done with the resource; permissions are `<resource id>.<verb>`. */
  readonly verbs: readonly string[]
  /** From least to most, each containing the verbs of the one before; "no access" is implied and not listed. */
  readonly levels: readonly LevelConfig[]
  /** Named instances that a key can be limited to (`integrations.use:crm`); `'any'` lets adopters name them freely. */
  readonly instances?: readonly InstanceConfig[] | 'any'
  /** Marks the resource whose verbs manage keys of the same account. Its verbs are then key actions. At most one resource. */
  readonly manages?: 'keys'
}

/** A choice over resources: unrestricted, or a level or verbs per resource (a resource that is not named gets nothing). */
export type GrantConfig =
  | 'unrestricted'
  | Readonly<Record<string, string | { readonly verbs: readonly string[]; readonly instances?: readonly string[] }>>

export interface PresetConfig {
  readonly id: string
  readonly label: Text
  readonly description?: Text
  readonly grant: GrantConfig
}

export interface RoleConfig {
  readonly id: string
  readonly label: Text
  readonly description?: Text
  readonly may: readonly KeyAction[]
  /** May invite, change and remove members. */
  readonly managesMembers?: boolean
}

/** At most `limit` checks in any window of `windowSeconds`, by GCRA; `burst` of them at once (default: `limit`). */
export interface Limit {
  readonly name: string
  readonly limit: number
  readonly windowSeconds: number
  readonly burst?: number
}

/** At most `limit` accepted checks (by cost) per calendar day or month in UTC, or in all (`null`). */
export interface Quota {
  readonly limit: number
  readonly period: 'day' | 'month' | null
}

export interface PlanConfig {
  readonly id: string
  readonly label: Text
  /** Applied to each lineage of keys on its own. */
  readonly limits?: readonly Limit[]
  /** Shared by all keys of the account. */
  readonly accountLimits?: readonly Limit[]
  /** The quota that each lineage gets where its creator names none. */
  readonly quota?: Quota
  /** Overrides `caps.activeKeysPerAccount`; `null`: no cap. */
  readonly activeKeysMax?: number | null
}

export interface ProblemTextConfig {
  readonly title: Text
  readonly detail?: Text
  /** What the caller should check, in order. */
  readonly check?: readonly Text[]
}

export interface HelpSectionConfig {
  readonly id: string
  readonly title: Text
  readonly body?: Text
  readonly items?: readonly Text[]
  readonly links?: readonly { readonly label: Text; readonly href: string }[]
}

export type KeyColumn =
  | 'name'
  | 'id'
  | 'preview'
  | 'type'
  | 'environment'
  | 'permissions'
  | 'owner'
  | 'created'
  | 'lastUsed'
  | 'expires'
  | 'state'

export type AcceptedHeader = 'authorization' | 'x-api-key'

/** The adopter's whole configuration: what the product's API keys are, what they may do and how the page speaks of them. */
export interface KeywrightConfig {
  readonly product: {
    readonly name: Text
    /** Language tags in order of preference; the first is the default. Default: `['en']`. */
    readonly languages?: readonly string[]
    readonly links?: {
      readonly support?: string
      readonly reference?: string
      readonly team?: string
      readonly errors?: string
      readonly dashboard?: string
    }
  }
  readonly words?: {
    readonly account?: NounConfig
    readonly key?: NounConfig
    readonly environment?: NounConfig
    readonly type?: NounConfig
    readonly member?: NounConfig
    /** Where the customer finds the page, from the outermost menu to the innermost: `['Developers', 'API Keys']`. */
    readonly menu?: readonly Text[]
    readonly menuPlace?: 'top' | 'side'
    /** The label of the button that creates a key. */
    readonly create?: Text
    /** The label of the button that closes the dialog in which a secret is shown once. */
    readonly done?: Text
  }
  readonly fields?: {
    readonly name?: NameFieldConfig
    readonly description?: FieldConfig
  }
  readonly types: readonly KeyTypeConfig[]
  /** The type that is preselected; absent: the person chooses (with one type there is no choice). */
  readonly defaultType?: string
  readonly environments?: readonly EnvironmentConfig[]
  /** The environment that is preselected and that a creation without one gets; absent: it must be named. */
  readonly defaultEnvironment?: string
  readonly groups?: readonly { readonly id: string; readonly label: Text }[]
  readonly resources?: readonly ResourceConfig[]
  readonly presets?: readonly PresetConfig[]
  readonly grants?: {
    /** Whether a key may be unrestricted. Default: `absent`. */
    readonly unrestricted?: 'absent' | 'offered' | 'discouraged'
    /** Whether a grant can be chosen freely besides the presets. Default: true. */
    readonly custom?: boolean
    /** Whether the grant of an existing key can be changed. Default: true. */
    readonly editable?: boolean
    /** The preset, or `unrestricted`, that is preselected and that a creation without a grant gets; absent: it must be named. */
    readonly default?: string
    /** Why an unrestricted key is advised against. */
    readonly advice?: Text
    /** What to do instead where grants cannot be edited. */
    readonly notEditable?: Text
  }
  readonly roles?: readonly RoleConfig[]
  /** The role of which one active member must always remain in an account that has members. */
  readonly lastingRole?: string
  readonly actions?: Readonly<Partial<Record<LifecycleAction, ActionConfig>>>
  readonly expiry?: {
    /** Choices in days; `null` is "never". Absent: any moment in the future may be chosen, or none. */
    readonly choicesDays?: readonly (number | null)[]
    /** Default: `null`, never. */
    readonly defaultDays?: number | null
    /** The longest life that a key may be given; absent: no bound. */
    readonly maxDays?: number
  }
  readonly rotation?: {
    /** A key older than this is shown as due for rotation. */
    readonly dueAfterDays?: number
    /** The overlaps offered when rotating, in seconds; any other up to the largest is allowed over the API. Default: 0, 1 hour, 1 day, 7 days. */
    readonly overlapsSeconds?: readonly number[]
    readonly defaultOverlapSeconds?: number
  }
  readonly caps?: {
    /** Active lineages per account; `null` (default): no cap. */
    readonly activeKeysPerAccount?: number | null
  }
  readonly plans?: readonly PlanConfig[]
  readonly defaultPlan?: string
  readonly display?: {
    /** What a masked key shows of its secret part. Default: last four. */
    readonly mask?:
      | { readonly kind: 'last'; readonly characters: number }
      | { readonly kind: 'first'; readonly characters: number }
    readonly columns?: readonly KeyColumn[]
    /** The states that the list shows unless asked for others. Default: all. */
    readonly listedStates?: readonly KeyState[]
    readonly stateLabels?: Readonly<Partial<Record<KeyState, Text>>>
  }
  /** The headers in which the adopter's API accepts a key, exactly one per request. Default: `['authorization']`. */
  readonly acceptedHeaders?: readonly AcceptedHeader[]
  /** Titles and hints for the failures that the adopter's API answers, by problem code. */
  readonly problems?: Readonly<Record<string, ProblemTextConfig>>
  readonly tips?: readonly Text[]
  readonly help?: readonly HelpSectionConfig[]
  readonly activity?: {
    /** How long a key's newest checks are kept. Default: 7. */
    readonly keepDays?: number
    /** How many of a key's newest checks are kept. Default: 100. */
    readonly perKeyMax?: number
    /** Keep whole addresses instead of /24 and /48 networks. Default: false. */
    readonly wholeAddresses?: boolean
  }
}

/** What a key is at a moment. `expired` follows from time; the others are kept. */
export const keyStates = ['active', 'paused', 'revoked', 'expired'] as const
export type KeyState = (typeof keyStates)[number]

/** Types a configuration file: `export const config = defineConfig({ … })`. It checks nothing by itself; the server does at start. */
export const defineConfig = (config: KeywrightConfig): KeywrightConfig => config

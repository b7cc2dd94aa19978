import type { Grant } from '../grant.ts'
import type { Permission } from '../permission.ts'
import type { ProblemCode } from '../problem.ts'
import type {
  AcceptedHeader,
  Confirmation,
  InstanceConfig,
  KeyAction,
  KeyColumn,
  KeyState,
  KeywrightConfig,
  LevelConfig,
  LifecycleAction,
  NounConfig,
  Quota,
  Text,
} from './types.ts'

/** A field of a key as the page asks for it. */
export interface ResolvedField {
  readonly presence: 'required' | 'optional' | 'absent'
  readonly label: Text
  readonly hint: Text | null
}

/** The advice for names that say nothing. */
export interface ResolvedNameAdvice {
  readonly vague: readonly Text[]
  readonly text: Text
  readonly examples: readonly Text[]
}

/** A type of keys. */
export interface ResolvedType {
  readonly id: string
  readonly prefix: string
  readonly label: Text
  readonly description: Text | null
  readonly audiences: readonly string[]
  /** What every key of the type holds; `null`: it is chosen when a key is made. */
  readonly fixedGrant: Grant | null
  readonly example: Text | null
}

/** An environment that keys never leave. */
export interface ResolvedEnvironment {
  readonly id: string
  /** The segment that its keys carry; `null`: none. */
  readonly tag: string | null
  readonly label: Text
  readonly description: Text | null
  readonly baseUrl: string | null
}

/** A resource of the adopter's API. */
export interface ResolvedResource {
  readonly id: string
  readonly label: Text
  readonly description: Text | null
  readonly group: string | null
  readonly verbs: readonly string[]
  /** From least to most. */
  readonly levels: readonly LevelConfig[]
  /** `null`: keys cannot be limited to instances of it; `'any'`: instances are named freely. */
  readonly instances: readonly InstanceConfig[] | 'any' | null
  readonly managesKeys: boolean
}

/** A named choice over resources. */
export interface ResolvedPreset {
  readonly id: string
  readonly label: Text
  readonly description: Text | null
  readonly grant: Grant
}

/** A role of members. */
export interface ResolvedRole {
  readonly id: string
  readonly label: Text
  readonly description: Text | null
  readonly may: readonly KeyAction[]
  readonly managesMembers: boolean
}

/** An action that the configuration offers to customers. */
export interface ResolvedAction {
  readonly label: Text
  readonly confirm: Confirmation
  readonly warning: Text
}

/** A limit whose burst is stated. */
export interface ResolvedLimit {
  readonly name: string
  readonly limit: number
  readonly windowSeconds: number
  readonly burst: number
}

/** A plan of accounts. */
export interface ResolvedPlan {
  readonly id: string
  readonly label: Text
  /** Applied to each lineage of keys on its own. */
  readonly limits: readonly ResolvedLimit[]
  /** Shared by all keys of the account. */
  readonly accountLimits: readonly ResolvedLimit[]
  readonly quota: Quota | null
  /** Active lineages per account of the plan; `null`: no cap. */
  readonly activeKeysMax: number | null
}

/** What callers see of a failure. */
export interface ResolvedProblemText {
  readonly title: Text
  readonly detail: Text | null
  readonly check: readonly Text[]
}

/** A section of the help page. */
export interface ResolvedHelpSection {
  readonly id: string
  readonly title: Text
  readonly body: Text | null
  readonly items: readonly Text[]
  readonly links: readonly { readonly label: Text; readonly href: string }[]
}

/** A valid configuration with every default filled in, frozen; `null` is what the adopter does not want. */
export interface ResolvedConfig {
  readonly product: {
    readonly name: Text
    readonly languages: readonly [string, ...string[]]
    /** The first of `languages`. */
    readonly defaultLanguage: string
    readonly links: {
      readonly support: string | null
      readonly reference: string | null
      readonly team: string | null
      readonly errors: string | null
      readonly dashboard: string | null
    }
  }
  readonly words: {
    readonly account: NounConfig
    readonly key: NounConfig
    readonly environment: NounConfig
    readonly type: NounConfig
    readonly member: NounConfig
    readonly menu: readonly Text[]
    readonly menuPlace: 'top' | 'side'
    readonly create: Text
    readonly done: Text
  }
  readonly fields: {
    readonly name: ResolvedField & { readonly advice: ResolvedNameAdvice | null }
    readonly description: ResolvedField
  }
  readonly types: readonly ResolvedType[]
  readonly typeById: ReadonlyMap<string, ResolvedType>
  /** The only type, or the preselected one; `null`: the person chooses. */
  readonly defaultType: string | null
  /** Empty where there is no such axis. */
  readonly environments: readonly ResolvedEnvironment[]
  readonly environmentById: ReadonlyMap<string, ResolvedEnvironment>
  /** `null`: an environment must be named (where there are any). */
  readonly defaultEnvironment: string | null
  readonly groups: readonly { readonly id: string; readonly label: Text }[]
  readonly resources: readonly ResolvedResource[]
  readonly resourceById: ReadonlyMap<string, ResolvedResource>
  /** Every `resource.verb` that there is, without instances. */
  readonly permissions: ReadonlySet<Permission>
  /** The resource whose verbs manage keys of the same account; `null`: no key manages keys. */
  readonly managingResource: string | null
  readonly presets: readonly ResolvedPreset[]
  readonly presetById: ReadonlyMap<string, ResolvedPreset>
  readonly grants: {
    readonly unrestricted: 'absent' | 'offered' | 'discouraged'
    /** The preset that already stands for an unrestricted key, so that a page need not offer it twice. */
    readonly unrestrictedPreset: string | null
    readonly custom: boolean
    readonly editable: boolean
    /** A preset's id or `unrestricted`; `null`: a grant must be named. */
    readonly default: string | null
    readonly advice: Text
    readonly notEditable: Text
  }
  readonly roles: readonly ResolvedRole[]
  readonly roleById: ReadonlyMap<string, ResolvedRole>
  /** `null`: no role must remain. */
  readonly lastingRole: string | null
  /** Those that exist for customers. */
  readonly actions: Readonly<Partial<Record<LifecycleAction, ResolvedAction>>>
  readonly expiry: {
    /** In days, `null` for never; `null` as a whole: any moment may be chosen, or none. */
    readonly choicesDays: readonly (number | null)[] | null
    readonly defaultDays: number | null
    readonly maxDays: number | null
  }
  readonly rotation: {
    readonly dueAfterDays: number | null
    readonly overlapsSeconds: readonly number[]
    readonly defaultOverlapSeconds: number
    /** The largest of the overlaps, which the API allows at most. */
    readonly maxOverlapSeconds: number
  }
  readonly caps: { readonly activeKeysPerAccount: number | null }
  readonly plans: readonly ResolvedPlan[]
  readonly planById: ReadonlyMap<string, ResolvedPlan>
  /** The configured default, else the first plan. */
  readonly defaultPlan: string
  readonly display: {
    readonly mask: { readonly kind: 'last' | 'first'; readonly characters: number }
    readonly columns: readonly KeyColumn[]
    readonly listedStates: readonly KeyState[]
    readonly stateLabels: Readonly<Record<KeyState, Text>>
  }
  readonly acceptedHeaders: readonly AcceptedHeader[]
  /** For every code of the table of problems. */
  readonly problems: Readonly<Record<ProblemCode, ResolvedProblemText>>
  readonly tips: readonly Text[]
  readonly help: readonly ResolvedHelpSection[]
  readonly activity: { readonly keepDays: number; readonly perKeyMax: number; readonly wholeAddresses: boolean }
  /** A plain copy of the configuration as it was given, without defaults; what its hash is taken of. */
  readonly source: KeywrightConfig
}

import { shownCharactersMax } from '../key-text.ts'
import { grantConfig } from './rules-grants.ts'
import { label, prose } from './rules-words.ts'
import {
  boolean,
  id,
  integer,
  isObject,
  listOf,
  nullOr,
  objectOf,
  oneOf,
  optional,
  type Rule,
  required,
  stringLike,
  url,
} from './shape.ts'
import {
  type ActionConfig,
  type EnvironmentConfig,
  type KeyTypeConfig,
  type KeywrightConfig,
  keyActions,
  keyStates,
  type LifecycleAction,
  type Limit,
  type PlanConfig,
  type Quota,
  type RoleConfig,
} from './types.ts'

const prefix = stringLike(
  /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/,
  32,
  "Use up to 32 lower-case letters and digits, beginning with a letter, with single underscores between segments, such as 'acme' or 'sk_live'.",
)
const tag = stringLike(/^[a-z0-9]+$/, 16, "Use 1 to 16 lower-case letters and digits, such as 'test'.")
const audience = stringLike(
  /^[A-Za-z0-9][A-Za-z0-9._~:/-]*$/,
  255,
  "Use up to 255 letters, digits and . _ ~ : / -, beginning with a letter or digit, such as 'api'.",
)

/** What stands for the secret in an example request. */
const secretPlaceholder = 'YOUR_API_KEY'

const example: Rule = (value, path, context) => {
  prose(value, path, context)
  const texts = typeof value === 'string' ? [value] : isObject(value) ? Object.values(value) : []
  if (texts.some((text) => typeof text === 'string' && text.trim() !== '' && !text.includes(secretPlaceholder))) {
    context.report(path, value, 'shows no key', `Write ${secretPlaceholder} where the secret belongs.`)
  }
}

/** The rule of `types`. */
export const types: Rule = listOf(
  objectOf<KeyTypeConfig>({
    id: required(id, 'Give the type an id of its own.'),
    prefix: required(prefix, "Choose what the keys of this type begin with, such as 'acme'."),
    label: required(label, 'Write the name of the type as people see it.'),
    description: optional(prose),
    audiences: required(
      listOf(audience, { min: 1, max: 100, unique: 'item' }),
      "Name the APIs that keys of this type reach, such as ['api'].",
    ),
    fixedGrant: optional(grantConfig),
    example: optional(example),
  }),
  { min: 1, max: 100, unique: 'id' },
)

/** The rule of `environments`. */
export const environments: Rule = listOf(
  objectOf<EnvironmentConfig>({
    id: required(id, 'Give the environment an id of its own.'),
    tag: optional(tag),
    label: required(label, 'Write the name of the environment as people see it.'),
    description: optional(prose),
    baseUrl: optional(url),
  }),
  { max: 100, unique: 'id' },
)

/** The rule of `roles`. */
export const roles: Rule = listOf(
  objectOf<RoleConfig>({
    id: required(id, 'Give the role an id of its own.'),
    label: required(label, 'Write the name of the role as people see it.'),
    description: optional(prose),
    may: required(
      listOf(oneOf(keyActions), { unique: 'item' }),
      'List what the role may do with keys; [] for nothing.',
    ),
    managesMembers: optional(boolean),
  }),
  { min: 1, max: 100, unique: 'id' },
)

const action = optional(
  objectOf<ActionConfig>({
    label: required(label, 'Write the name of the action as people see it.'),
    confirm: required(oneOf(['none', 'dialog', 'type-name']), "Write 'none', 'dialog' or 'type-name'."),
    warning: optional(prose),
  }),
)

/** The rule of `actions`. */
export const actions: Rule = objectOf<Partial<Record<LifecycleAction, ActionConfig>>>({
  pause: action,
  reactivate: action,
  revoke: action,
  rotate: action,
  delete: action,
})

const daysMax = 36_500
const overlapSecondsMax = 366 * 86_400

/** The rule of `expiry`. */
export const expiry: Rule = objectOf<NonNullable<KeywrightConfig['expiry']>>({
  choicesDays: optional(listOf(nullOr(integer(1, daysMax)), { min: 1, max: 50, unique: 'item' })),
  defaultDays: optional(nullOr(integer(1, daysMax))),
  maxDays: optional(integer(1, daysMax)),
})

/** The rule of `rotation`. */
export const rotation: Rule = objectOf<NonNullable<KeywrightConfig['rotation']>>({
  dueAfterDays: optional(integer(1, daysMax)),
  overlapsSeconds: optional(listOf(integer(0, overlapSecondsMax), { min: 1, max: 50, unique: 'item' })),
  defaultOverlapSeconds: optional(integer(0, overlapSecondsMax)),
})

/** The rule of `caps`. */
export const caps: Rule = objectOf<NonNullable<KeywrightConfig['caps']>>({
  activeKeysPerAccount: optional(nullOr(integer(1))),
})

const limitFix = 'Write how many checks a window allows.'
const limits = listOf(
  objectOf<Limit>({
    name: required(id, "Give the limit a name, such as 'requests'."),
    limit: required(integer(1), limitFix),
    windowSeconds: required(integer(1, 31 * 86_400), 'Write the length of the window in seconds.'),
    burst: optional(integer(1)),
  }),
  { max: 20, unique: 'name' },
)

/** The rule of `plans`. */
export const plans: Rule = listOf(
  objectOf<PlanConfig>({
    id: required(id, 'Give the plan an id of its own.'),
    label: required(label, 'Write the name of the plan as people see it.'),
    limits: optional(limits),
    accountLimits: optional(limits),
    quota: optional(
      objectOf<Quota>({
        limit: required(integer(1), limitFix),
        period: required(nullOr(oneOf(['day', 'month'])), "Write 'day', 'month' or null."),
      }),
    ),
    activeKeysMax: optional(nullOr(integer(1))),
  }),
  { min: 1, max: 500, unique: 'id' },
)

/** Every column that the list of keys may show. */
const keyColumns = [
  'name',
  'id',
  'preview',
  'type',
  'environment',
  'permissions',
  'owner',
  'created',
  'lastUsed',
  'expires',
  'state',
] as const satisfies readonly NonNullable<NonNullable<KeywrightConfig['display']>['columns']>[number][]

type Display = NonNullable<KeywrightConfig['display']>

/** The rule of `display`. */
export const display: Rule = objectOf<Display>({
  mask: optional(
    objectOf<NonNullable<Display['mask']>>({
      kind: required(oneOf(['last', 'first']), "Write 'last' or 'first'."),
      characters: required(
        integer(1, shownCharactersMax),
        `Write how many characters are shown, from 1 to ${shownCharactersMax}.`,
      ),
    }),
  ),
  columns: optional(listOf(oneOf(keyColumns), { min: 1, unique: 'item' })),
  listedStates: optional(listOf(oneOf(keyStates), { min: 1, unique: 'item' })),
  stateLabels: optional(
    objectOf<NonNullable<Display['stateLabels']>>({
      active: optional(label),
      paused: optional(label),
      revoked: optional(label),
      expired: optional(label),
    }),
  ),
})

/** The rule of `acceptedHeaders`. */
export const acceptedHeaders: Rule = listOf(oneOf(['authorization', 'x-api-key']), { min: 1, unique: 'item' })

/** The rule of `activity`. */
export const activity: Rule = objectOf<NonNullable<KeywrightConfig['activity']>>({
  keepDays: optional(integer(1, 366)),
  perKeyMax: optional(integer(1, 10_000)),
  wholeAddresses: optional(boolean),
})

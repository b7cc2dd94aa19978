import { label, prose } from './rules-words.ts'
import {
  boolean,
  id,
  isObject,
  listOf,
  objectOf,
  oneOf,
  optional,
  type Rule,
  recordOf,
  required,
  stringLike,
} from './shape.ts'
import type { InstanceConfig, KeywrightConfig, LevelConfig, PresetConfig, ResourceConfig } from './types.ts'

const resourceId = stringLike(
  /^[a-z][a-z0-9_-]{0,63}(?:\.[a-z][a-z0-9_-]{0,63}){0,3}$/,
  180,
  "Use lower-case letters, digits, hyphens and underscores, beginning with a letter; up to four such segments with dots between, such as 'billing.invoices'.",
)
const instanceId = stringLike(
  /^[A-Za-z0-9][A-Za-z0-9_.-]*$/,
  128,
  "Use up to 128 letters, digits and . _ -, beginning with a letter or digit, such as 'crm'.",
)
const verbs = listOf(id, { min: 1, max: 100, unique: 'item' })

const named =
  (reserved: readonly string[], reason: string): Rule =>
  (value, path, context) => {
    if (typeof value === 'string' && reserved.includes(value)) {
      context.report(path, value, `is a reserved name: ${reason}`, 'Choose another id.')
    } else id(value, path, context)
  }

/** The rule of one choice over resources by itself; whether what it names exists is checked elsewhere. */
export const grantConfig: Rule = (value, path, context) => {
  if (value === 'unrestricted') return
  if (!isObject(value)) {
    const fix = "Write 'unrestricted', or an object from resources to a level: { jobs: 'read' }."
    return context.report(path, value, 'is not a grant', fix)
  }
  recordOf(resourceId, (access, at) => {
    if (typeof access === 'string') return id(access, at, context)
    objectOf<{ readonly verbs: readonly string[]; readonly instances?: readonly string[] }>({
      verbs: required(verbs, 'List the verbs that are allowed.'),
      instances: optional(listOf(instanceId, { min: 1, unique: 'item' })),
    })(access, at, context)
  })(value, path, context)
}

type Group = NonNullable<KeywrightConfig['groups']>[number]

/** The rule of `groups`. */
export const groups: Rule = listOf(
  objectOf<Group>({
    id: required(id, 'Give the group an id of its own.'),
    label: required(label, 'Write the name of the group as people see it.'),
  }),
  { max: 100, unique: 'id' },
)

const instances = listOf(
  objectOf<InstanceConfig>({
    id: required(instanceId, 'Give the instance an id of its own.'),
    label: required(label, 'Write the name of the instance as people see it.'),
  }),
  { min: 1, unique: 'id' },
)

/** The rule of `resources`. */
export const resources: Rule = listOf(
  objectOf<ResourceConfig>({
    id: required(resourceId, 'Give the resource an id of its own.'),
    label: required(label, 'Write the name of the resource as people see it.'),
    description: optional(prose),
    group: optional(id),
    verbs: required(verbs, "List what can be done with the resource, such as ['view', 'create']."),
    levels: required(
      listOf(
        objectOf<LevelConfig>({
          id: required(
            named(['none', 'custom'], 'no access and custom access are always there'),
            'Give the level an id.',
          ),
          label: required(label, 'Write the name of the level as people see it.'),
          verbs: required(verbs, 'List the verbs that the level holds.'),
        }),
        { max: 20, unique: 'id' },
      ),
      'List the levels from least to most; [] for none.',
    ),
    instances: optional((value, path, context) => {
      if (value !== 'any') instances(value, path, context)
    }),
    manages: optional(oneOf(['keys'])),
  }),
  { max: 500, unique: 'id' },
)

/** The rule of `presets`. */
export const presets: Rule = listOf(
  objectOf<PresetConfig>({
    id: required(
      named(['unrestricted', 'custom'], 'these choices are not presets'),
      'Give the preset an id of its own.',
    ),
    label: required(label, 'Write the name of the preset as people see it.'),
    description: optional(prose),
    grant: required(grantConfig, "Write what the preset grants: 'unrestricted' or { resource: 'level' }."),
  }),
  { max: 100, unique: 'id' },
)

/** The rule of `grants`. */
export const grants: Rule = objectOf<NonNullable<KeywrightConfig['grants']>>({
  unrestricted: optional(oneOf(['absent', 'offered', 'discouraged'])),
  custom: optional(boolean),
  editable: optional(boolean),
  default: optional(id),
  advice: optional(prose),
  notEditable: optional(prose),
})

import { type Grant, normalizeGrant, parsePermission } from '@keywright/core'
import type { Config, Level, Resource } from '../../../api/records.ts'

/** What a grant holds of one resource: verbs on all of it, and verbs on named instances. */
export interface Access {
  readonly whole: readonly string[]
  readonly limited: Readonly<Record<string, readonly string[]>>
}

/** What a set of permissions holds, by resource; a resource that is not there grants nothing. */
export type GrantModel = Readonly<Record<string, Access>>

/** How access is shown: nothing, a level, verbs that are no level, or different verbs per instance. */
export type Shown =
  | { readonly kind: 'none' }
  | { readonly kind: 'level'; readonly id: string }
  | { readonly kind: 'custom' }
  | { readonly kind: 'mixed' }

type Resources = readonly Resource[]

export const noAccess: Access = { whole: [], limited: {} }

const inOrder = (resource: Resource, verbs: ReadonlySet<string>): readonly string[] =>
  resource.verbs.filter((verb) => verbs.has(verb))

const sameVerbs = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((verb) => right.includes(verb))

/** Reads a grant as a choice over resources. Permissions that the configuration does not know are left out; `unknownOf` names them. */
export function toModel(grant: Grant, resources: Resources): GrantModel {
  const model: Record<string, Access> = {}
  for (const resource of resources) {
    const access = accessOf(grant, resource)
    if (access.whole.length > 0 || Object.keys(access.limited).length > 0) model[resource.id] = access
  }
  return model
}

function accessOf(grant: Grant, resource: Resource): Access {
  if (grant === 'unrestricted') return { whole: resource.verbs, limited: {} }
  const whole = new Set<string>()
  const limited = new Map<string, Set<string>>()
  for (const permission of grant.permissions) {
    const parts = parsePermission(permission)
    if (parts?.resource !== resource.id) continue
    if (parts.instance === null) whole.add(parts.verb)
    else limited.set(parts.instance, (limited.get(parts.instance) ?? new Set()).add(parts.verb))
  }
  return {
    whole: inOrder(resource, whole),
    limited: Object.fromEntries(
      [...limited]
        .map(([instance, verbs]): [string, readonly string[]] => [instance, inOrder(resource, verbs)])
        .filter(([, verbs]) => verbs.length > 0),
    ),
  }
}

/** The grant of a choice, normalized: equal choices are equal grants. */
export function toGrant(model: GrantModel, resources: Resources): Exclude<Grant, 'unrestricted'> {
  const permissions = resources.flatMap(({ id }) => {
    const { whole, limited } = model[id] ?? noAccess
    return [
      ...whole.map((verb) => `${id}.${verb}`),
      ...Object.entries(limited).flatMap(([instance, verbs]) => verbs.map((verb) => `${id}.${verb}:${instance}`)),
    ]
  })
  const grant = normalizeGrant({ permissions })
  return grant === 'unrestricted' ? { permissions: [] } : grant
}

/** The permissions of a grant that the configuration does not know. */
export function unknownOf(grant: Grant, resources: Resources): readonly string[] {
  if (grant === 'unrestricted') return []
  return grant.permissions.filter((permission) => {
    const parts = parsePermission(permission)
    return !resources.some(({ id, verbs }) => id === parts?.resource && verbs.includes(parts.verb))
  })
}

/** The verbs that are held, on all instances or on some; `null`: they differ between instances. */
export function verbsOf({ whole, limited }: Access): readonly string[] | null {
  const sets = Object.values(limited)
  const [first] = sets
  if (first === undefined) return whole
  return whole.length === 0 && sets.every((verbs) => sameVerbs(verbs, first)) ? first : null
}

/** The instances that access is limited to; `null`: it is not. */
export const instancesOf = ({ limited }: Access): readonly string[] | null => {
  const instances = Object.keys(limited)
  return instances.length === 0 ? null : instances.sort()
}

/** How the access to a resource is shown. */
export function shownOf(access: Access, resource: Pick<Resource, 'levels'>): Shown {
  const verbs = verbsOf(access)
  if (verbs === null) return { kind: 'mixed' }
  if (verbs.length === 0) return { kind: 'none' }
  const level = resource.levels.find((each) => sameVerbs(each.verbs, verbs))
  return level === undefined ? { kind: 'custom' } : { kind: 'level', id: level.id }
}

/** The same access with other verbs; it stays limited to the same instances. */
export function withVerbs(access: Access, verbs: readonly string[]): Access {
  const instances = instancesOf(access)
  if (verbs.length === 0) return noAccess
  if (instances === null) return { whole: verbs, limited: {} }
  return { whole: [], limited: Object.fromEntries(instances.map((instance) => [instance, verbs])) }
}

/** The same verbs, limited to some instances (`[]` or `null`: to none). */
export function withInstances(access: Access, instances: readonly string[] | null): Access {
  const verbs = verbsOf(access) ?? [...new Set([...access.whole, ...Object.values(access.limited).flat()])]
  if (instances === null || instances.length === 0) return { whole: verbs, limited: {} }
  return { whole: [], limited: Object.fromEntries(instances.map((instance) => [instance, verbs])) }
}

/** The choice with another access to one resource. */
export function withAccess(model: GrantModel, resourceId: string, access: Access): GrantModel {
  const { [resourceId]: _before, ...rest } = model
  return access.whole.length === 0 && Object.keys(access.limited).length === 0
    ? rest
    : { ...rest, [resourceId]: access }
}

/** The choice with one level for several resources; those that lack it keep what they have. `null`: no access. */
export function withLevel(model: GrantModel, resources: Resources, levelId: string | null): GrantModel {
  let next = model
  for (const resource of resources) {
    const verbs = levelId === null ? [] : resource.levels.find(({ id }) => id === levelId)?.verbs
    if (verbs !== undefined) next = withAccess(next, resource.id, withVerbs(next[resource.id] ?? noAccess, verbs))
  }
  return next
}

/** The levels of all resources, each once, in an order that fits every resource. */
export function levelColumns(resources: Resources): readonly Pick<Level, 'id' | 'label'>[] {
  const columns: Pick<Level, 'id' | 'label'>[] = []
  for (const { levels } of resources) {
    let place = 0
    for (const { id, label } of levels) {
      const known = columns.findIndex((column) => column.id === id)
      if (known === -1) columns.splice(place, 0, { id, label })
      place = (known === -1 ? place : Math.max(known, place)) + 1
    }
  }
  return columns
}

/** Resources under their groups, in the order of the configuration; those without one come last. */
export function grouped(
  config: Pick<Config, 'groups' | 'resources'>,
): readonly { readonly id: string; readonly label: string | null; readonly resources: Resources }[] {
  const groups = config.groups.map(({ id, label }) => ({
    id,
    label: label as string | null,
    resources: config.resources.filter(({ group }) => group === id),
  }))
  const known = new Set(config.groups.map(({ id }) => id))
  const rest = config.resources.filter(({ group }) => group === null || !known.has(group))
  return [...groups, { id: '', label: null, resources: rest }].filter(({ resources }) => resources.length > 0)
}

/** To how many resources a choice gives access. */
export const countOf = (model: GrantModel): number => Object.keys(model).length

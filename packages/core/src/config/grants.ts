import { emptyGrant, type Grant, normalizeGrant } from '../grant.ts'
import { type Permission, parsePermission } from '../permission.ts'
import type { ProblemError } from '../problem.ts'
import { permissionsMax } from './check-grants.ts'
import type { ResolvedConfig, ResolvedResource } from './resolved.ts'
import { isObject } from './shape.ts'
import type { GrantConfig, ResourceConfig } from './types.ts'

/** The permissions that a choice over resources stands for; what it names and does not exist grants nothing. */
export function expandGrant(
  grant: GrantConfig,
  resources: readonly Pick<ResourceConfig, 'id' | 'verbs' | 'levels'>[],
): Grant {
  if (grant === 'unrestricted') return grant
  const permissions: Permission[] = []
  for (const resource of resources) {
    const access = Object.hasOwn(grant, resource.id) ? grant[resource.id] : undefined
    if (access === undefined) continue
    const isLevel = typeof access === 'string'
    const verbs = isLevel ? (resource.levels.find(({ id }) => id === access)?.verbs ?? []) : access.verbs
    const held = verbs.filter((verb) => resource.verbs.includes(verb)).map((verb) => `${resource.id}.${verb}`)
    const instances = isLevel ? undefined : access.instances
    permissions.push(
      ...(instances === undefined ? held : held.flatMap((each) => instances.map((instance) => `${each}:${instance}`))),
    )
  }
  return normalizeGrant({ permissions })
}

/** What a grant allows on one named instance of a resource, beyond what it allows on all of them. */
export interface InstanceAccess {
  readonly id: string
  readonly verbs: readonly string[]
  /** The level that these verbs are, together with those on all instances; `null`: none. */
  readonly level: string | null
}

/** What a grant allows on one resource: nothing, exactly a level, or verbs that are no level (on all of it, and on named instances). */
export type Access =
  | { readonly kind: 'none' }
  | { readonly kind: 'level'; readonly id: string }
  | { readonly kind: 'custom'; readonly verbs: readonly string[]; readonly instances: readonly InstanceAccess[] }

const levelIdOf = (resource: ResolvedResource, verbs: ReadonlySet<string>): string | null =>
  resource.levels.find((level) => level.verbs.length === verbs.size && level.verbs.every((verb) => verbs.has(verb)))
    ?.id ?? null

/** What a grant allows on a resource. A resource that does not exist allows nothing. */
export function levelOf(resourceId: string, grant: Grant, config: ResolvedConfig): Access {
  const resource = config.resourceById.get(resourceId)
  if (resource === undefined) return { kind: 'none' }
  const whole = new Set<string>()
  const limited = new Map<string, Set<string>>()
  if (grant === 'unrestricted') for (const verb of resource.verbs) whole.add(verb)
  else {
    for (const permission of grant.permissions) {
      const parts = parsePermission(permission)
      if (parts === undefined || parts.resource !== resourceId || !resource.verbs.includes(parts.verb)) continue
      if (parts.instance === null) whole.add(parts.verb)
      else limited.set(parts.instance, (limited.get(parts.instance) ?? new Set()).add(parts.verb))
    }
  }
  if (limited.size === 0) {
    if (whole.size === 0) return { kind: 'none' }
    const id = levelIdOf(resource, whole)
    if (id !== null) return { kind: 'level', id }
  }
  const inOrder = (verbs: ReadonlySet<string>) => resource.verbs.filter((verb) => verbs.has(verb))
  const instances = [...limited]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([id, verbs]) => ({ id, verbs: inOrder(verbs), level: levelIdOf(resource, new Set([...whole, ...verbs])) }))
  return { kind: 'custom', verbs: inOrder(whole), instances }
}

/** A grant as pages show it. */
export interface GrantDescription {
  readonly kind: 'unrestricted' | 'restricted'
  /** Every resource of the configuration, in its order. */
  readonly resources: readonly { readonly id: string; readonly access: Access }[]
  /** Whether some resource's access is no level, so that the whole reads "Custom". */
  readonly custom: boolean
  /** The presets that hold exactly this. */
  readonly presets: readonly string[]
  /** Permissions that the configuration does not know. */
  readonly unknown: readonly Permission[]
}

/** Describes a grant in levels where it fits them. */
export function describeGrant(grant: Grant, config: ResolvedConfig): GrantDescription {
  const resources = config.resources.map(({ id }) => ({ id, access: levelOf(id, grant, config) }))
  return {
    kind: grant === 'unrestricted' ? 'unrestricted' : 'restricted',
    resources,
    custom: grant !== 'unrestricted' && resources.some(({ access }) => access.kind === 'custom'),
    presets: config.presets.filter((preset) => equalGrants(preset.grant, grant)).map(({ id }) => id),
    unknown: grant === 'unrestricted' ? [] : grant.permissions.filter((each) => permissionFault(each, config) !== null),
  }
}

const keyOf = (grant: Grant): string => {
  const normal = normalizeGrant(grant)
  return normal === 'unrestricted' ? normal : normal.permissions.join(' ')
}

/** Whether two grants hold the same. */
export const equalGrants = (left: Grant, right: Grant): boolean => keyOf(left) === keyOf(right)

/** Why a permission does not exist in a configuration, as the end of a sentence; `null`: it does. */
export function permissionFault(permission: Permission, config: ResolvedConfig): string | null {
  const parts = parsePermission(permission)
  if (parts === undefined) return 'is not a permission: write resource.verb or resource.verb:instance'
  const resource = config.resourceById.get(parts.resource)
  if (resource === undefined) return 'is on a resource that does not exist'
  if (!resource.verbs.includes(parts.verb)) return `is not one of the resource's verbs: ${resource.verbs.join(', ')}`
  if (parts.instance === null || resource.instances === 'any') return null
  if (resource.instances === null) return 'names an instance of a resource that has none'
  return resource.instances.some(({ id }) => id === parts.instance) ? null : 'names an instance that does not exist'
}

/** A normalized grant that the configuration allows to be chosen, or what is wrong with it, by JSON pointers into the grant. */
export type GrantValidation =
  | { readonly ok: true; readonly grant: Grant }
  | { readonly ok: false; readonly errors: readonly (ProblemError & { readonly pointer: string })[] }

const faultsMax = 20

/** Checks an untrusted grant that somebody chose for a key. Whether the key's type leaves a choice is for the caller to ask. */
export function validateGrant(grant: unknown, config: ResolvedConfig): GrantValidation {
  const fail = (pointer: string, detail: string): GrantValidation => ({ ok: false, errors: [{ pointer, detail }] })
  if (grant === 'unrestricted') {
    if (config.grants.unrestricted === 'absent') return fail('', 'keys cannot be unrestricted here')
    return { ok: true, grant }
  }
  if (!isObject(grant)) return fail('', 'must be "unrestricted" or an object with permissions')
  const extra = Object.keys(grant).find((key) => key !== 'permissions')
  if (extra !== undefined) return fail('', 'must have permissions and no other member')
  const { permissions } = grant
  if (!Array.isArray(permissions)) return fail('/permissions', 'must be a list of permissions')
  if (permissions.length > permissionsMax) return fail('/permissions', `holds more than ${permissionsMax} permissions`)
  const errors: { pointer: string; detail: string }[] = []
  const taken: Permission[] = []
  for (const [index, permission] of (permissions as readonly unknown[]).entries()) {
    const fault = typeof permission === 'string' ? permissionFault(permission, config) : 'must be a text'
    if (fault !== null && errors.length < faultsMax) errors.push({ pointer: `/permissions/${index}`, detail: fault })
    if (typeof permission === 'string') taken.push(permission)
  }
  if (errors.length > 0) return { ok: false, errors }
  const chosen = normalizeGrant({ permissions: taken })
  if (!config.grants.custom && !config.presets.some((preset) => equalGrants(preset.grant, chosen))) {
    return fail('', 'permissions cannot be chosen freely here: choose a preset')
  }
  return { ok: true, grant: chosen }
}

/** What a preset grants; `null` where there is no such preset. */
export const presetGrant = (presetId: string, config: ResolvedConfig): Grant | null =>
  config.presetById.get(presetId)?.grant ?? null

/** What a key of a type holds where nobody may choose: its fixed grant or, where nothing could be chosen at all, nothing. */
export const fixedGrantOf = (
  fixedGrant: GrantConfig | undefined,
  resources: readonly ResourceConfig[],
  choosable: boolean,
): Grant | null => {
  if (fixedGrant !== undefined) return expandGrant(fixedGrant, resources)
  return choosable ? null : emptyGrant
}

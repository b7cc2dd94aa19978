import { parsePermission } from '@keywright/core'

/** What a check of a route takes and is counted under. */
export interface RequirementOptions {
  /** What the check takes of limits and quota. Default 1; 0 takes nothing. */
  readonly cost?: number
  /** Under what the check is counted in the key's usage. */
  readonly tag?: string
}

/** What a route needs of a key. */
export interface Requirement extends RequirementOptions {
  readonly permissions: readonly string[]
}

/** Permissions, all required, and at the end perhaps options: `requires('jobs.create', { cost: 5 })`. */
export type RequiresArguments = readonly string[] | readonly [...permissions: string[], options: RequirementOptions]

/** Checks a requirement where it is written, so that a misspelt permission cannot wait for the first request. */
export function checkedRequirement(requirement: Requirement): Requirement {
  for (const permission of requirement.permissions) {
    if (typeof permission !== 'string' || parsePermission(permission) === undefined) {
      throw new TypeError(
        `${JSON.stringify(permission)} is not a permission; write resource.verb or resource.verb:instance, such as 'jobs.create'`,
      )
    }
  }
  if (requirement.cost !== undefined && !(Number.isSafeInteger(requirement.cost) && requirement.cost >= 0)) {
    throw new TypeError(`cost is ${String(requirement.cost)}; it must be a whole number from 0`)
  }
  return requirement
}

/** Reads the arguments of `requires`. */
export function readRequirement(parts: RequiresArguments): Requirement {
  const last = parts.at(-1)
  const options = typeof last === 'object' ? last : {}
  const permissions = (typeof last === 'object' ? parts.slice(0, -1) : parts) as readonly string[]
  if (permissions.length === 0) throw new TypeError("requires() needs a permission, such as requires('jobs.create')")
  return checkedRequirement({ ...options, permissions })
}

/** One requirement that asks for all that several ask for; the largest cost named holds, and the last tag. */
export function union(requirements: readonly Requirement[]): Requirement {
  const costs = requirements.flatMap(({ cost }) => (cost === undefined ? [] : [cost]))
  const tag = requirements.findLast((requirement) => requirement.tag !== undefined)?.tag
  return {
    permissions: [...new Set(requirements.flatMap(({ permissions }) => permissions))],
    ...(costs.length === 0 ? {} : { cost: Math.max(...costs) }),
    ...(tag === undefined ? {} : { tag }),
  }
}

const requirements = new WeakMap<object, Requirement>()

/** Marks a function of a framework as carrying a requirement, so that the check before it can see what is needed. */
export function carrying<Handler extends object>(handler: Handler, requirement: Requirement): Handler {
  requirements.set(handler, requirement)
  return handler
}

/** The requirements that some of these functions carry. */
export const carriedBy = (handlers: Iterable<unknown>): readonly Requirement[] =>
  [...handlers].flatMap((handler) => {
    const requirement = typeof handler === 'function' ? requirements.get(handler) : undefined
    return requirement === undefined ? [] : [requirement]
  })

/** Where `requires` runs without `keywright` before it. */
export const notGuarded = (): Error =>
  new Error(
    'requires() found no checked key: put keywright({ verifier }) before it, on the application, the router or the route',
  )

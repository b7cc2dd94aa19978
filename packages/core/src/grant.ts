import { type Permission, withoutInstance } from './permission.ts'

/** What one key holds: everything, also resources added later, or a set of permissions. */
export type Grant = 'unrestricted' | { readonly permissions: readonly Permission[] }

/** A grant prepared for checks; equal grants share one. */
export interface CompiledGrant {
  readonly grant: Grant
  readonly unrestricted: boolean
  readonly permissions: ReadonlySet<Permission>
}

export const emptyGrant: Grant = { permissions: [] }

export const compileGrant = (grant: Grant): CompiledGrant => ({
  grant,
  unrestricted: grant === 'unrestricted',
  permissions: new Set(grant === 'unrestricted' ? [] : grant.permissions),
})

/** Whether a grant holds a permission. By whole segments: `a.b` satisfies `a.b:x`, never the reverse; nothing else is implied. */
export function satisfies(grant: CompiledGrant, permission: Permission): boolean {
  if (grant.unrestricted) return true
  if (grant.permissions.has(permission)) return true
  return permission.includes(':') && grant.permissions.has(withoutInstance(permission))
}

/** The permissions asked for that a grant does not hold; empty: it holds them all. */
export function missingPermissions(grant: CompiledGrant, asked: readonly Permission[]): readonly Permission[] {
  if (grant.unrestricted) return []
  return asked.filter((permission) => !satisfies(grant, permission))
}

/** Whether `child` holds nothing that `parent` does not. An unrestricted child needs an unrestricted parent. */
export function isWithin(child: Grant, parent: Grant): boolean {
  if (parent === 'unrestricted') return true
  if (child === 'unrestricted') return false
  return missingPermissions(compileGrant(parent), child.permissions).length === 0
}

/** The same grant with its permissions sorted and without repetition or what a wider one covers, so that equal grants are equal texts. */
export function normalizeGrant(grant: Grant): Grant {
  if (grant === 'unrestricted') return grant
  const all = new Set(grant.permissions)
  const kept = [...all].filter((permission) => !permission.includes(':') || !all.has(withoutInstance(permission)))
  return { permissions: kept.sort() }
}

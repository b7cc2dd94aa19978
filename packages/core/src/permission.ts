/** `resource.verb` or, limited to one named instance, `resource.verb:instance`. */
export type Permission = string

export interface PermissionParts {
  readonly resource: string
  readonly verb: string
  readonly instance: string | null
}

const pattern =
  /^([a-z][a-z0-9_-]{0,63}(?:\.[a-z][a-z0-9_-]{0,63}){0,3})\.([a-z][a-z0-9_-]{0,63})(?::([A-Za-z0-9][A-Za-z0-9_.-]{0,127}))?$/

/** Reads a permission; `undefined` where the text is none (ASCII only, at most 255 characters). */
export function parsePermission(text: string): PermissionParts | undefined {
  if (text.length > 255) return undefined
  const match = pattern.exec(text)
  if (match === null) return undefined
  return { resource: match[1] as string, verb: match[2] as string, instance: match[3] ?? null }
}

/** What of a permission covers all instances: `a.b` of `a.b:x`. */
export function withoutInstance(permission: Permission): Permission {
  const colon = permission.indexOf(':')
  return colon === -1 ? permission : permission.slice(0, colon)
}

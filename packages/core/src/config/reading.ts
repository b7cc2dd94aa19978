import { pathTo } from './report.ts'
import { isObject } from './shape.ts'

/** An object of a list of a configuration that may be wrong elsewhere, with its path. */
export interface Located {
  readonly path: string
  readonly value: Readonly<Record<string, unknown>>
}

/** The member of a value that may be anything. */
export const memberOf = (value: unknown, key: string): unknown =>
  isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined

/** The objects of a list that may be anything. */
export function objectsOf(parent: unknown, key: string, parentPath = ''): readonly Located[] {
  const list = memberOf(parent, key)
  if (!Array.isArray(list)) return []
  const path = pathTo(parentPath, key)
  return list.flatMap((value: unknown, index) => (isObject(value) ? [{ path: pathTo(path, index), value }] : []))
}

/** The texts of a list that may be anything. */
export function stringsOf(value: unknown, key: string): readonly string[] {
  const list = memberOf(value, key)
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : []
}

/** The ids of located objects. */
export const idsOf = (located: readonly Located[]): readonly string[] =>
  located.flatMap(({ value }) => (typeof value.id === 'string' ? [value.id] : []))

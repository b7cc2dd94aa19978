import { canonicalJson } from '@keywright/core'

/** A text that every database can hold: without NUL and without halves of surrogate pairs. */
export const storableText = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD')

function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(storable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [storableText(name), storable(member)]))
}

/** The one JSON text of a value (RFC 8785) that every database can hold. */
export const toJson = (value: unknown): string => canonicalJson(storable(value))

/** The same, for what may be absent. */
export const toJsonOrNull = (value: unknown): string | null =>
  value === undefined || value === null ? null : toJson(value)

/** Reads what this store wrote itself; the type is the writer's promise. */
export const fromJson = <Value>(text: string): Value => JSON.parse(text) as Value

/** The same, for what may be absent. */
export const fromJsonOrNull = <Value>(text: string | null): Value | null =>
  text === null ? null : fromJson<Value>(text)

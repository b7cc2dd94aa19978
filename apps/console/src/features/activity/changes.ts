import type { LogEntry } from '../../api/records.ts'

/** One field that an entry tells of. */
export interface FieldChange {
  readonly name: string
  readonly before: unknown
  readonly after: unknown
}

/** What an entry says of each field before and after; fields that stayed nothing are left out. */
export function changesOf({ before, after }: Pick<LogEntry, 'before' | 'after'>): readonly FieldChange[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])]
  return names
    .map((name) => ({ name, before: before?.[name] ?? null, after: after?.[name] ?? null }))
    .filter((change) => !isNothing(change.before) || !isNothing(change.after))
}

const isNothing = (value: unknown): boolean => value === null || (Array.isArray(value) && value.length === 0)

const isMoment = (text: string): boolean => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/.test(text)

/** A value of an entry as a text: moments by the formats of the language, lists with commas, the rest as JSON. */
export function valueText(
  value: unknown,
  words: { readonly exact: (moment: string) => string; readonly nothing: string },
): string {
  if (isNothing(value)) return words.nothing
  if (typeof value === 'string') return isMoment(value) ? words.exact(value) : value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ')
  if (isGrant(value)) return value.permissions.length === 0 ? words.nothing : value.permissions.join(', ')
  return JSON.stringify(value)
}

const isGrant = (value: unknown): value is { readonly permissions: readonly string[] } =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length === 1 &&
  Array.isArray((value as { readonly permissions?: unknown }).permissions)

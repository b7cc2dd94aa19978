import { canonicalJson } from '@keywright/core'

/** What differs between two views of a record, as the log keeps it. */
export interface Difference {
  readonly before: Readonly<Record<string, unknown>>
  readonly after: Readonly<Record<string, unknown>>
}

/** The members in which two views of a record differ; `undefined` where they are the same. */
export function differenceOf(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Difference | undefined {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => canonicalJson(before[name] ?? null) !== canonicalJson(after[name] ?? null),
  )
  if (names.length === 0) return undefined
  const pick = (from: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(names.map((name) => [name, from[name] ?? null]))
  return { before: pick(before), after: pick(after) }
}

/** A moment as the log and the wire write it (RFC 3339, UTC). */
export const wireTime = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString())

/**
 * The members whose values do not belong in a log that cannot forget (free text, adopter's data, names of people): both views say only that
 * they changed.
 */
export function withoutValues(difference: Difference, names: readonly string[]): Difference {
  const hide = (view: Readonly<Record<string, unknown>>, word: string) =>
    Object.fromEntries(Object.entries(view).map(([name, value]) => [name, names.includes(name) ? word : value]))
  return { before: hide(difference.before, 'not recorded'), after: hide(difference.after, 'changed') }
}

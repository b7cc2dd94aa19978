import { createHash } from 'node:crypto'
import { canonicalJson } from '@keywright/core'

/** A place in a listing: the values that its order compares, of the last item shown. */
export type CursorPlace = readonly (string | number | null)[]

/** What each value of a place must be. */
export type PlaceKind = 'string' | 'number' | 'string?' | 'number?'

const pageLimitDefault = 50
const pageLimitMax = 200
const cursorCharactersMax = 4_096

/** How many items a page holds: 1 to 200, 50 where nothing is said. */
export const pageLimit = (asked: number | undefined): number =>
  Math.min(pageLimitMax, Math.max(1, Math.trunc(Number.isNaN(asked) ? pageLimitDefault : (asked ?? pageLimitDefault))))

/** Whether every database can hold, and compare with, a text: well-formed Unicode without NUL. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

// A listing is its name and everything that filters or orders it.
const markOf = (listing: unknown): string =>
  createHash('sha256').update(canonicalJson(listing)).digest('base64url').slice(0, 16)

/** An opaque cursor that only the same listing accepts again. */
export const writeCursor = (listing: unknown, place: CursorPlace): string =>
  Buffer.from(JSON.stringify([markOf(listing), ...place])).toString('base64url')

/** The place of a cursor of this listing; `undefined` where it is of another one, damaged or too long. */
export function readCursor(listing: unknown, cursor: string, kinds: readonly PlaceKind[]): CursorPlace | undefined {
  if (cursor.length > cursorCharactersMax || !/^[\w-]+$/.test(cursor)) return undefined
  let values: unknown
  try {
    values = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
  if (!Array.isArray(values) || values.length !== kinds.length + 1 || values[0] !== markOf(listing)) return undefined
  const place: unknown[] = values.slice(1)
  const fits = place.every((value, index) => isOfKind(value, kinds[index] as PlaceKind))
  return fits ? (place as CursorPlace) : undefined
}

function isOfKind(value: unknown, kind: PlaceKind): boolean {
  if (value === null) return kind.endsWith('?')
  return kind.startsWith('string') ? typeof value === 'string' && isStorable(value) : Number.isSafeInteger(value)
}

/** Cuts a page from `limit + 1` rows that were asked for, with the cursor of the last row kept. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  listing: unknown,
  placeOf: (row: Row) => CursorPlace,
): { readonly rows: readonly Row[]; readonly nextCursor: string | null } {
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  const more = rows.length > limit && last !== undefined
  return { rows: kept, nextCursor: more ? writeCursor(listing, placeOf(last)) : null }
}

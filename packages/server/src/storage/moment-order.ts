import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { CursorPlace, PlaceKind } from './cursor.ts'

/** What the cursor of a listing by time holds: a moment, and an id for those of the same moment. */
export const momentPlace: readonly PlaceKind[] = ['number', 'string']

const signs = { 'newest first': sql`<`, 'oldest first': sql`>` } as const

/** What comes after a place in a listing by time, of which `moment` and `id` are the columns that it is ordered by. */
export function comesAfter(
  [atMs, lastId]: CursorPlace,
  order: keyof typeof signs,
  moment: string,
  id: string,
): RawBuilder<SqlBool> {
  const at = sql.ref(moment)
  const sign = signs[order]
  return sql<SqlBool>`(${at} ${sign} ${atMs} or (${at} = ${atMs} and ${sql.ref(id)} ${sign} ${lastId}))`
}

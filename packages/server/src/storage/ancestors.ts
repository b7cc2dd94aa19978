import { type RawBuilder, sql } from 'kysely'
import { endless } from './endless.ts'

/** The lineages above one, nearest first where the database keeps the order, and how long keys below them can be used. */
export interface Ancestors {
  readonly lineageIds: readonly string[]
  /** Epoch milliseconds; `null`: without end. */
  readonly endsAtMs: number | null
  /** Whether every one of them has a key that is neither revoked nor past its end. */
  readonly usable: boolean
}

/**
 * In SQL, what `readAncestors` reads: each lineage above a key with the last moment of its keys that can still be used, 0 where there is
 * none. Null for keys that no key made, which it costs nothing.
 */
export const ancestorsSql = (
  parentLineageId: RawBuilder<unknown>,
  nowMs: RawBuilder<unknown>,
): RawBuilder<string | null> =>
  sql<string | null>`case when ${parentLineageId} is null then null else (
    with recursive above (id) as (
      select ${parentLineageId}
      union
      select up.parent_lineage_id from above join lineages up on up.id = above.id where up.parent_lineage_id is not null
    )
    select string_agg(above.id || ' ' || coalesce((
      select max(coalesce(p.ends_at_ms, ${sql.lit(endless)})) from keys p
      where p.lineage_id = above.id and p.state <> 'revoked' and (p.ends_at_ms is null or p.ends_at_ms > ${nowMs})
    ), 0), ',') from above
  ) end`

/** Reads what `ancestorsSql` selects. */
export function readAncestors(text: string | null): Ancestors {
  if (text === null) return { lineageIds: [], endsAtMs: null, usable: true }
  const pairs = text.split(',').map((pair) => pair.split(' '))
  const endMs = Math.min(...pairs.map(([, lastMs]) => Number(lastMs)))
  return {
    lineageIds: pairs.map(([id = '']) => id),
    endsAtMs: endMs === endless || endMs === 0 ? null : endMs,
    usable: endMs > 0,
  }
}

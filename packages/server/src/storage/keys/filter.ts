import type { ResolvedConfig } from '@keywright/core'
import { type Expression, type SqlBool, sql } from 'kysely'
import { isStorable } from '../cursor.ts'
import { searchTextOf } from '../names.ts'
import { containsText } from '../pattern.ts'
import type { KeyFilter, KeyRecord } from '../ports.ts'
import { dueBeforeMs } from './rows.ts'

const everything = sql<SqlBool>`1 = 1`
const nothing = sql<SqlBool>`1 = 0`

const isEnded = (nowMs: number) => sql<SqlBool>`keys.ends_at_ms is not null and keys.ends_at_ms <= ${nowMs}`

/** The keys that are in a state at a moment: `expired` follows from time and is nowhere kept. */
function inState(state: KeyRecord['state'], nowMs: number): Expression<SqlBool> {
  if (state === 'revoked') return sql<SqlBool>`keys.state = 'revoked'`
  if (state === 'expired') return sql<SqlBool>`(keys.state != 'revoked' and ${isEnded(nowMs)})`
  return sql<SqlBool>`(keys.state = ${state} and not (${isEnded(nowMs)}))`
}

const anyOf = (conditions: readonly Expression<SqlBool>[]): Expression<SqlBool> =>
  conditions.length === 0 ? nothing : sql<SqlBool>`(${sql.join(conditions, sql` or `)})`

function matches(search: string): Expression<SqlBool> {
  const asked = search.trim()
  if (asked === '') return everything
  const name = searchTextOf(asked)
  return anyOf([
    ...(name === '' ? [] : [containsText(sql.ref('keys.name_search'), name)]),
    sql<SqlBool>`substr(keys.id, 1, ${asked.length}) = ${asked}`,
    sql<SqlBool>`keys.last_characters = ${asked}`,
  ])
}

function isDue(config: ResolvedConfig, nowMs: number): Expression<SqlBool> {
  const before = dueBeforeMs(config, nowMs)
  if (before === null) return nothing
  return sql<SqlBool>`(${inState('active', nowMs)} and keys.rotated_to_id is null and keys.created_at_ms < ${before})`
}

/** The keys whose grant holds a permission, as `satisfies` says: by itself, or without its instance; an unrestricted one holds all. */
function holds(permission: string): Expression<SqlBool> {
  const wider = permission.includes(':') ? [permission, permission.slice(0, permission.indexOf(':'))] : [permission]
  return anyOf([
    sql<SqlBool>`keys.grant_json = '"unrestricted"'`,
    // A permission stands in the grant's JSON with its quotes. Replacing it compares by case, which LIKE does not do everywhere.
    ...wider.map((text) => sql<SqlBool>`replace(keys.grant_json, ${JSON.stringify(text)}, '') <> keys.grant_json`),
  ])
}

const ownedBy = (owner: string | null): Expression<SqlBool> =>
  owner === null ? sql<SqlBool>`keys.owner_member_id is null` : sql<SqlBool>`keys.owner_member_id = ${owner}`

/** The older keys of a rotation. */
const isReplaced = sql<SqlBool>`keys.rotated_to_id is not null`

const negatedUnless = (wanted: boolean, condition: Expression<SqlBool>): Expression<SqlBool> =>
  wanted ? condition : sql<SqlBool>`not (${condition})`

const momentOf = (atMs: number): number =>
  Number.isFinite(atMs) ? Math.trunc(Math.min(Math.max(atMs, 0), Number.MAX_SAFE_INTEGER)) : 0

/** Whether any row could fit a filter: what no row can hold, no row holds, and PostgreSQL would refuse even to compare. */
export const canMatch = (filter: KeyFilter): boolean =>
  [
    filter.search,
    filter.type,
    filter.environment,
    filter.owner ?? undefined,
    filter.permission,
    ...(filter.ids ?? []),
  ].every((text) => text === undefined || isStorable(text))

/** The condition that a filter stands for, over keys joined with their last use. Texts come as parameters only (T6). */
export function conditionOf(filter: KeyFilter, config: ResolvedConfig, nowMs: number): Expression<SqlBool> {
  if (!canMatch(filter)) return nothing
  const parts: Expression<SqlBool>[] = []
  if (filter.search !== undefined) parts.push(matches(filter.search))
  if (filter.state !== undefined) parts.push(anyOf(filter.state.map((state) => inState(state, nowMs))))
  if (filter.type !== undefined) parts.push(sql<SqlBool>`keys.type = ${filter.type}`)
  if (filter.environment !== undefined) parts.push(sql<SqlBool>`keys.environment = ${filter.environment}`)
  if (filter.owner !== undefined) parts.push(ownedBy(filter.owner))
  if (filter.permission !== undefined) parts.push(holds(filter.permission))
  if (filter.unusedSinceMs !== undefined) {
    const since = momentOf(filter.unusedSinceMs)
    // The first half follows from the second, and lets an index leave out what is younger.
    parts.push(
      sql<SqlBool>`(keys.created_at_ms < ${since} and coalesce(key_last_used.at_ms, keys.created_at_ms) < ${since})`,
    )
  }
  if (filter.dueForRotation !== undefined) parts.push(negatedUnless(filter.dueForRotation, isDue(config, nowMs)))
  if (filter.noExpiry !== undefined)
    parts.push(negatedUnless(filter.noExpiry, sql<SqlBool>`keys.expires_at_ms is null`))
  if (filter.unrestricted !== undefined) {
    parts.push(negatedUnless(filter.unrestricted, sql<SqlBool>`keys.grant_json = '"unrestricted"'`))
  }
  if (filter.createdBeforeMs !== undefined) {
    parts.push(sql<SqlBool>`keys.created_at_ms < ${momentOf(filter.createdBeforeMs)}`)
  }
  if (filter.expiresBeforeMs !== undefined) {
    parts.push(sql<SqlBool>`keys.expires_at_ms < ${momentOf(filter.expiresBeforeMs)}`)
  }
  if (filter.rotating !== undefined) parts.push(negatedUnless(filter.rotating, isReplaced))
  if (filter.ids !== undefined) {
    parts.push(filter.ids.length === 0 ? nothing : sql<SqlBool>`keys.id in (${sql.join([...filter.ids])})`)
  }
  return parts.length === 0 ? everything : sql<SqlBool>`(${sql.join(parts, sql` and `)})`
}

/** A filter as cursors are bound to it: the same conditions give the same value, in whatever order they were named. */
export const filterBinding = (filter: KeyFilter): unknown => [
  filter.search ?? null,
  filter.state === undefined ? null : [...filter.state].sort(),
  filter.type ?? null,
  filter.environment ?? null,
  // Service keys (`null`) are another filter than none.
  filter.owner === undefined ? null : [filter.owner],
  filter.permission ?? null,
  filter.unusedSinceMs === undefined ? null : momentOf(filter.unusedSinceMs),
  filter.dueForRotation ?? null,
  filter.noExpiry ?? null,
  filter.unrestricted ?? null,
  filter.createdBeforeMs === undefined ? null : momentOf(filter.createdBeforeMs),
  filter.expiresBeforeMs === undefined ? null : momentOf(filter.expiresBeforeMs),
  filter.rotating ?? null,
  filter.ids ?? null,
  filter.within ?? null,
]

import type { InForce, Key } from '../../api/records.ts'
import { dateField, expiryMs } from '../keys/create/expiry.ts'

/** One limit as it is typed. */
export interface LimitRow {
  readonly id: number
  readonly name: string
  /** A limit that applies already keeps its name. */
  readonly isKnown: boolean
  readonly limit: string
  readonly windowSeconds: string
  /** Empty: as many as the limit. */
  readonly burst: string
}

/** What an operator is about to put in force; texts as they are typed. */
export interface OverrideDraft {
  readonly rows: readonly LimitRow[]
  /** `null`: the quota stays as it is. */
  readonly quota: { readonly limit: string; readonly period: 'day' | 'month' | '' } | null
  /** The last day; empty: for good. */
  readonly until: string
  readonly reason: string
}

/** What is wrong: a field's name (`name:3`, `limit:3`, `quota`, `until`, `rows`) and why. */
export type OverrideFaults = Readonly<Record<string, 'name' | 'number' | 'past' | 'nothing'>>

/** The limits in force, to be changed. */
export function overrideDraft(inForce: InForce, key: Pick<Key, 'overrides'>): OverrideDraft {
  const until = key.overrides?.limits[0]?.until ?? key.overrides?.quota?.until ?? null
  return {
    rows: inForce.limits.map(({ name, limit, windowSeconds, burst }, id) => ({
      id,
      name,
      isKnown: true,
      limit: String(limit),
      windowSeconds: String(windowSeconds),
      burst: burst === undefined ? '' : String(burst),
    })),
    quota: null,
    until: until === null ? '' : dateField(Date.parse(until)),
    reason: '',
  }
}

const isCount = (text: string): boolean => /^[1-9]\d{0,8}$/.test(text.trim())

/** Everything that is wrong before it is sent; empty: nothing. */
export function overrideFaults({ rows, quota, until }: OverrideDraft, nowMs: number): OverrideFaults {
  const faults: Record<string, OverrideFaults[string]> = {}
  const names = rows.map(({ name }) => name.trim())
  for (const { id, name, limit, windowSeconds, burst } of rows) {
    const isTwice = names.filter((each) => each === name.trim()).length > 1
    if (isTwice || !/^[a-z][a-z0-9_-]{0,63}$/.test(name.trim())) faults[`name:${id}`] = 'name'
    if (!isCount(limit)) faults[`limit:${id}`] = 'number'
    if (!isCount(windowSeconds)) faults[`window:${id}`] = 'number'
    if (burst.trim() !== '' && !isCount(burst)) faults[`burst:${id}`] = 'number'
  }
  if (quota !== null && !isCount(quota.limit)) faults['quota'] = 'number'
  if (rows.length === 0 && quota === null) faults['rows'] = 'nothing'
  if (until !== '') {
    const end = expiryMs({ kind: 'date', date: until }, nowMs)
    if (end === undefined || end === null || end <= nowMs) faults['until'] = 'past'
  }
  return faults
}

/** The request that a draft without faults asks for. */
export function overrideBody({ rows, quota, until, reason }: OverrideDraft, nowMs: number): object {
  const end = until === '' ? null : (expiryMs({ kind: 'date', date: until }, nowMs) ?? null)
  const untilText = end === null ? null : new Date(end).toISOString()
  return {
    ...(rows.length === 0
      ? {}
      : {
          limits: rows.map(({ name, limit, windowSeconds, burst }) => ({
            name: name.trim(),
            limit: Number(limit),
            windowSeconds: Number(windowSeconds),
            ...(burst.trim() === '' ? {} : { burst: Number(burst) }),
            until: untilText,
          })),
        }),
    ...(quota === null
      ? {}
      : { quota: { limit: Number(quota.limit), period: quota.period === '' ? null : quota.period, until: untilText } }),
    ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
  }
}

import type { EventType, Grant, Limit, Quota, Scope } from '@keywright/core'
import { wireTime, withoutValues } from '../changes.ts'
import type { WriteTransaction } from '../context.ts'
import { fromJson, fromJsonOrNull } from '../json.ts'
import type { KeyRow } from '../schema.ts'

/** A key as the log shows it: nothing of its secret or its digest. */
export const logView = (row: KeyRow): Readonly<Record<string, unknown>> => ({
  name: row.name,
  description: row.description,
  type: row.type,
  environment: row.environment,
  state: row.state,
  grant: fromJson<Grant>(row.grant_json),
  preset: row.preset,
  allowedNetworks: fromJsonOrNull<readonly string[]>(row.networks_json),
  limits: fromJson<readonly Limit[]>(row.limits_json),
  quota: fromJsonOrNull<Quota>(row.quota_json),
  metadata: fromJsonOrNull<unknown>(row.metadata_json),
  owner: row.owner_member_id,
  expiresAt: wireTime(row.expires_at_ms),
  endsAt: wireTime(row.ends_at_ms),
})

/** What was set of a new key; members without a value are left out. */
export function creationView(row: KeyRow): Readonly<Record<string, unknown>> {
  const set = Object.fromEntries(Object.entries(logView(row)).filter(([, value]) => value !== null))
  return withoutValues({ before: {}, after: set }, unrecorded).after
}

/** Free text and the adopter's own data do not belong in a log that cannot forget. */
export const unrecorded = ['description', 'metadata']

type KeyEvent = Extract<EventType, `key.${string}`>

/** Records what happened to a key. `also` are the scopes besides the key and its lineage. */
export function appendKeyEvent(
  transaction: WriteTransaction,
  type: KeyEvent,
  row: Pick<KeyRow, 'id' | 'account_id' | 'lineage_id'>,
  difference: {
    readonly before?: Readonly<Record<string, unknown>>
    readonly after?: Readonly<Record<string, unknown>>
  },
  also: readonly Scope[] = [],
): void {
  transaction.append({
    type,
    accountId: row.account_id,
    target: { kind: 'key', id: row.id },
    scopes: [`key:${row.id}`, `lineage:${row.lineage_id}`, ...also],
    ...difference,
  })
}

/** Which of these lineages have made keys, so that a change of their standing touches others. */
export async function lineagesWithChildren(
  { database }: WriteTransaction,
  lineageIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (lineageIds.length === 0) return new Set()
  const rows = await database
    .selectFrom('lineages')
    .select('parent_lineage_id')
    .distinct()
    .where('parent_lineage_id', 'in', lineageIds)
    .execute()
  return new Set(rows.flatMap(({ parent_lineage_id: id }) => (id === null ? [] : [id])))
}

/** The scope of the keys that a lineage made, where it made any. */
export const parentScope = (lineageId: string, withChildren: ReadonlySet<string>): readonly Scope[] =>
  withChildren.has(lineageId) ? [`parent:${lineageId}`] : []

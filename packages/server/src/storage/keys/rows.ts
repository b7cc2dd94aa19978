import {
  type Grant,
  type Limit,
  type LimitOverride,
  maskKey,
  type Quota,
  type QuotaOverride,
  quotaPeriod,
  type ResolvedConfig,
  stateAt,
} from '@keywright/core'
import type { Kysely } from 'kysely'
import { lockAccount } from '../account-rows.ts'
import type { StorageContext, WriteTransaction } from '../context.ts'
import { isId } from '../ids.ts'
import { fromJson, fromJsonOrNull } from '../json.ts'
import { inForce } from '../limits.ts'
import type { KeyRecord } from '../ports.ts'
import type { AccountRow, KeyRow, LineageRow, Schema } from '../schema.ts'

const dayMs = 86_400_000

/** A key with what its lineage and its use add to it. */
export interface FullRow extends KeyRow {
  readonly parent_lineage_id: string | null
  readonly overrides_json: string
  readonly quota_override_json: string | null
  readonly used_at_ms: number | null
  readonly used_network: string | null
  readonly used_user_agent: string | null
}

/** Keys with what their lineages and their use add to them. */
export const selectKeys = (database: Kysely<Schema>) =>
  database
    .selectFrom('keys')
    .innerJoin('lineages', 'lineages.id', 'keys.lineage_id')
    .leftJoin('key_last_used', 'key_last_used.key_id', 'keys.id')
    .selectAll('keys')
    .select([
      'lineages.parent_lineage_id',
      'lineages.overrides_json',
      'lineages.quota_override_json',
      'key_last_used.at_ms as used_at_ms',
      'key_last_used.network as used_network',
      'key_last_used.user_agent as used_user_agent',
    ])

/** One key, or `undefined`. */
export const findKey = async (database: Kysely<Schema>, id: string): Promise<FullRow | undefined> =>
  isId('key', id) ? await selectKeys(database).where('keys.id', '=', id).executeTakeFirst() : undefined

/** Reads a key and its account within a change, after every other change of the account. */
export async function lockKey(
  context: StorageContext,
  transaction: WriteTransaction,
  id: string,
): Promise<{ readonly account: AccountRow; readonly key: FullRow } | undefined> {
  const found = await findKey(transaction.database, id)
  const account = found === undefined ? undefined : await lockAccount(context, transaction, found.account_id)
  // What was read before the lock may have changed while waiting for it.
  const key = account === undefined ? undefined : await findKey(transaction.database, id)
  return account === undefined || key === undefined ? undefined : { account, key }
}

/** What a key is at a moment. */
export const stateOf = (row: Pick<KeyRow, 'state' | 'ends_at_ms'>, nowMs: number): KeyRecord['state'] =>
  stateAt({ state: row.state, endsAtMs: row.ends_at_ms }, nowMs)

/** The moment before which a key must have been created to be due for rotation; `null`: none ever is. */
export const dueBeforeMs = ({ rotation }: ResolvedConfig, nowMs: number): number | null =>
  rotation.dueAfterDays === null ? null : nowMs - rotation.dueAfterDays * dayMs

/** How much of their quotas lineages have used, by lineage and period. */
async function quotaUses(
  database: Kysely<Schema>,
  rows: readonly FullRow[],
  nowMs: number,
): Promise<ReadonlyMap<string, number>> {
  const lineageIds = [...new Set(rows.filter((row) => row.quota_json !== null).map((row) => row.lineage_id))]
  if (lineageIds.length === 0) return new Map()
  const periods = (['day', 'month', null] as const).map((period) => quotaPeriod(period, nowMs).id)
  const uses = await database
    .selectFrom('quota_uses')
    .selectAll()
    .where('lineage_id', 'in', lineageIds)
    .where('period', 'in', periods)
    .execute()
  return new Map(uses.map(({ lineage_id, period, used }) => [`${lineage_id} ${period}`, used]))
}

/** Keys as they are at a moment. */
export async function keyRecords(
  database: Kysely<Schema>,
  config: ResolvedConfig,
  nowMs: number,
  rows: readonly FullRow[],
): Promise<KeyRecord[]> {
  const uses = await quotaUses(database, rows, nowMs)
  return rows.map((row) => {
    const quota = fromJsonOrNull<Quota>(row.quota_json)
    const used = quota === null ? 0 : (uses.get(`${row.lineage_id} ${quotaPeriod(quota.period, nowMs).id}`) ?? 0)
    return keyRecord(row, quota === null ? null : { ...quota, used }, config, nowMs)
  })
}

/** One key as it is at a moment. */
export async function recordOf(
  database: Kysely<Schema>,
  config: ResolvedConfig,
  nowMs: number,
  row: FullRow,
): Promise<KeyRecord> {
  const [record] = await keyRecords(database, config, nowMs, [row])
  return record as KeyRecord
}

/** A key as it is just after it was made, the first of its lineage: there is nothing to read. */
export function newRecord(row: KeyRow, lineage: LineageRow, config: ResolvedConfig, nowMs: number): KeyRecord {
  const { parent_lineage_id, overrides_json, quota_override_json } = lineage
  const used = { used_at_ms: null, used_network: null, used_user_agent: null }
  const quota = fromJsonOrNull<Quota>(row.quota_json)
  const full: FullRow = { ...row, parent_lineage_id, overrides_json, quota_override_json, ...used }
  return keyRecord(full, quota === null ? null : { ...quota, used: 0 }, config, nowMs)
}

function keyRecord(row: FullRow, quota: KeyRecord['quota'], config: ResolvedConfig, nowMs: number): KeyRecord {
  const state = stateOf(row, nowMs)
  const quotaOverride = fromJsonOrNull<QuotaOverride>(row.quota_override_json)
  const dueBefore = dueBeforeMs(config, nowMs)
  return {
    id: row.id,
    accountId: row.account_id,
    lineageId: row.lineage_id,
    type: row.type,
    environment: row.environment,
    name: row.name,
    description: row.description,
    state,
    grant: fromJson<Grant>(row.grant_json),
    preset: row.preset,
    masked: maskedOf(row, config),
    allowedNetworks: fromJsonOrNull<readonly string[]>(row.networks_json),
    limits: fromJson<readonly Limit[]>(row.limits_json),
    quota,
    overrides: inForce(fromJson<readonly LimitOverride[]>(row.overrides_json), nowMs),
    quotaOverride: quotaOverride === null ? null : (inForce([quotaOverride], nowMs)[0] ?? null),
    metadata: fromJsonOrNull<Readonly<Record<string, unknown>>>(row.metadata_json),
    ownerMemberId: row.owner_member_id,
    parentLineageId: row.parent_lineage_id,
    expiresAtMs: row.expires_at_ms,
    endsAtMs: row.ends_at_ms,
    rotatedToId: row.rotated_to_id,
    dueForRotation:
      state === 'active' && row.rotated_to_id === null && dueBefore !== null && row.created_at_ms < dueBefore,
    createdBy: { kind: row.created_by_kind, id: row.created_by_id },
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    lastUsed:
      row.used_at_ms === null
        ? null
        : { atMs: row.used_at_ms, network: row.used_network, userAgent: row.used_user_agent },
    version: row.version,
  }
}

function maskedOf(row: KeyRow, config: ResolvedConfig): string {
  const tag = row.environment === null ? null : (config.environmentById.get(row.environment)?.tag ?? null)
  const head = tag === null ? row.prefix : `${row.prefix}_${tag}`
  return maskKey({ head, first: row.first_characters, last: row.last_characters }, config.display.mask)
}

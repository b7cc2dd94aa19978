import {
  type AccountFacts,
  type CredentialFacts,
  type KeyFacts,
  type NetworkRange,
  type Position,
  parseRange,
} from '@keywright/core'
import { type RawBuilder, sql } from 'kysely'
import { ancestorsSql, readAncestors } from './ancestors.ts'
import { place } from './database.ts'
import { fromJson, fromJsonOrNull } from './json.ts'
import { KnownKeys } from './known-keys.ts'
import type { Store } from './open-store.ts'
import type { CheckReads, HeadAnswer, Loaded } from './ports.ts'
import type { AccountRow, CredentialRow, KeyRow, LineageRow } from './schema.ts'
import { answerTimeOf } from './store-time.ts'

type Nullable<Row> = { readonly [Column in keyof Row]: Row[Column] | null }

/** Where facts were read, and by the database's own time where it has one. */
type FoundAt = Position & { readonly store_time_ms?: number }

type FoundKeyRow = FoundAt &
  Nullable<Omit<KeyRow, 'digest'>> &
  Nullable<Pick<LineageRow, 'overrides_json' | 'quota_override_json' | 'parent_lineage_id'>> & {
    readonly key_id: string | null
    readonly owner_state: string | null
    readonly lineage_shared: number
    readonly ancestors: string | null
  }

/** The reads of the check path, each one statement that was compiled once: facts and the position that they were read at. */
export function checksOf(
  store: Store,
  head: (after: Position | null) => Promise<HeadAnswer>,
  known: KnownKeys = new KnownKeys(store, head),
): CheckReads {
  return {
    key: keyReader(store, known),
    account: accountReader(store),
    credential: credentialReader(store),
    head,
  }
}

const digestPlaces = (count: number): RawBuilder<unknown> =>
  sql.join(Array.from({ length: count }, (_, index) => sql`${place(`digest${index}`)}`))

function digestValues(store: Store, purpose: 'key' | 'credential', text: string): Record<string, string> {
  const candidates = store.context.digests.candidates(purpose, text)
  return Object.fromEntries(candidates.map(({ digest }, index) => [`digest${index}`, digest]))
}

function keyReader(store: Store, known: KnownKeys): CheckReads['key'] {
  const time = answerTimeOf(store.database.capabilities, store.clock)
  // Keys die with the last key of any lineage above them that could still be used: neither revoked nor past its end.
  const statement = store.database.prepare<FoundKeyRow>(sql<FoundKeyRow>`
    select head.epoch, head.number, head.hash,
      k.id as key_id, k.account_id, k.lineage_id, k.type, k.environment, k.state, k.ends_at_ms, k.grant_json, k.name,
      k.metadata_json, k.networks_json, k.limits_json, k.quota_json, k.owner_member_id,
      m.state as owner_state,
      case when exists (select 1 from keys s where s.lineage_id = k.lineage_id and s.id <> k.id) then 1 else 0 end as lineage_shared,
      l.overrides_json, l.quota_override_json, l.parent_lineage_id,
      ${ancestorsSql(sql`l.parent_lineage_id`, time.now)} as ancestors${time.column}
    from log_head head
    left join keys k on k.digest in (${digestPlaces(store.context.digests.chainCount)})
    left join lineages l on l.id = k.lineage_id
    left join members m on m.id = k.owner_member_id and m.account_id = k.account_id
    where head.id = 1`)
  return async (text) => {
    const digests = digestValues(store, 'key', text)
    const absentAt = await known.absentAt(Object.values(digests))
    if (absentAt !== undefined) return { position: absentAt, storeTimeMs: store.clock.wallMs(), facts: undefined }
    const sent = time.values()
    const [row] = await statement.all({ ...digests, ...sent })
    if (row?.key_id == null) known.missedInStore()
    return loaded(row, time.read(row, sent), row?.key_id == null ? undefined : keyFacts(row as KeyFactsRow))
  }
}

function accountReader(store: Store): CheckReads['account'] {
  type Row = FoundAt & Nullable<AccountRow>
  const time = answerTimeOf(store.database.capabilities, store.clock)
  const statement = store.database.prepare<Row>(sql<Row>`
    select head.epoch, head.number, head.hash, a.id, a.external_id, a.state, a.plan, a.overrides_json${time.column}
    from log_head head left join accounts a on a.id = ${place('id')}
    where head.id = 1`)
  return async (id) => {
    const sent = time.values()
    const [row] = await statement.all({ id, ...sent })
    return loaded(row, time.read(row, sent), row?.id == null ? undefined : accountFacts(row as AccountRow))
  }
}

function credentialReader(store: Store): CheckReads['credential'] {
  type Row = FoundAt & Nullable<CredentialRow>
  const time = answerTimeOf(store.database.capabilities, store.clock)
  const statement = store.database.prepare<Row>(sql<Row>`
    select head.epoch, head.number, head.hash, c.id, c.kind, c.environment, c.audiences_json${time.column}
    from log_head head left join credentials c on c.digest in (${digestPlaces(store.context.digests.chainCount)})
    where head.id = 1`)
  return async (text) => {
    const sent = time.values()
    const [row] = await statement.all({ ...digestValues(store, 'credential', text), ...sent })
    return loaded(row, time.read(row, sent), row?.id == null ? undefined : credentialFacts(row as CredentialRow))
  }
}

function loaded<Facts>(row: Position | undefined, storeTimeMs: number, facts: Facts | undefined): Loaded<Facts> {
  if (row === undefined) throw new Error('the log has no head')
  return { position: { epoch: row.epoch, number: row.number, hash: row.hash }, storeTimeMs, facts }
}

type KeyFactsRow = Omit<KeyRow, 'digest' | 'id'> &
  LineageRow & {
    readonly key_id: string
    readonly owner_state: string | null
    readonly lineage_shared: number
    readonly ancestors: string | null
  }

function keyFacts(row: KeyFactsRow): KeyFacts {
  const ancestors = readAncestors(row.ancestors)
  return {
    id: row.key_id,
    accountId: row.account_id,
    lineageId: row.lineage_id,
    lineageShared: row.lineage_shared === 1,
    type: row.type,
    environment: row.environment,
    state: row.state,
    endsAtMs: earlierOf(row.ends_at_ms, ancestors.endsAtMs),
    grant: fromJson(row.grant_json),
    name: row.name,
    metadata: fromJsonOrNull(row.metadata_json),
    networks: row.networks_json === null ? null : fromJson<readonly string[]>(row.networks_json).map(rangeOf),
    limits: fromJson(row.limits_json),
    overrides: fromJson(row.overrides_json),
    quota: fromJsonOrNull(row.quota_json),
    quotaOverride: fromJsonOrNull(row.quota_override_json),
    owner:
      row.owner_member_id === null ? null : { memberId: row.owner_member_id, active: row.owner_state === 'active' },
    parent:
      row.parent_lineage_id === null
        ? null
        : {
            lineageId: row.parent_lineage_id,
            aboveIds: ancestors.lineageIds.filter((id) => id !== row.parent_lineage_id),
            usable: ancestors.usable,
          },
  }
}

/** A key ends with the lineages above it: no event tells of an end, so the facts carry it. */
function earlierOf(ownMs: number | null, aboveMs: number | null): number | null {
  if (ownMs === null || aboveMs === null) return ownMs ?? aboveMs
  return Math.min(ownMs, aboveMs)
}

function rangeOf(text: string): NetworkRange {
  const range = parseRange(text)
  if (range === undefined) throw new Error('a stored network is not a CIDR range')
  return range
}

const accountFacts = (row: AccountRow): AccountFacts => ({
  id: row.id,
  externalId: row.external_id,
  active: row.state === 'active',
  plan: row.plan,
  overrides: fromJson(row.overrides_json),
})

const credentialFacts = (row: CredentialRow): CredentialFacts =>
  row.kind === 'operator'
    ? { id: row.id, kind: 'operator' }
    : { id: row.id, kind: 'verify', environment: row.environment, audiences: fromJson(row.audiences_json) }

import { type Grant, type KeyFacts, type NetworkRange, parseRange, type Soon } from '@keywright/core'
import { type RawBuilder, sql } from 'kysely'
import { ancestorsSql, readAncestors } from './ancestors.ts'
import type { Statement, StatementValues } from './database.ts'
import { digestPlaces, digestValues } from './digest-places.ts'
import { fromJson, fromJsonOrNull } from './json.ts'
import type { KnownKeys } from './known-keys.ts'
import type { Store } from './open-store.ts'
import type { CheckReads, Loaded } from './ports.ts'
import { whenThere } from './soon.ts'
import { answerTimeOf } from './store-time.ts'

/** Where the log stood, the key, all NULL where there is none, and what its lineage says of it, where that was asked for. */
type KeyColumns = readonly [
  epoch: string,
  number: number,
  hash: string,
  storeTimeMs: number | null,
  id: string | null,
  standsAlone: number | null,
  accountId: string,
  lineageId: string,
  type: string,
  environment: string | null,
  state: KeyFacts['state'],
  endsAtMs: number | null,
  grantJson: string,
  name: string | null,
  metadataJson: string | null,
  networksJson: string | null,
  limitsJson: string,
  quotaJson: string | null,
  ownerMemberId: string | null,
  ownerState: string | null,
  lineageShared?: number,
  overridesJson?: string,
  quotaOverrideJson?: string | null,
  parentLineageId?: string | null,
  ancestors?: string | null,
]

const keyColumns = (storeTime: RawBuilder<unknown>) => sql`head.epoch, head.number, head.hash, ${storeTime},
  k.id, k.stands_alone, k.account_id, k.lineage_id, k.type, k.environment, k.state, k.ends_at_ms, k.grant_json, k.name,
  k.metadata_json, k.networks_json, k.limits_json, k.quota_json, k.owner_member_id, m.state as owner_state`

// Keys die with the last key of any lineage above them that could still be used: neither revoked nor past its end.
const lineageColumns = (nowMs: RawBuilder<unknown>) => sql`
  case when exists (select 1 from keys s where s.lineage_id = k.lineage_id and s.id <> k.id) then 1 else 0 end as lineage_shared,
  l.overrides_json, l.quota_override_json, l.parent_lineage_id, ${ancestorsSql(sql`l.parent_lineage_id`, nowMs)} as ancestors`

/**
 * Reads keys by their presented texts. A key that stands alone is read by one short statement, which has all there is to know of it; any other
 * is then read by one that has more.
 */
export function keyReader(store: Store, known: KnownKeys): CheckReads['key'] {
  const { database, context } = store
  const time = answerTimeOf(database.capabilities, store.clock)
  const tables = sql`log_head head
    left join keys k on k.digest in (${digestPlaces(context.digests.chainCount)})
    left join members m on m.id = k.owner_member_id and m.account_id = k.account_id`
  const short = database.prepareLists<KeyColumns>(sql`
    select ${keyColumns(time.column)} from ${tables} where head.id = 1`)
  const whole = database.prepareLists<KeyColumns>(sql`
    select ${keyColumns(time.column)}, ${lineageColumns(time.now)}
    from ${tables} left join lineages l on l.id = k.lineage_id where head.id = 1`)
  const grants = new KnownGrants()

  const readBy = (statement: Statement<KeyColumns>, values: StatementValues): Soon<Loaded<KeyFacts>> => {
    const sent = time.values()
    return whenThere(statement.all({ ...values, ...sent }), ([row]) => {
      if (row === undefined) throw new Error('the log has no head')
      const [epoch, number, hash, storeTimeMs, id, standsAlone] = row
      if (id === null) known.missedInStore()
      if (standsAlone === 0 && statement === short) return readBy(whole, values)
      return {
        position: { epoch, number, hash },
        storeTimeMs: time.read(storeTimeMs, sent),
        facts: id === null ? undefined : factsOf(id, row, grants),
      }
    })
  }
  const readUnlessAbsent = async (values: StatementValues, digests: readonly string[]): Promise<Loaded<KeyFacts>> => {
    const position = await known.absentAt(digests)
    if (position === undefined) return await readBy(short, values)
    return { position, storeTimeMs: store.clock.wallMs(), facts: undefined }
  }
  return (text) => {
    const digests = context.digests.candidates('key', text)
    const values = digestValues(digests)
    return known.mayHaveAny(digests) ? readBy(short, values) : readUnlessAbsent(values, digests)
  }
}

function factsOf(id: string, row: KeyColumns, grants: KnownGrants): KeyFacts {
  const [
    ,
    ,
    ,
    ,
    ,
    ,
    accountId,
    lineageId,
    type,
    environment,
    state,
    endsAtMs,
    grantJson,
    name,
    metadataJson,
    networksJson,
    limitsJson,
    quotaJson,
    ownerMemberId,
    ownerState,
    lineageShared = 0,
    overridesJson = '[]',
    quotaOverrideJson = null,
    parentLineageId = null,
    above = null,
  ] = row
  const ancestors = readAncestors(above)
  return {
    id,
    accountId,
    lineageId,
    lineageShared: lineageShared === 1,
    type,
    environment,
    state,
    endsAtMs: earlierOf(endsAtMs, ancestors.endsAtMs),
    grant: grants.read(grantJson),
    name,
    metadata: fromJsonOrNull(metadataJson),
    networks: networksJson === null ? null : fromJson<readonly string[]>(networksJson).map(rangeOf),
    limits: listFrom(limitsJson),
    overrides: listFrom(overridesJson),
    quota: fromJsonOrNull(quotaJson),
    quotaOverride: fromJsonOrNull(quotaOverrideJson),
    owner: ownerMemberId === null ? null : { memberId: ownerMemberId, active: ownerState === 'active' },
    parent:
      parentLineageId === null
        ? null
        : {
            lineageId: parentLineageId,
            aboveIds: ancestors.lineageIds.filter((lineageId) => lineageId !== parentLineageId),
            usable: ancestors.usable,
          },
  }
}

/** A key ends with the lineages above it: no event tells of an end, so the facts carry it. */
function earlierOf(ownMs: number | null, aboveMs: number | null): number | null {
  if (ownMs === null || aboveMs === null) return ownMs ?? aboveMs
  return Math.min(ownMs, aboveMs)
}

const none: readonly never[] = []

/** Most keys have nothing in their lists. */
const listFrom = <Value>(json: string): readonly Value[] => (json === '[]' ? none : fromJson(json))

function rangeOf(text: string): NetworkRange {
  const range = parseRange(text)
  if (range === undefined) throw new Error('a stored network is not a CIDR range')
  return range
}

const grantsMax = 10_000

/** Grants by their stored texts: many keys share one. */
class KnownGrants {
  readonly #grants = new Map<string, Grant>()

  read(json: string): Grant {
    const known = this.#grants.get(json)
    if (known !== undefined) return known
    if (this.#grants.size >= grantsMax) this.#grants.clear()
    const grant = fromJson<Grant>(json)
    this.#grants.set(json, grant)
    return grant
  }
}

import type { Limit, Quota } from '../../config/types.ts'
import type { Scope } from '../../event.ts'
import type { AccountFacts, CredentialFacts, KeyFacts } from '../../facts.ts'
import { keyFacts } from '../testing.ts'

/** A key as the store keeps it. */
export interface StoredKey {
  readonly id: string
  readonly text: string
  readonly accountId: string
  readonly lineageId: string
  readonly state: 'active' | 'paused' | 'revoked'
  /** Epoch milliseconds by the store's clock. */
  readonly endsAtMs: number | null
  readonly permissions: readonly string[]
  readonly ownerId: string | null
  readonly parentLineageId: string | null
  readonly limits: readonly Limit[]
  readonly quota: Quota | null
}

/** All that the store holds at one moment. Never changed: a change makes another one. */
export interface Records {
  readonly keys: ReadonlyMap<string, StoredKey>
  readonly accounts: ReadonlyMap<string, AccountFacts>
  /** Members by id, and whether each is in good standing; a member that was removed is not there. */
  readonly members: ReadonlyMap<string, boolean>
  readonly credentials: ReadonlyMap<string, CredentialFacts>
}

/** A change of the store, with what it touches. */
export interface RecordsChange {
  readonly what: string
  /** The text of the key that is changed, where it is one. */
  readonly text?: string
  readonly records: Records
  readonly scopes: readonly Scope[]
}

const isOwnerActive = ({ members }: Records, { ownerId }: StoredKey): boolean =>
  ownerId === null || members.get(ownerId) === true

/** The lineages above a key, nearest first. */
function lineagesAbove({ keys }: Records, key: StoredKey): readonly string[] {
  const above: string[] = []
  for (let id = key.parentLineageId; id !== null; ) {
    above.push(id)
    const lineageId: string = id
    id = [...keys.values()].find((each) => each.lineageId === lineageId)?.parentLineageId ?? null
  }
  return above
}

/** The last moment at which a key of a lineage can be used; 0 where there is none any more. */
function endOfLineage({ keys }: Records, lineageId: string, nowMs: number): number {
  let endMs = 0
  for (const key of keys.values()) {
    if (key.lineageId !== lineageId || key.state === 'revoked') continue
    const keyEndMs = key.endsAtMs ?? Number.POSITIVE_INFINITY
    if (keyEndMs > nowMs) endMs = Math.max(endMs, keyEndMs)
  }
  return endMs
}

/** Whether a text is accepted for a permission at a moment of the store's clock, by one who knows everything. */
export function isUsable(records: Records, text: string, permission: string, nowMs: number): boolean {
  const key = records.keys.get(text)
  return (
    key !== undefined &&
    key.state === 'active' &&
    key.permissions.includes(permission) &&
    (key.endsAtMs === null || key.endsAtMs > nowMs) &&
    records.accounts.get(key.accountId)?.active === true &&
    isOwnerActive(records, key) &&
    lineagesAbove(records, key).every((id) => endOfLineage(records, id, nowMs) > nowMs)
  )
}

/** The facts of a text, as a read of the store at a moment of its clock finds them. */
export function factsOfText(records: Records, text: string, nowMs: number): KeyFacts | undefined {
  const key = records.keys.get(text)
  if (key === undefined) return undefined
  const above = lineagesAbove(records, key)
  const endsMs = [key.endsAtMs ?? Number.POSITIVE_INFINITY, ...above.map((id) => endOfLineage(records, id, nowMs))]
  const endMs = Math.min(...endsMs.filter((ms) => ms > 0))
  const [parentId, ...aboveIds] = above
  return keyFacts({
    id: key.id,
    accountId: key.accountId,
    lineageId: key.lineageId,
    lineageShared: [...records.keys.values()].filter(({ lineageId }) => lineageId === key.lineageId).length > 1,
    state: key.state,
    endsAtMs: Number.isFinite(endMs) ? endMs : null,
    grant: { permissions: key.permissions },
    owner: key.ownerId === null ? null : { memberId: key.ownerId, active: isOwnerActive(records, key) },
    parent: parentId === undefined ? null : { lineageId: parentId, aboveIds, usable: endsMs.every((ms) => ms > 0) },
    limits: key.limits,
    quota: key.quota,
  })
}

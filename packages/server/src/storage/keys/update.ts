import { equalGrants, type Grant, type Problem, problem, type Quota } from '@keywright/core'
import { isOperator } from '../callers.ts'
import { differenceOf, withoutValues } from '../changes.ts'
import type { StorageContext, WriteTransaction } from '../context.ts'
import { fromJson, toJson, toJsonOrNull } from '../json.ts'
import { searchTextOf } from '../names.ts'
import type { Caller, KeyChange, Keys } from '../ports.ts'
import type { AccountRow, KeyRow } from '../schema.ts'
import { authorityOf, exceedsCreator, excessOfChildren, excessOverParent, reaches } from './authority.ts'
import { excessOf, holdingOf } from './ceiling.ts'
import { chooseOwner, metadataJson, readWithin, refuseBeyondPlan } from './create.ts'
import { appendKeyEvent, lineagesWithChildren, logView, parentScope, unrecorded } from './events.ts'
import { chooseExpiry } from './expiry.ts'
import { Faults } from './faults.ts'
import { type FullRow, lockKey, stateOf } from './rows.ts'
import { chooseLimits, chooseNetworks, chooseQuota, chooseText, chosenGrant } from './values.ts'

type Answer = Awaited<ReturnType<Keys['update']>>

/** Changes a key that is active or paused: what is absent stays, `null` clears, a value sets. What changes nothing writes nothing. */
export function updateKey(
  context: StorageContext,
  caller: Caller,
  id: string,
  change: KeyChange,
  expectedVersion: number | undefined,
): ReturnType<Keys['update']> {
  return context.write(caller, async (transaction): Promise<Answer> => {
    const locked = await lockKey(context, transaction, id)
    if (locked === undefined) return problem('key_not_found')
    const { account, key } = locked
    const authority = await authorityOf(context, transaction, caller, account, 'edit')
    if (authority === 'absent') return problem('key_not_found')
    if (authority === 'forbidden' || !reaches(authority, key, account, context, transaction.nowMs))
      return exceedsCreator()
    if (expectedVersion !== undefined && key.version !== expectedVersion) return problem('precondition_failed')
    const state = stateOf(key, transaction.nowMs)
    if (state !== 'active' && state !== 'paused') {
      return problem('key_state_conflict', `The key is ${state}, and only active and paused keys can be changed.`)
    }
    const changed = await changedRow(context, transaction, caller, account, key, change)
    if ('problem' in changed) return changed
    const difference = differenceOf(logView(key), logView(changed))
    if (difference === undefined) return await readWithin(context, transaction, id)
    const config = context.config()
    const holding = holdingOf(changed, account.plan, config, transaction.nowMs)
    const excess = authority.ceiling === null ? [] : excessOf(holding, authority.ceiling)
    if (excess.length > 0) return exceedsCreator(excess)
    const refused = await relativesProblem(context, transaction, account, changed, Object.keys(difference.after))
    if (refused !== undefined) return refused
    await saveKey(transaction, changed)
    const children =
      difference.after['endsAt'] === undefined
        ? new Set<string>()
        : await lineagesWithChildren(transaction, [key.lineage_id])
    appendKeyEvent(
      transaction,
      'key.updated',
      key,
      withoutValues(difference, unrecorded),
      parentScope(key.lineage_id, children),
    )
    return await readWithin(context, transaction, id)
  })
}

const heldNames = new Set(['grant', 'allowedNetworks', 'limits', 'quota', 'endsAt'])

/** The refusal of a change by which a key would be more than what made it, or less than what it made. */
async function relativesProblem(
  context: StorageContext,
  transaction: WriteTransaction,
  account: AccountRow,
  changed: FullRow,
  names: readonly string[],
): Promise<Problem<'exceeds_creator' | 'exceeds_children'> | undefined> {
  if (!names.some((name) => heldNames.has(name))) return undefined
  const overParent = await excessOverParent(context, transaction, account, changed)
  if (overParent.length > 0) return exceedsCreator(overParent)
  const ofChildren = await excessOfChildren(context, transaction, account, changed)
  return ofChildren.length === 0 ? undefined : problem('exceeds_children', undefined, ofChildren)
}

async function saveKey({ database, nowMs }: WriteTransaction, changed: FullRow): Promise<void> {
  const columns: Partial<KeyRow> = {
    name: changed.name,
    name_search: changed.name_search,
    description: changed.description,
    grant_json: changed.grant_json,
    preset: changed.preset,
    networks_json: changed.networks_json,
    limits_json: changed.limits_json,
    quota_json: changed.quota_json,
    metadata_json: changed.metadata_json,
    owner_member_id: changed.owner_member_id,
    expires_at_ms: changed.expires_at_ms,
    ends_at_ms: changed.ends_at_ms,
  }
  await database
    .updateTable('keys')
    .set({ ...columns, updated_at_ms: nowMs, version: changed.version + 1 })
    .where('id', '=', changed.id)
    .execute()
}

type Refused = Problem<'grant_not_editable' | 'invalid_parameters' | 'not_allowed_by_configuration'>

/** The key as it would be. */
async function changedRow(
  context: StorageContext,
  transaction: WriteTransaction,
  caller: Caller,
  account: AccountRow,
  key: FullRow,
  change: KeyChange,
): Promise<FullRow | Refused> {
  const config = context.config()
  const faults = new Faults()
  const grant = changedGrant(context, key, change, faults)
  if (grant !== undefined && 'problem' in grant) return grant
  const name = change.name === undefined ? undefined : chooseText('name', change.name, config, faults)
  const columns: Partial<KeyRow> = {
    ...grant,
    ...(name === undefined ? {} : { name, name_search: searchTextOf(name) }),
    ...(change.description === undefined
      ? {}
      : { description: chooseText('description', change.description, config, faults) }),
    ...(change.allowedNetworks === undefined
      ? {}
      : { networks_json: toJsonOrNull(chooseNetworks(change.allowedNetworks, faults)) }),
    ...(change.limits === undefined ? {} : { limits_json: toJson(chooseLimits(change.limits, faults)) }),
    ...(change.quota === undefined
      ? {}
      : { quota_json: toJsonOrNull(changedQuota(context, caller, account, change.quota, faults)) }),
    ...(change.metadata === undefined ? {} : { metadata_json: metadataJson(change.metadata, faults) }),
    ...(change.owner === undefined
      ? {}
      : { owner_member_id: await changedOwner(transaction, key, change.owner, faults) }),
    ...(change.expiresAtMs === undefined ? {} : changedExpiry(context, transaction, key, change.expiresAtMs, faults)),
  }
  return faults.problem() ?? { ...key, ...columns }
}

function changedGrant(
  context: StorageContext,
  key: FullRow,
  { grant, preset }: KeyChange,
  faults: Faults,
): Pick<KeyRow, 'grant_json' | 'preset'> | Problem<'grant_not_editable'> | undefined {
  if (grant === undefined && preset === undefined) return undefined
  const config = context.config()
  if (!config.grants.editable) {
    return problem('grant_not_editable', 'Create a new key with the permissions that are needed, then retire this one.')
  }
  const type = config.typeById.get(key.type)
  if (type === undefined) {
    faults.refused('/grant', `The configuration no longer knows the type "${key.type}" of this key.`)
    return undefined
  }
  const chosen = chosenGrant({ grant, preset }, type, config, faults)
  if (chosen === undefined) return undefined
  const before = fromJson<Grant>(key.grant_json)
  // The same grant again is no edit, and the preset's name stays.
  const label = chosen.preset ?? (equalGrants(chosen.grant, before) ? key.preset : null)
  return { grant_json: toJson(chosen.grant), preset: label }
}

function changedQuota(
  context: StorageContext,
  { actor }: Caller,
  account: AccountRow,
  given: Quota | null,
  faults: Faults,
): Quota | null {
  refuseBeyondPlan(given, context.config().planById.get(account.plan)?.quota ?? null, isOperator(actor), faults)
  return chooseQuota(given, faults)
}

/** Keeping the owner that a key has is no choice, also where that member is suspended. */
const changedOwner = async (
  transaction: WriteTransaction,
  key: FullRow,
  owner: string | null,
  faults: Faults,
): Promise<string | null> =>
  owner === key.owner_member_id ? owner : await chooseOwner(transaction, key.account_id, owner, faults)

/** A key that was rotated keeps the end that the rotation gave it, or gets an earlier one (U2, T27). */
function changedExpiry(
  context: StorageContext,
  { nowMs }: WriteTransaction,
  key: FullRow,
  given: number | null,
  faults: Faults,
): Pick<KeyRow, 'expires_at_ms' | 'ends_at_ms'> {
  if (given === key.expires_at_ms) return { expires_at_ms: key.expires_at_ms, ends_at_ms: key.ends_at_ms }
  const expiresAtMs = chooseExpiry(given, context.config(), { nowMs, bornMs: key.created_at_ms }, faults)
  if (key.rotated_to_id === null) return { expires_at_ms: expiresAtMs, ends_at_ms: expiresAtMs }
  const ends = [key.ends_at_ms, expiresAtMs].filter((atMs) => atMs !== null)
  return { expires_at_ms: expiresAtMs, ends_at_ms: ends.length === 0 ? null : Math.min(...ends) }
}

import { type Limit, type Problem, problem, type Quota } from '@keywright/core'
import { lockAccount } from '../account-rows.ts'
import { isOperator } from '../callers.ts'
import type { StorageContext, WriteTransaction } from '../context.ts'
import { answerIsGone, claimIdempotencyKey, rememberAnswer } from '../idempotency.ts'
import { isId, newId } from '../ids.ts'
import { toJson, toJsonOrNull } from '../json.ts'
import { searchTextOf } from '../names.ts'
import type { Caller, Created, Idempotency, KeyCreationProblem, KeyInput, KeyRecord, Keys } from '../ports.ts'
import type { AccountRow, LineageRow } from '../schema.ts'
import { type Authority, authorityOf, exceedsCreator } from './authority.ts'
import { capProblem } from './cap.ts'
import { excessOf, type Holding, holdingOf, isLimitWithin, isQuotaWithin } from './ceiling.ts'
import { appendKeyEvent, creationView } from './events.ts'
import { chooseExpiry } from './expiry.ts'
import { Faults } from './faults.ts'
import { type HeldRow, insertKey } from './insert.ts'
import { metadataFault } from './metadata.ts'
import { findKey, newRecord, recordOf } from './rows.ts'
import {
  chooseEnvironment,
  chooseGrant,
  chooseLimits,
  chooseNetworks,
  chooseQuota,
  chooseText,
  chooseType,
} from './values.ts'

type Answer = Created<KeyRecord> | Problem<KeyCreationProblem>

/** Makes a key and answers its secret, this once. */
export function createKey(
  context: StorageContext,
  caller: Caller,
  accountId: string,
  input: KeyInput,
  idempotency: Idempotency | undefined,
): ReturnType<Keys['create']> {
  return context.write(caller, async (transaction): Promise<Answer> => {
    const account = await lockAccount(context, transaction, accountId)
    if (account === undefined) return problem('account_not_found')
    const authority = await authorityOf(context, transaction, caller, account, 'create')
    if (authority === 'absent') return problem('account_not_found')
    if (authority === 'forbidden') return exceedsCreator()
    if (idempotency !== undefined) {
      const claim = await claimIdempotencyKey(transaction, caller.actor, idempotency)
      if (claim !== null && 'problem' in claim) return claim
      if (claim !== null) return await createdBefore(context, transaction, claim.ids[0] as string)
    }
    if (account.state === 'suspended')
      return problem('account_suspended', 'Resume the account first; then create the key.')
    const held = await chooseHeld(context, transaction, caller, account, authority, input)
    if ('problem' in held) return held
    const capped = await capProblem(context, transaction, account, null)
    if (capped !== undefined) return capped
    const lineage = lineageOf(context, caller, accountId)
    await context.statements.insertLineage(transaction.database, lineage)
    const { row, secret } = await insertKey(context, transaction, caller, {
      ...held,
      account_id: accountId,
      lineage_id: lineage.id,
      stands_alone: lineage.parent_lineage_id === null ? 1 : 0,
      ends_at_ms: held.expires_at_ms,
    })
    if (idempotency !== undefined) await rememberAnswer(transaction, caller.actor, idempotency, [row.id])
    appendKeyEvent(transaction, 'key.created', row, { after: creationView(row) }, ['unknown'])
    return { record: newRecord(row, lineage, context.config(), transaction.nowMs), secret, replayed: false }
  })
}

function lineageOf(context: StorageContext, { actor }: Caller, accountId: string): LineageRow {
  return {
    id: newId('lineage', context.randomBytes),
    account_id: accountId,
    parent_lineage_id: actor.kind === 'key' ? actor.lineageId : null,
    overrides_json: '[]',
    quota_override_json: null,
  }
}

async function createdBefore(context: StorageContext, transaction: WriteTransaction, id: string): Promise<Answer> {
  const row = await findKey(transaction.database, id)
  if (row === undefined) return answerIsGone()
  return {
    record: await recordOf(transaction.database, context.config(), transaction.nowMs, row),
    secret: null,
    replayed: true,
  }
}

/** Reads a key that this change has just written. */
export async function readWithin(
  context: StorageContext,
  transaction: WriteTransaction,
  id: string,
): Promise<KeyRecord> {
  const row = await findKey(transaction.database, id)
  if (row === undefined) throw new Error('a key that was just written is not there')
  return await recordOf(transaction.database, context.config(), transaction.nowMs, row)
}

/** Everything that was asked for, as the configuration and the caller's own rights allow it; else what is wrong. */
async function chooseHeld(
  context: StorageContext,
  transaction: WriteTransaction,
  caller: Caller,
  account: AccountRow,
  { ceiling }: Authority,
  input: KeyInput,
): Promise<HeldRow | Problem<'invalid_parameters' | 'not_allowed_by_configuration' | 'exceeds_creator'>> {
  const config = context.config()
  const faults = new Faults()
  const type = chooseType(input.type, config, faults)
  const environment = chooseEnvironment(input.environment ?? ceiling?.environment ?? undefined, config, faults)
  const grant = type === undefined ? undefined : chooseGrant(input, type, config, faults)
  const moments = { nowMs: transaction.nowMs, bornMs: transaction.nowMs }
  const name = chooseText('name', input.name, config, faults)
  const chosen = {
    environment,
    name,
    name_search: searchTextOf(name),
    description: chooseText('description', input.description, config, faults),
    networks_json: toJsonOrNull(
      chooseNetworks(input.allowedNetworks === undefined ? ceiling?.networks : input.allowedNetworks, faults),
    ),
    limits_json: toJson(limitsWithin(chooseLimits(input.limits, faults), ceiling, account, context)),
    quota_json: toJsonOrNull(chooseQuota(quotaNamed(input.quota, context, caller, account, ceiling, faults), faults)),
    metadata_json: metadataJson(input.metadata, faults),
    owner_member_id: await chooseOwner(transaction, account.id, input.owner, faults),
    expires_at_ms: expiryWithin(input.expiresAtMs, chooseExpiry(input.expiresAtMs, config, moments, faults), ceiling),
  }
  const fault = faults.problem()
  if (fault !== undefined) return fault
  if (type === undefined || grant === undefined) throw new Error('a key without type or grant was not refused')
  const held = { ...chosen, type: type.id, prefix: type.prefix, grant_json: toJson(grant.grant), preset: grant.preset }
  const holding = holdingOf({ ...held, ends_at_ms: held.expires_at_ms }, account.plan, config, transaction.nowMs)
  const excess = ceiling === null ? [] : excessOf(holding, ceiling)
  return excess.length > 0 ? exceedsCreator(excess) : held
}

/** What nobody named ends with the key that makes it. */
function expiryWithin(given: number | null | undefined, chosen: number | null, ceiling: Holding | null): number | null {
  if (given !== undefined || ceiling === null || ceiling.endsAtMs === null) return chosen
  return chosen === null ? ceiling.endsAtMs : Math.min(chosen, ceiling.endsAtMs)
}

/** The limits named and, for a managing key's child, those of the parent that the child did not name and the plan does not bring along. */
function limitsWithin(
  named: readonly Limit[],
  ceiling: Holding | null,
  account: AccountRow,
  context: StorageContext,
): readonly Limit[] {
  if (ceiling === null) return named
  const plan = context.config().planById.get(account.plan)?.limits ?? []
  const inherited = ceiling.limits.filter(
    (limit) =>
      !named.some(({ name }) => name === limit.name) &&
      !plan.some((each) => each.name === limit.name && isLimitWithin(each, limit)),
  )
  return [...named, ...inherited]
}

/** The quota named, else the parent's or the plan's. Only operators give more than the plan does. */
function quotaNamed(
  given: Quota | null | undefined,
  context: StorageContext,
  { actor }: Caller,
  account: AccountRow,
  ceiling: Holding | null,
  faults: Faults,
): Quota | null {
  const plan = context.config().planById.get(account.plan)?.quota ?? null
  if (given === undefined) return ceiling?.quota ?? plan
  refuseBeyondPlan(given, plan, isOperator(actor), faults)
  return given
}

/** Notes the fault of a quota that is more than the account's plan gives, unless an operator names it. */
export function refuseBeyondPlan(given: Quota | null, plan: Quota | null, byOperator: boolean, faults: Faults): void {
  if (byOperator || isQuotaWithin(given, plan)) return
  faults.refused(
    '/quota',
    `The account's plan allows ${plan?.limit} per ${plan?.period ?? 'life'}. Name a quota within it, or leave it out.`,
  )
}

/** The metadata as it is kept; what is wrong with it is a fault. */
export function metadataJson(metadata: KeyInput['metadata'], faults: Faults): string | null {
  if (metadata === undefined || metadata === null) return null
  const fault = metadataFault(metadata)
  if (fault === undefined) return toJson(metadata)
  faults.invalid('/metadata', fault)
  return null
}

/** The member that a key belongs to: an active one of the same account; it says nothing about who calls (T1). */
export async function chooseOwner(
  { database }: WriteTransaction,
  accountId: string,
  owner: string | null | undefined,
  faults: Faults,
): Promise<string | null> {
  if (owner === undefined || owner === null) return null
  const member = isId('member', owner)
    ? await database
        .selectFrom('members')
        .select('state')
        .where('id', '=', owner)
        .where('account_id', '=', accountId)
        .executeTakeFirst()
    : undefined
  if (member?.state === 'active') return owner
  faults.invalid(
    '/owner',
    'The owner must be an active member of the account. Name one, or leave it out for a service key.',
  )
  return null
}

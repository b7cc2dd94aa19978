import { type Problem, problem } from '@keywright/core'
import { sql } from 'kysely'
import { lockAccount } from '../account-rows.ts'
import { mayOperate } from '../callers.ts'
import type { StorageContext, WriteTransaction } from '../context.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import { isId } from '../ids.ts'
import type { Caller, KeyBatchResult, Keys } from '../ports.ts'
import type { AccountRow } from '../schema.ts'
import { type Authority, authorityOf, reaches } from './authority.ts'
import { actionProblem, deleteKeys, pauseKeys, stateProblem } from './change.ts'
import { appendKeyEvent, lineagesWithChildren, parentScope } from './events.ts'
import { canMatch, conditionOf, filterBinding } from './filter.ts'
import { deadLineages, finishRevocation, revokeKeys } from './revocation.ts'
import { type FullRow, selectKeys } from './rows.ts'

/** How many keys one call of a batch changes at most: each has an event, and a transaction appends 500. */
const batchKeysMax = 500

type Request = Parameters<Keys['batch']>[1]
type Refusal = Problem<'action_not_offered' | 'invalid_cursor' | 'account_not_found'>

interface Step {
  readonly result: KeyBatchResult
  /** Lineages by account whose last usable key went. */
  readonly dead: ReadonlyMap<string, readonly string[]>
}

/** Changes the next keys that fit a filter, in the order of their ids, in one transaction. */
export async function batchKeys(context: StorageContext, caller: Caller, request: Request): ReturnType<Keys['batch']> {
  const accountId = accountOf(caller, request.accountId)
  if (accountId !== undefined && !isId('account', accountId)) return problem('account_not_found')
  const notOffered = actionProblem(context.config(), caller, request.action)
  if (notOffered !== undefined) return notOffered
  if (!canMatch(request.filter)) return { matched: 0, changed: 0, skipped: [], nextCursor: null }
  const listing = ['batch', request.action, accountId ?? null, filterBinding(request.filter)]
  const after = request.cursor === undefined ? [''] : readCursor(listing, request.cursor, ['string'])
  if (after === undefined) return problem('invalid_cursor', 'Begin the batch anew, without a cursor.')
  const step = await context.write(caller, (transaction) =>
    takeStep(context, transaction, caller, { ...request, accountId, listing, afterId: after[0] as string }),
  )
  if ('problem' in step) return step
  for (const [id, lineageIds] of step.dead) await finishRevocation(context, caller, id, lineageIds)
  return step.result
}

/** Whoever is no operator changes keys of its own account only. */
function accountOf({ actor }: Caller, asked: string | undefined): string | undefined {
  if (actor.kind === 'operator' || actor.kind === 'system') return asked
  // No id: an account of somebody else looks like none.
  if (actor.kind === 'person') return ''
  return asked === undefined || asked === actor.accountId ? actor.accountId : ''
}

interface BoundRequest extends Request {
  readonly listing: unknown
  readonly afterId: string
}

async function takeStep(
  context: StorageContext,
  transaction: WriteTransaction,
  caller: Caller,
  request: BoundRequest,
): Promise<Step | Refusal> {
  const standing = await standingIn(context, transaction, caller, request)
  if (standing !== undefined && 'problem' in standing) return standing
  const found = await findKeys(context, transaction, request)
  const accounts = await lockAccounts(context, transaction, found)
  // What was found before the locks may have changed while waiting for them.
  const keys = await findKeys(
    context,
    transaction,
    request,
    found.slice(0, batchKeysMax).map(({ id }) => id),
  )
  const { able, skipped } = await divide(context, transaction, request, keys, accounts, standing)
  const matched = await countKeys(context, transaction, request)
  const last = found.length > batchKeysMax ? found[batchKeysMax - 1] : undefined
  if (!request.dryRun && able.length > 0) await applyTo(transaction, request.action, able)
  return {
    result: {
      matched,
      changed: able.length,
      skipped,
      nextCursor: last === undefined ? null : writeCursor(request.listing, [last.id]),
    },
    dead: request.dryRun || request.action === 'pause' ? new Map() : await deadByAccount(transaction, able),
  }
}

/** What a caller who is bound to one account may do there; `undefined` for operators over all accounts. */
async function standingIn(
  context: StorageContext,
  transaction: WriteTransaction,
  caller: Caller,
  { accountId, action }: BoundRequest,
): Promise<Authority | Refusal | undefined> {
  if (accountId === undefined)
    return (await mayOperate(transaction, caller.actor)) ? undefined : problem('account_not_found')
  const account = await lockAccount(context, transaction, accountId)
  if (account === undefined) return problem('account_not_found')
  const authority = await authorityOf(context, transaction, caller, account, action)
  if (authority === 'absent') return problem('account_not_found')
  if (authority === 'forbidden') return problem('action_not_offered', `The key that calls may not ${action} keys.`)
  return authority
}

async function findKeys(
  context: StorageContext,
  { database, nowMs }: WriteTransaction,
  { accountId, filter, afterId }: BoundRequest,
  ids?: readonly string[],
): Promise<FullRow[]> {
  if (ids?.length === 0) return []
  let query = selectKeys(database).where(conditionOf(filter, context.config(), nowMs))
  if (accountId !== undefined) query = query.where('keys.account_id', '=', accountId)
  query = ids === undefined ? query.where('keys.id', '>', afterId) : query.where('keys.id', 'in', ids)
  return await query
    .orderBy('keys.id')
    .limit(batchKeysMax + 1)
    .execute()
}

async function countKeys(
  context: StorageContext,
  { database, nowMs }: WriteTransaction,
  request: BoundRequest,
): Promise<number> {
  const query = database
    .selectFrom('keys')
    .leftJoin('key_last_used', 'key_last_used.key_id', 'keys.id')
    .select(sql<number>`count(*)`.as('count'))
    .where(conditionOf(request.filter, context.config(), nowMs))
  const { accountId } = request
  const { count } = await (accountId === undefined
    ? query
    : query.where('keys.account_id', '=', accountId)
  ).executeTakeFirstOrThrow()
  return Number(count)
}

/** In one order, so that two batches never wait for each other. */
async function lockAccounts(
  context: StorageContext,
  transaction: WriteTransaction,
  keys: readonly FullRow[],
): Promise<ReadonlyMap<string, AccountRow>> {
  const accounts = new Map<string, AccountRow>()
  for (const id of [...new Set(keys.slice(0, batchKeysMax).map((key) => key.account_id))].sort()) {
    const account = await lockAccount(context, transaction, id)
    if (account !== undefined) accounts.set(id, account)
  }
  return accounts
}

/** Which keys can be changed, and why the others cannot. */
async function divide(
  context: StorageContext,
  { nowMs }: WriteTransaction,
  request: BoundRequest,
  keys: readonly FullRow[],
  accounts: ReadonlyMap<string, AccountRow>,
  standing: Authority | undefined,
): Promise<{ readonly able: readonly FullRow[]; readonly skipped: KeyBatchResult['skipped'] }> {
  const able: FullRow[] = []
  const skipped: { keyId: string; problem: string }[] = []
  for (const key of keys) {
    const account = accounts.get(key.account_id)
    if (account === undefined) continue
    const reached = standing === undefined || reaches(standing, key, account, context, nowMs)
    const refused = reached ? stateProblem(key, request.action, nowMs)?.problem : 'exceeds_creator'
    if (refused === undefined) able.push(key)
    else skipped.push({ keyId: key.id, problem: refused })
  }
  return { able, skipped }
}

async function applyTo(
  transaction: WriteTransaction,
  action: Request['action'],
  keys: readonly FullRow[],
): Promise<void> {
  if (action === 'revoke') return await revokeKeys(transaction, keys)
  if (action === 'delete') return await deleteKeys(transaction, keys)
  const parents = await lineagesWithChildren(
    transaction,
    keys.map((key) => key.lineage_id),
  )
  await pauseKeys(
    transaction,
    keys.map(({ id }) => id),
    'paused',
  )
  for (const key of keys) {
    const difference = { before: { state: key.state }, after: { state: 'paused' } }
    appendKeyEvent(transaction, 'key.paused', key, difference, parentScope(key.lineage_id, parents))
  }
}

async function deadByAccount(
  transaction: WriteTransaction,
  keys: readonly FullRow[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const dead = new Set(
    await deadLineages(
      transaction,
      keys.map((key) => key.lineage_id),
    ),
  )
  const parents = await lineagesWithChildren(transaction, [...dead])
  const byAccount = new Map<string, Set<string>>()
  for (const { account_id, lineage_id } of keys) {
    if (!parents.has(lineage_id)) continue
    byAccount.set(account_id, (byAccount.get(account_id) ?? new Set()).add(lineage_id))
  }
  return new Map([...byAccount].map(([id, lineageIds]) => [id, [...lineageIds]]))
}

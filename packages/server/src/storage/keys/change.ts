import { canTransition, type LifecycleAction, type Problem, problem, type ResolvedConfig } from '@keywright/core'
import { isOperator } from '../callers.ts'
import type { StorageContext, WriteTransaction } from '../context.ts'
import type { Caller, KeyRecord, KeyStateChange, Keys } from '../ports.ts'
import type { AccountRow, KeyRow } from '../schema.ts'
import { authorityOf, exceedsCreator, reaches } from './authority.ts'
import { capProblem } from './cap.ts'
import { excessOf, holdingOf } from './ceiling.ts'
import { readWithin } from './create.ts'
import { appendKeyEvent, lineagesWithChildren, parentScope } from './events.ts'
import {
  deadLineages,
  finishRevocation,
  revokeDescendants,
  revokedPerTransactionMax,
  revokeKeys,
} from './revocation.ts'
import { type FullRow, lockKey, stateOf } from './rows.ts'

type Refusal = Extract<Awaited<ReturnType<Keys['change']>>, Problem>

interface Done {
  readonly record: KeyRecord | null
  /** The account, where keys that this one made are still to be revoked. */
  readonly unfinished: { readonly accountId: string; readonly lineageId: string } | null
}

/** Pauses, reactivates, revokes or deletes a key. */
export async function changeKey(
  context: StorageContext,
  caller: Caller,
  id: string,
  action: KeyStateChange,
  expectedVersion: number | undefined,
): ReturnType<Keys['change']> {
  const done = await context.write(caller, async (transaction): Promise<Done | Refusal> => {
    const locked = await lockKey(context, transaction, id)
    if (locked === undefined) return problem('key_not_found')
    const { account, key } = locked
    const authority = await authorityOf(context, transaction, caller, account, action)
    if (authority === 'absent') return problem('key_not_found')
    if (authority === 'forbidden') return problem('action_not_offered', `The key that calls may not ${action} keys.`)
    if (!reaches(authority, key, account, context, transaction.nowMs)) return exceedsCreator()
    const holding = holdingOf(key, account.plan, context.config(), transaction.nowMs)
    const excess = action === 'reactivate' && authority.ceiling !== null ? excessOf(holding, authority.ceiling) : []
    if (excess.length > 0) return exceedsCreator(excess)
    if (expectedVersion !== undefined && key.version !== expectedVersion) return problem('precondition_failed')
    const refused = actionProblem(context.config(), caller, action) ?? stateProblem(key, action, transaction.nowMs)
    if (refused !== undefined) return refused
    return await apply(context, transaction, account, key, action)
  })
  if ('problem' in done) return done
  if (done.unfinished !== null) {
    await finishRevocation(context, caller, done.unfinished.accountId, [done.unfinished.lineageId])
  }
  return done.record
}

/** The refusal of an action that the configuration does not offer; operators always have revoke, for leaks. */
export function actionProblem(
  config: ResolvedConfig,
  { actor }: Caller,
  action: LifecycleAction,
): Problem<'action_not_offered'> | undefined {
  if (config.actions[action] !== undefined || (action === 'revoke' && isOperator(actor))) return undefined
  const offered = Object.keys(config.actions)
  return problem(
    'action_not_offered',
    offered.length === 0
      ? `Keys cannot be changed by "${action}" here.`
      : `Keys cannot be changed by "${action}" here. What there is: ${offered.join(', ')}.`,
  )
}

/** The refusal of an action that a key's state does not allow. */
export function stateProblem(
  key: Pick<KeyRow, 'state' | 'ends_at_ms'>,
  action: LifecycleAction,
  nowMs: number,
): Problem<'key_state_conflict'> | undefined {
  const state = stateOf(key, nowMs)
  return canTransition(state, action)
    ? undefined
    : problem('key_state_conflict', `The key is ${state}, which "${action}" does not start from.`)
}

async function apply(
  context: StorageContext,
  transaction: WriteTransaction,
  account: AccountRow,
  key: FullRow,
  action: KeyStateChange,
): Promise<Done | Refusal> {
  if (action === 'pause' || action === 'reactivate') {
    const refused = action === 'reactivate' ? await reactivationProblem(context, transaction, account, key) : undefined
    if (refused !== undefined) return refused
    await turn(transaction, key, action === 'pause' ? 'paused' : 'active')
    return { record: await readWithin(context, transaction, key.id), unfinished: null }
  }
  if (action === 'revoke') await revokeKeys(transaction, [key])
  else await deleteKeys(transaction, [key])
  const { complete } = await revokeDescendants(
    transaction,
    await deadLineages(transaction, [key.lineage_id]),
    revokedPerTransactionMax,
  )
  return {
    record: action === 'revoke' ? await readWithin(context, transaction, key.id) : null,
    unfinished: complete ? null : { accountId: account.id, lineageId: key.lineage_id },
  }
}

async function reactivationProblem(
  context: StorageContext,
  transaction: WriteTransaction,
  account: AccountRow,
  key: FullRow,
): Promise<Problem<'account_suspended' | 'active_keys_cap'> | undefined> {
  if (account.state === 'suspended')
    return problem('account_suspended', 'Resume the account first; then reactivate the key.')
  return await capProblem(context, transaction, account, key.lineage_id)
}

async function turn(transaction: WriteTransaction, key: FullRow, to: 'active' | 'paused'): Promise<void> {
  const parents = await lineagesWithChildren(transaction, [key.lineage_id])
  await pauseKeys(transaction, [key.id], to)
  const type = to === 'paused' ? 'key.paused' : 'key.reactivated'
  const difference = { before: { state: key.state }, after: { state: to } }
  appendKeyEvent(transaction, type, key, difference, parentScope(key.lineage_id, parents))
}

/** Sets the kept state of keys, without an event. */
export async function pauseKeys(
  { database, nowMs }: WriteTransaction,
  ids: readonly string[],
  to: 'active' | 'paused',
): Promise<void> {
  await database
    .updateTable('keys')
    .set(({ eb, ref }) => ({ state: to, updated_at_ms: nowMs, version: eb(ref('version'), '+', 1) }))
    .where('id', 'in', ids)
    .execute()
}

/** Removes keys for good, and the lineages of which they were the last, each key with its event. */
export async function deleteKeys(transaction: WriteTransaction, keys: readonly FullRow[]): Promise<void> {
  const { database } = transaction
  const lineageIds = [...new Set(keys.map((key) => key.lineage_id))]
  const parents = await lineagesWithChildren(transaction, lineageIds)
  await database
    .deleteFrom('keys')
    .where(
      'id',
      'in',
      keys.map(({ id }) => id),
    )
    .execute()
  await database
    .deleteFrom('lineages')
    .where('id', 'in', lineageIds)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('keys').select('keys.id').whereRef('keys.lineage_id', '=', 'lineages.id'))),
    )
    .execute()
  for (const key of keys) {
    const before = { name: key.name, state: stateOf(key, transaction.nowMs) }
    appendKeyEvent(transaction, 'key.deleted', key, { before }, parentScope(key.lineage_id, parents))
  }
}

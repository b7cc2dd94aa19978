import { type Problem, problem } from '@keywright/core'
import {
  type AccountFields,
  accountRecord,
  fieldsOf,
  findAccount,
  lockAccount,
  logView,
  withoutPersons,
} from './account-rows.ts'
import { mayActIn, mayOperate } from './callers.ts'
import { type Difference, differenceOf } from './changes.ts'
import type { StorageContext, WriteTransaction } from './context.ts'
import { isStorable, pageLimit, pageOf, readCursor } from './cursor.ts'
import { answerIsGone, claimIdempotencyKey, rememberAnswer } from './idempotency.ts'
import { newId } from './ids.ts'
import { comesAfter, momentPlace } from './moment-order.ts'
import { containsText } from './pattern.ts'
import type { AccountInput, AccountRecord, Accounts, Caller } from './ports.ts'
import type { AccountRow } from './schema.ts'

/** The accounts of the store. */
export function accountsOf(context: StorageContext): Accounts {
  return {
    create: (caller, input, idempotency) => createAccount(context, caller, input, idempotency),
    list: (request) => listAccounts(context, request),
    read: async (id) => {
      const row = await findAccount(context, id)
      return row === undefined ? problem('account_not_found') : accountRecord(row)
    },
    update: (caller, id, change, expectedVersion) => updateAccount(context, caller, id, change, expectedVersion),
    suspend: (caller, id) => changeState(context, caller, id, 'suspended'),
    resume: (caller, id) => changeState(context, caller, id, 'active'),
    delete: (caller, id, expectedVersion) => deleteAccount(context, caller, id, expectedVersion),
  }
}

function createAccount(
  context: StorageContext,
  caller: Caller,
  input: AccountInput,
  idempotency: Parameters<Accounts['create']>[2],
): ReturnType<Accounts['create']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Accounts['create']>>> => {
    if (!(await mayOperate(transaction, caller.actor))) return problem('forbidden')
    const fields = fieldsOf(context, input)
    if ('problem' in fields) return fields
    if (fields.name === undefined)
      return problem('invalid_parameters', undefined, [{ pointer: '/name', detail: 'Name the account.' }])
    if (idempotency !== undefined) {
      const claim = await claimIdempotencyKey(transaction, caller.actor, idempotency)
      if (claim !== null && 'problem' in claim) return claim
      if (claim !== null) return await repeatAccount(transaction, claim.ids[0] as string)
    }
    const row = await insertAccount(context, transaction, { ...fields, name: fields.name })
    if (row === undefined) return externalIdTaken()
    if (idempotency !== undefined) await rememberAnswer(transaction, caller.actor, idempotency, [row.id])
    return { record: accountRecord(row), secret: null, replayed: false }
  })
}

/** Makes an account, with its event; `undefined` where another has its `externalId`. */
export async function insertAccount(
  context: Pick<StorageContext, 'config' | 'randomBytes'>,
  { database, nowMs, append }: WriteTransaction,
  fields: AccountFields & Pick<AccountRow, 'name'>,
): Promise<AccountRow | undefined> {
  const row: AccountRow = {
    id: newId('account', context.randomBytes),
    name: fields.name,
    external_id: fields.external_id ?? null,
    state: 'active',
    plan: fields.plan ?? context.config().defaultPlan,
    overrides_json: fields.overrides_json ?? '[]',
    cap_override_json: fields.cap_override_json ?? null,
    created_at_ms: nowMs,
    updated_at_ms: nowMs,
    version: 1,
  }
  const inserted = await database
    .insertInto('accounts')
    .values(row)
    .onConflict((conflict) => conflict.column('external_id').doNothing())
    .executeTakeFirst()
  if (inserted.numInsertedOrUpdatedRows === 0n) return undefined
  append({
    type: 'account.created',
    accountId: row.id,
    target: { kind: 'account', id: row.id },
    scopes: [`account:${row.id}`],
    after: withoutPersons({ before: {}, after: logView(row) }).after,
  })
  return row
}

async function repeatAccount(
  { database }: WriteTransaction,
  id: string,
): Promise<Awaited<ReturnType<Accounts['create']>>> {
  const row = await database.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? answerIsGone() : { record: accountRecord(row), secret: null, replayed: true }
}

const externalIdTaken = (): Problem<'account_exists'> =>
  problem('account_exists', undefined, [
    {
      pointer: '/externalId',
      detail: 'Another account has this externalId. Read that account, or choose another one.',
    },
  ])

async function updateAccount(
  context: StorageContext,
  caller: Caller,
  id: string,
  change: Partial<AccountInput>,
  expectedVersion: number | undefined,
): ReturnType<Accounts['update']> {
  try {
    return await context.write(caller, async (transaction): Promise<Awaited<ReturnType<Accounts['update']>>> => {
      const row = await lockForChange(context, transaction, caller, id, change)
      if (row === undefined) return problem('account_not_found')
      if (expectedVersion !== undefined && row.version !== expectedVersion) return problem('precondition_failed')
      const fields = fieldsOf(context, change)
      if ('problem' in fields) return fields
      const difference = differenceOf(logView(row), logView({ ...row, ...fields }))
      if (difference === undefined) return accountRecord(row)
      if (await isExternalIdTaken(transaction.database, id, fields.external_id)) return externalIdTaken()
      const changed = { ...row, ...fields, updated_at_ms: transaction.nowMs, version: row.version + 1 }
      await transaction.database.updateTable('accounts').set(changed).where('id', '=', id).execute()
      appendAccountEvent(transaction, 'account.updated', id, withoutPersons(difference))
      return accountRecord(changed)
    })
  } catch (error) {
    // Two accounts took the same externalId at once, and the unique index let one of them.
    if (await isExternalIdTaken(context.read, id, change.externalId)) return externalIdTaken()
    throw error
  }
}

async function isExternalIdTaken(
  database: StorageContext['read'],
  id: string,
  externalId: string | null | undefined,
): Promise<boolean> {
  if (typeof externalId !== 'string' || !isStorable(externalId)) return false
  const row = await database
    .selectFrom('accounts')
    .select('id')
    .where('external_id', '=', externalId)
    .where('id', '!=', id)
    .executeTakeFirst()
  return row !== undefined
}

const lockForOperator = async (
  context: StorageContext,
  transaction: WriteTransaction,
  caller: Caller,
  id: string,
): Promise<AccountRow | undefined> =>
  (await mayOperate(transaction, caller.actor)) ? await lockAccount(context, transaction, id) : undefined

/** Members of the account may change its name and nothing else; a key nothing at all (T5). */
async function lockForChange(
  context: StorageContext,
  transaction: WriteTransaction,
  caller: Caller,
  id: string,
  change: Partial<AccountInput>,
): Promise<AccountRow | undefined> {
  const { actor } = caller
  if (actor.kind !== 'member') return await lockForOperator(context, transaction, caller, id)
  const named = Object.entries(change).filter(([, value]) => value !== undefined)
  if (named.some(([field]) => field !== 'name')) return undefined
  const row = await lockAccount(context, transaction, id)
  return row !== undefined && (await mayActIn(transaction, actor, id)) ? row : undefined
}

function appendAccountEvent(
  transaction: WriteTransaction,
  type: 'account.updated' | 'account.suspended' | 'account.resumed' | 'account.deleted',
  id: string,
  difference: Partial<Difference>,
): void {
  transaction.append({ type, accountId: id, target: { kind: 'account', id }, scopes: [`account:${id}`], ...difference })
}

function changeState<To extends AccountRow['state']>(
  context: StorageContext,
  caller: Caller,
  id: string,
  to: To,
): Promise<
  AccountRecord | Problem<'account_not_found' | (To extends 'active' ? 'account_not_suspended' : 'account_suspended')>
> {
  type Answer = Awaited<ReturnType<typeof changeState<To>>>
  return context.write(caller, async (transaction): Promise<Answer> => {
    const row = await lockForOperator(context, transaction, caller, id)
    if (row === undefined) return problem('account_not_found')
    if (row.state === to) return problem(to === 'active' ? 'account_not_suspended' : 'account_suspended') as Answer
    const changed = { ...row, state: to, updated_at_ms: transaction.nowMs, version: row.version + 1 }
    await transaction.database.updateTable('accounts').set(changed).where('id', '=', id).execute()
    const type = to === 'active' ? 'account.resumed' : 'account.suspended'
    appendAccountEvent(transaction, type, id, { before: { state: row.state }, after: { state: to } })
    return accountRecord(changed)
  })
}

function deleteAccount(
  context: StorageContext,
  caller: Caller,
  id: string,
  expectedVersion: number | undefined,
): ReturnType<Accounts['delete']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Accounts['delete']>>> => {
    const row = await lockForOperator(context, transaction, caller, id)
    if (row === undefined) return problem('account_not_found')
    if (expectedVersion !== undefined && row.version !== expectedVersion) return problem('precondition_failed')
    // Keys go with their lineages, members with the account, and what checks left of keys with these.
    await transaction.database
      .deleteFrom('lineages')
      .where('id', 'in', ({ selectFrom }) =>
        selectFrom('keys').select('keys.lineage_id').where('keys.account_id', '=', id),
      )
      .execute()
    await transaction.database.deleteFrom('accounts').where('id', '=', id).execute()
    appendAccountEvent(transaction, 'account.deleted', id, { before: { state: row.state, plan: row.plan } })
    return null
  })
}

async function listAccounts(
  { read }: StorageContext,
  { cursor, limit, search, externalId }: Parameters<Accounts['list']>[0],
): ReturnType<Accounts['list']> {
  if (![search ?? '', externalId ?? ''].every(isStorable)) return { items: [], nextCursor: null }
  const listing = ['accounts', search ?? null, externalId ?? null]
  const after = cursor === undefined ? null : readCursor(listing, cursor, momentPlace)
  if (after === undefined) return problem('invalid_cursor')
  const size = pageLimit(limit)
  let query = read.selectFrom('accounts').selectAll()
  if (externalId !== undefined) query = query.where('external_id', '=', externalId)
  const asked = search?.trim() ?? ''
  if (asked !== '') {
    query = query.where(({ or, eb, fn, ref }) =>
      or([
        containsText(ref('name'), asked),
        containsText(fn('lower', ['name']), asked.toLowerCase()),
        eb('id', '=', asked),
        eb('external_id', '=', asked),
      ]),
    )
  }
  if (after !== null) query = query.where(comesAfter(after, 'newest first', 'created_at_ms', 'id'))
  const found = await query
    .orderBy('created_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(size + 1)
    .execute()
  const { rows, nextCursor } = pageOf(found, size, listing, (row) => [row.created_at_ms, row.id])
  return { items: rows.map(accountRecord), nextCursor }
}

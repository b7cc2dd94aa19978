import { type Problem, type ProblemError, problem } from '@keywright/core'
import { lockAccount } from './account-rows.ts'
import { differenceOf } from './changes.ts'
import type { StorageContext } from './context.ts'
import { pageLimit, pageOf, readCursor } from './cursor.ts'
import { isId, newId } from './ids.ts'
import { finishRemoval, finishRevocation, type PersonalStep, revokePersonal } from './keys/revocation.ts'
import {
  appendMemberEvent,
  findMember,
  lockMember,
  logView,
  type MemberTarget,
  mayChangeMembers,
  memberRecord,
  withoutPerson,
} from './member-rows.ts'
import { identifierErrors, lastOfRoleProblem, memberName, roleProblem } from './member-rules.ts'
import type { Caller, MemberInput, Members } from './ports.ts'
import type { MemberRow } from './schema.ts'

/** The members of the store's accounts. */
export function membersOf(context: StorageContext): Members {
  return {
    create: (caller, accountId, input) => createMember(context, caller, accountId, input),
    list: (accountId, page) => listMembers(context, accountId, page),
    read: async (accountId, id) => {
      const row =
        isId('member', id) && isId('account', accountId) ? await findMember(context.read, accountId, id) : undefined
      return row === undefined ? problem('member_not_found') : memberRecord(row)
    },
    update: (caller, accountId, id, change, expectedVersion) =>
      updateMember(context, caller, { accountId, id }, change, expectedVersion),
    delete: (caller, accountId, id) => deleteMember(context, caller, { accountId, id }),
  }
}

function createMember(
  context: StorageContext,
  caller: Caller,
  accountId: string,
  input: MemberInput,
): ReturnType<Members['create']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Members['create']>>> => {
    const account = await lockAccount(context, transaction, accountId)
    if (account === undefined || !(await mayChangeMembers(transaction, caller, accountId)))
      return problem('account_not_found')
    const errors: ProblemError[] = []
    const name = memberName(input.name, errors)
    errors.push(...identifierErrors(input))
    if (errors.length > 0) return problem('invalid_parameters', undefined, errors)
    const refused = roleProblem(context, input.role)
    if (refused !== undefined) return refused
    const row: MemberRow = {
      id: newId('member', context.randomBytes),
      account_id: accountId,
      person_id: input.personId ?? null,
      external_id: input.externalId ?? null,
      name,
      role: input.role,
      state: 'active',
      created_at_ms: transaction.nowMs,
      updated_at_ms: transaction.nowMs,
      version: 1,
    }
    const { numInsertedOrUpdatedRows } = await transaction.database
      .insertInto('members')
      .values(row)
      .onConflict((conflict) => conflict.columns(['account_id', 'external_id']).doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows === 0n) {
      const detail = 'Another member of the account has this externalId. Change that member, or choose another one.'
      return problem('member_exists', undefined, [{ pointer: '/externalId', detail }])
    }
    appendMemberEvent(transaction, 'member.created', row, { after: { role: row.role, state: row.state } })
    return memberRecord(row)
  })
}

function updateMember(
  context: StorageContext,
  caller: Caller,
  target: MemberTarget,
  change: Parameters<Members['update']>[3],
  expectedVersion: number | undefined,
): ReturnType<Members['update']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Members['update']>>> => {
    const row = await lockMember(context, transaction, caller, target)
    if (row === undefined) return problem('member_not_found')
    if (expectedVersion !== undefined && row.version !== expectedVersion) return problem('precondition_failed')
    const errors: ProblemError[] = []
    const name = change.name === undefined ? row.name : memberName(change.name, errors)
    if (errors.length > 0) return problem('invalid_parameters', undefined, errors)
    const role = change.role ?? row.role
    const refused = change.role === undefined ? undefined : roleProblem(context, role)
    if (refused !== undefined) return refused
    const changed: MemberRow = { ...row, name, role, state: change.state ?? row.state }
    const difference = differenceOf(logView(row), logView(changed))
    if (difference === undefined) return memberRecord(row)
    const last = await lastOfRoleProblem(context, transaction, row, changed)
    if (last !== undefined) return last
    const saved: MemberRow = { ...changed, updated_at_ms: transaction.nowMs, version: row.version + 1 }
    await transaction.database.updateTable('members').set(saved).where('id', '=', row.id).execute()
    appendMemberEvent(transaction, 'member.updated', row, withoutPerson(difference))
    return memberRecord(saved)
  })
}

/** Removes a member. Its personal keys are refused from then on and revoked before this answers; service keys stay (T16). */
async function deleteMember(
  context: StorageContext,
  caller: Caller,
  target: MemberTarget,
): ReturnType<Members['delete']> {
  const removed = await context.write(
    caller,
    async (transaction): Promise<PersonalStep | Problem<'member_not_found' | 'last_member_of_role'>> => {
      const row = await lockMember(context, transaction, caller, target)
      if (row === undefined) return problem('member_not_found')
      const last = await lastOfRoleProblem(context, transaction, row, null)
      if (last !== undefined) return last
      await transaction.database.deleteFrom('members').where('id', '=', row.id).execute()
      appendMemberEvent(transaction, 'member.deleted', row, { before: { role: row.role, state: row.state } })
      return await revokePersonal(transaction, row.id)
    },
  )
  if ('problem' in removed) return removed
  await finishRevocation(context, caller, target.accountId, removed.lineageIds)
  if (!removed.complete) await finishRemoval(context, caller, target.accountId, target.id)
  return null
}

async function listMembers(
  { read }: StorageContext,
  accountId: string,
  { cursor, limit }: Parameters<Members['list']>[1],
): ReturnType<Members['list']> {
  const account = isId('account', accountId)
    ? await read.selectFrom('accounts').select('id').where('id', '=', accountId).executeTakeFirst()
    : undefined
  if (account === undefined) return problem('account_not_found')
  const listing = ['members', accountId]
  const after = cursor === undefined ? null : readCursor(listing, cursor, ['number', 'string'])
  if (after === undefined) return problem('invalid_cursor', 'Begin the listing anew, without a cursor.')
  const size = pageLimit(limit)
  let query = read.selectFrom('members').selectAll().where('account_id', '=', accountId)
  if (after !== null) {
    const [atMs, id] = after as [number, string]
    query = query.where(({ or, and, eb }) =>
      or([eb('created_at_ms', '>', atMs), and([eb('created_at_ms', '=', atMs), eb('id', '>', id)])]),
    )
  }
  const found = await query
    .orderBy('created_at_ms')
    .orderBy('id')
    .limit(size + 1)
    .execute()
  const { rows, nextCursor } = pageOf(found, size, listing, (row) => [row.created_at_ms, row.id])
  return { items: rows.map(memberRecord), nextCursor }
}

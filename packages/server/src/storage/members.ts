import { type Problem, type ProblemError, problem } from '@keywright/core'
import { accountExists, lockAccount } from './account-rows.ts'
import { differenceOf } from './changes.ts'
import type { StorageContext, WriteTransaction } from './context.ts'
import { pageLimit, pageOf, readCursor } from './cursor.ts'
import { isId } from './ids.ts'
import { finishRemoval, finishRevocation, type PersonalStep, revokePersonal } from './keys/revocation.ts'
import {
  appendMemberEvent,
  type FullMemberRow,
  findMember,
  insertMember,
  lockMember,
  logView,
  type MemberTarget,
  mayChangeMembers,
  memberRecord,
  saveMember,
  selectMembers,
  withoutPerson,
} from './member-rows.ts'
import { identifierErrors, lastOfRoleProblem, memberName, roleProblem } from './member-rules.ts'
import { comesAfter, momentPlace } from './moment-order.ts'
import type { Caller, MemberInput, Members } from './ports.ts'

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
    return await insertMember(context, transaction, accountId, { ...input, name })
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
    const changed: FullMemberRow = { ...row, name, role, state: change.state ?? row.state }
    const difference = differenceOf(logView(row), logView(changed))
    if (difference === undefined) return memberRecord(row)
    const last = await lastOfRoleProblem(context, transaction, row, changed)
    if (last !== undefined) return last
    const suspended = row.state === changed.state ? undefined : await suspendedPersonProblem(transaction, row)
    if (suspended !== undefined) return suspended
    const saved = { ...changed, updated_at_ms: transaction.nowMs, version: row.version + 1 }
    await saveMember(transaction, saved)
    appendMemberEvent(transaction, 'member.updated', row, withoutPerson(difference))
    return memberRecord(saved)
  })
}

/** A member that was suspended with its person comes back with that person alone: until then its personal keys stay refused (T16). */
async function suspendedPersonProblem(
  { database }: WriteTransaction,
  { id }: FullMemberRow,
): Promise<Problem<'invalid_parameters'> | undefined> {
  const kept = await database
    .selectFrom('suspended_memberships')
    .select('member_id')
    .where('member_id', '=', id)
    .executeTakeFirst()
  if (kept === undefined) return undefined
  const detail = 'An operator suspended this person everywhere. Ask an operator to resume the person.'
  return problem('invalid_parameters', undefined, [{ pointer: '/state', detail }])
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
  if (!(await accountExists(read, accountId))) return problem('account_not_found')
  const listing = ['members', accountId]
  const after = cursor === undefined ? null : readCursor(listing, cursor, momentPlace)
  if (after === undefined) return problem('invalid_cursor', 'Begin the listing anew, without a cursor.')
  const size = pageLimit(limit)
  let query = selectMembers(read).where('members.account_id', '=', accountId)
  if (after !== null) query = query.where(comesAfter(after, 'oldest first', 'members.created_at_ms', 'members.id'))
  const found = await query
    .orderBy('members.created_at_ms')
    .orderBy('members.id')
    .limit(size + 1)
    .execute()
  const { rows, nextCursor } = pageOf(found, size, listing, (row) => [row.created_at_ms, row.id])
  return { items: rows.map(memberRecord), nextCursor }
}

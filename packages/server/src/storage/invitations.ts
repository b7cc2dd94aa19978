import { problem } from '@keywright/core'
import { accountExists, lockAccount } from './account-rows.ts'
import { mayOperate } from './callers.ts'
import type { StorageContext, WriteTransaction } from './context.ts'
import { pageLimit, pageOf, readCursor } from './cursor.ts'
import { isId, newId } from './ids.ts'
import {
  appendInvitationEvent,
  cleanEmail,
  closed,
  type FullInvitationRow,
  findByToken,
  invitationRecord,
  newToken,
  putInvitation,
  selectInvitations,
} from './invitation-rows.ts'
import { insertMember, mayChangeMembers, memberOfPerson } from './member-rows.ts'
import { roleProblem } from './member-rules.ts'
import { comesAfter, momentPlace } from './moment-order.ts'
import { insertOperator } from './operator-rows.ts'
import { lockPerson } from './person-lock.ts'
import type { Caller } from './ports.ts'
import type { Invitations } from './ports-team.ts'
import type { AccountRow, InvitationRow } from './schema.ts'

/** Invitations to accounts and to operate. */
export const invitationsOf = (context: StorageContext): Invitations => ({
  create: (caller, accountId, given) => invite(context, caller, accountId, given),
  list: (accountId, page) => listInvitations(context, accountId, page),
  renew: (caller, accountId, id) => renew(context, caller, accountId, id),
  delete: (caller, accountId, id) => withdraw(context, caller, accountId, id),
  look: async (token) => {
    const row = await findByToken(context, context.read, token, await context.now())
    return row === undefined ? closed() : invitationRecord(row)
  },
  accept: (caller, token, person) => accept(context, caller, token, person),
})

/** Where an invitation leads; `undefined`: to this caller there is no such place. */
async function lockPlace(
  context: StorageContext,
  transaction: WriteTransaction,
  caller: Caller,
  accountId: string | null,
): Promise<AccountRow | null | undefined> {
  if (accountId === null) return (await mayOperate(transaction, caller.actor)) ? null : undefined
  const account = await lockAccount(context, transaction, accountId)
  if (account === undefined || !(await mayChangeMembers(transaction, caller, accountId))) return undefined
  return account
}

function invite(
  context: StorageContext,
  caller: Caller,
  accountId: string | null,
  { email: given, role }: Parameters<Invitations['create']>[2],
): ReturnType<Invitations['create']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Invitations['create']>>> => {
    const { database, nowMs } = transaction
    const place = await lockPlace(context, transaction, caller, accountId)
    if (place === undefined) return problem('account_not_found')
    const address = cleanEmail(given)
    if ('errors' in address) return problem('invalid_parameters', undefined, address.errors)
    const refused = placeRoleProblem(context, accountId, role)
    if (refused !== undefined) return refused
    const { email } = address
    if (await isThere(database, accountId, email)) return alreadyThere()
    const { token, columns } = newToken(context, nowMs)
    const row: InvitationRow = {
      id: newId('invitation', context.randomBytes),
      account_id: accountId,
      email,
      role,
      ...columns,
      invited_by_kind: caller.actor.kind,
      invited_by_id: caller.actor.id,
      created_at_ms: nowMs,
    }
    const earlier = await findOne(database, accountId, 'email', email)
    if (earlier !== undefined) appendInvitationEvent(transaction, 'invitation.deleted', earlier)
    await putInvitation(transaction, row)
    appendInvitationEvent(transaction, 'invitation.created', row)
    return { record: invitationRecord({ ...row, account_name: place?.name ?? null }), token }
  })
}

function placeRoleProblem(context: StorageContext, accountId: string | null, role: string | null) {
  if (accountId !== null && role !== null) return roleProblem(context, role)
  if (accountId === null && role === null) return undefined
  const detail = accountId === null ? 'Operators have no role: leave it out.' : 'Name the role in the account.'
  return problem('invalid_parameters', undefined, [{ pointer: '/role', detail }])
}

/** Whether the person of an address is already where the invitation leads, in good standing or not. */
async function isThere(database: StorageContext['read'], accountId: string | null, email: string): Promise<boolean> {
  const people = database.selectFrom('people').where('people.email', '=', email)
  const row = await (accountId === null
    ? people.innerJoin('operators', 'operators.person_id', 'people.id').select('people.id')
    : people
        .innerJoin('members', 'members.person_id', 'people.id')
        .select('people.id')
        .where('members.account_id', '=', accountId)
  ).executeTakeFirst()
  return row !== undefined
}

function alreadyThere() {
  const detail = 'The person with this address is already there. Nobody needs to be invited.'
  return problem('member_exists', undefined, [{ pointer: '/email', detail }])
}

const findOne = (
  database: StorageContext['read'],
  accountId: string | null,
  by: 'id' | 'email',
  value: string,
): Promise<FullInvitationRow | undefined> =>
  selectInvitations(database)
    .where('invitations.account_id', accountId === null ? 'is' : '=', accountId)
    .where(`invitations.${by}`, '=', value)
    .executeTakeFirst()

async function listInvitations(
  { read }: StorageContext,
  accountId: string | null,
  { cursor, limit }: Parameters<Invitations['list']>[1],
): ReturnType<Invitations['list']> {
  if (accountId !== null && !(await accountExists(read, accountId))) return problem('account_not_found')
  const listing = ['invitations', accountId]
  const after = cursor === undefined ? null : readCursor(listing, cursor, momentPlace)
  if (after === undefined) return problem('invalid_cursor', 'Begin the listing anew, without a cursor.')
  const size = pageLimit(limit)
  let query = selectInvitations(read)
    .where('invitations.account_id', accountId === null ? 'is' : '=', accountId)
    .orderBy('invitations.created_at_ms', 'desc')
    .orderBy('invitations.id', 'desc')
    .limit(size + 1)
  if (after !== null)
    query = query.where(comesAfter(after, 'newest first', 'invitations.created_at_ms', 'invitations.id'))
  const { rows, nextCursor } = pageOf(await query.execute(), size, listing, (row) => [row.created_at_ms, row.id])
  return { items: rows.map(invitationRecord), nextCursor }
}

function renew(
  context: StorageContext,
  caller: Caller,
  accountId: string | null,
  id: string,
): ReturnType<Invitations['renew']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Invitations['renew']>>> => {
    const { database, nowMs } = transaction
    const row = await lockOne(context, transaction, caller, accountId, id)
    if (row === undefined) return problem('invitation_not_found')
    const { token, columns: fresh } = newToken(context, nowMs)
    // Whoever renews it answers for it from then on.
    const columns = { ...fresh, invited_by_kind: caller.actor.kind, invited_by_id: caller.actor.id }
    const { numUpdatedRows } = await database
      .updateTable('invitations')
      .set(columns)
      .where('id', '=', row.id)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return problem('invitation_not_found')
    const renewed = { ...row, ...columns }
    appendInvitationEvent(transaction, 'invitation.renewed', renewed)
    return { record: invitationRecord(renewed), token }
  })
}

async function lockOne(
  context: StorageContext,
  transaction: WriteTransaction,
  caller: Caller,
  accountId: string | null,
  id: string,
): Promise<FullInvitationRow | undefined> {
  if (!isId('invitation', id)) return undefined
  if ((await lockPlace(context, transaction, caller, accountId)) === undefined) return undefined
  return await findOne(transaction.database, accountId, 'id', id)
}

function withdraw(
  context: StorageContext,
  caller: Caller,
  accountId: string | null,
  id: string,
): ReturnType<Invitations['delete']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Invitations['delete']>>> => {
    const row = await lockOne(context, transaction, caller, accountId, id)
    if (row === undefined || !(await takeRow(transaction, row))) return problem('invitation_not_found')
    appendInvitationEvent(transaction, 'invitation.deleted', row)
    return null
  })
}

/** Whoever removes the invitation, as it was read, has it: of two at once the other finds none. */
async function takeRow({ database }: WriteTransaction, { id, digest }: InvitationRow): Promise<boolean> {
  const { numDeletedRows } = await database
    .deleteFrom('invitations')
    .where('id', '=', id)
    .where('digest', '=', digest)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

function accept(
  context: StorageContext,
  caller: Caller,
  token: string,
  person: Parameters<Invitations['accept']>[2],
): ReturnType<Invitations['accept']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Invitations['accept']>>> => {
    const row = await findByToken(context, transaction.database, token, transaction.nowMs)
    if (row === undefined) return closed()
    if (row.email !== person.email.trim().toLowerCase()) return problem('invitation_for_another')
    const standing = await lockPerson(context, transaction, person.id)
    if (standing === undefined || standing.suspended !== 0) return closed()
    if (row.account_id !== null) await lockAccount(context, transaction, row.account_id)
    if (!(await takeRow(transaction, row))) return closed()
    appendInvitationEvent(transaction, 'invitation.accepted', row)
    const joined =
      row.account_id === null || row.role === null
        ? await joinOperators(transaction, row, person.id)
        : await joinAccount(context, transaction, row.account_id, row.role, person)
    return joined ? { accountId: row.account_id } : closed()
  })
}

async function joinOperators(
  transaction: WriteTransaction,
  { invited_by_kind: kind, invited_by_id: id }: InvitationRow,
  personId: string,
): Promise<boolean> {
  const suspended = await transaction.database
    .selectFrom('operators')
    .select('person_id')
    .where('person_id', '=', personId)
    .where('suspended', '!=', 0)
    .executeTakeFirst()
  if (suspended !== undefined) return false
  await insertOperator(transaction, personId, { kind, id })
  return true
}

/** An invitation makes a member; it changes none that is there, and brings no suspended one back. */
async function joinAccount(
  context: StorageContext,
  transaction: WriteTransaction,
  accountId: string,
  role: string,
  person: Parameters<Invitations['accept']>[2],
): Promise<boolean> {
  const there = await memberOfPerson(transaction.database, accountId, person.id)
  if (there !== undefined) return there.state === 'active'
  const member = await insertMember(context, transaction, accountId, { personId: person.id, name: person.name, role })
  if ('problem' in member) throw new Error('a person who was no member of the account was refused as one')
  return true
}

import { type Problem, type ProblemError, problem } from '@keywright/core'
import { lockAccount } from './account-rows.ts'
import { mayActIn } from './callers.ts'
import { type Difference, differenceOf, withoutValues } from './changes.ts'
import type { StorageContext, WriteTransaction } from './context.ts'
import { pageLimit, pageOf, readCursor } from './cursor.ts'
import { isId, newId } from './ids.ts'
import { deadLineages, finishRevocation, revokedPerTransactionMax, revokeOwned } from './keys/revocation.ts'
import { cleanName, externalIdFault } from './names.ts'
import type { Caller, MemberInput, MemberRecord, Members } from './ports.ts'
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

const memberRecord = (row: MemberRow): MemberRecord => ({
  id: row.id,
  accountId: row.account_id,
  personId: row.person_id,
  externalId: row.external_id,
  name: row.name,
  role: row.role,
  state: row.state,
  createdAtMs: row.created_at_ms,
  updatedAtMs: row.updated_at_ms,
  version: row.version,
})

const findMember = (database: StorageContext['read'], accountId: string, id: string): Promise<MemberRow | undefined> =>
  database.selectFrom('members').selectAll().where('id', '=', id).where('account_id', '=', accountId).executeTakeFirst()

// The name and the adopter's identifier are those of a person, and the log cannot forget.
const logView = ({ name, external_id, person_id, role, state }: MemberRow): Readonly<Record<string, unknown>> => ({
  name,
  externalId: external_id,
  person: person_id,
  role,
  state,
})

const withoutPerson = (difference: Difference): Difference =>
  withoutValues(difference, ['name', 'externalId', 'person'])

function appendMemberEvent(
  transaction: WriteTransaction,
  type: 'member.created' | 'member.updated' | 'member.deleted',
  { id, account_id: accountId }: MemberRow,
  difference: Partial<Difference>,
): void {
  transaction.append({ type, accountId, target: { kind: 'member', id }, scopes: [`member:${id}`], ...difference })
}

/** Whether a caller may change the members of an account; a key never may (T5). */
const mayChangeMembers = async (
  transaction: WriteTransaction,
  { actor }: Caller,
  accountId: string,
): Promise<boolean> => actor.kind !== 'key' && (await mayActIn(transaction, actor, accountId))

function nameOf(name: string | null | undefined, errors: ProblemError[]): string | null {
  if (name === undefined || name === null) return null
  const clean = cleanName(name)
  if ('text' in clean) return clean.text
  errors.push({ pointer: '/name', detail: clean.fault })
  return null
}

function roleProblem(context: StorageContext, role: string): Problem<'not_allowed_by_configuration'> | undefined {
  const { roleById, roles } = context.config()
  if (roleById.has(role)) return undefined
  const detail = `There is no such role. Name one of: ${roles.map(({ id }) => `"${id}"`).join(', ')}.`
  return problem('not_allowed_by_configuration', undefined, [{ pointer: '/role', detail }])
}

function identifierErrors(input: MemberInput): readonly ProblemError[] {
  return (['externalId', 'personId'] as const).flatMap((member) => {
    const value = input[member]
    const fault = typeof value === 'string' ? externalIdFault(value) : undefined
    return fault === undefined ? [] : [{ pointer: `/${member}`, detail: fault }]
  })
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
    const name = nameOf(input.name, errors)
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

interface Target {
  readonly accountId: string
  readonly id: string
}

/** Reads a member under its account's lock, for a caller who may change members there. */
async function lockMember(
  context: StorageContext,
  transaction: WriteTransaction,
  caller: Caller,
  { accountId, id }: Target,
): Promise<MemberRow | undefined> {
  if (!isId('member', id) || (await lockAccount(context, transaction, accountId)) === undefined) return undefined
  if (!(await mayChangeMembers(transaction, caller, accountId))) return undefined
  return await findMember(transaction.database, accountId, id)
}

/** The refusal of leaving an account without an active member of the role that must always remain. */
async function lastOfRoleProblem(
  context: StorageContext,
  { database }: WriteTransaction,
  before: MemberRow,
  after: Pick<MemberRow, 'role' | 'state'> | null,
): Promise<Problem<'last_member_of_role'> | undefined> {
  const { lastingRole } = context.config()
  const counts = (row: Pick<MemberRow, 'role' | 'state'> | null) => row?.role === lastingRole && row?.state === 'active'
  if (lastingRole === null || !counts(before) || counts(after)) return undefined
  const other = await database
    .selectFrom('members')
    .select('id')
    .where('account_id', '=', before.account_id)
    .where('role', '=', lastingRole)
    .where('state', '=', 'active')
    .where('id', '!=', before.id)
    .executeTakeFirst()
  if (other !== undefined) return undefined
  return problem(
    'last_member_of_role',
    `This is the last active member with the role "${lastingRole}". Give the role to another member first.`,
  )
}

function updateMember(
  context: StorageContext,
  caller: Caller,
  target: Target,
  change: Parameters<Members['update']>[3],
  expectedVersion: number | undefined,
): ReturnType<Members['update']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Members['update']>>> => {
    const row = await lockMember(context, transaction, caller, target)
    if (row === undefined) return problem('member_not_found')
    if (expectedVersion !== undefined && row.version !== expectedVersion) return problem('precondition_failed')
    const errors: ProblemError[] = []
    const name = change.name === undefined ? row.name : nameOf(change.name, errors)
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

interface Removal {
  readonly lineageIds: readonly string[]
  readonly complete: boolean
}

/** Removes a member. Its personal keys are refused from then on and revoked before this answers; service keys stay (T16). */
async function deleteMember(context: StorageContext, caller: Caller, target: Target): ReturnType<Members['delete']> {
  const removed = await context.write(
    caller,
    async (transaction): Promise<Removal | Problem<'member_not_found' | 'last_member_of_role'>> => {
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
  let step = removed
  await finishRevocation(context, caller, target.accountId, step.lineageIds)
  while (!step.complete) {
    step = await context.write(caller, async (transaction) => {
      await lockAccount(context, transaction, target.accountId)
      return await revokePersonal(transaction, target.id)
    })
    await finishRevocation(context, caller, target.accountId, step.lineageIds)
  }
  return null
}

async function revokePersonal(transaction: WriteTransaction, memberId: string): Promise<Removal> {
  const { lineageIds, complete } = await revokeOwned(transaction, memberId, revokedPerTransactionMax)
  return { lineageIds: await deadLineages(transaction, lineageIds), complete }
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

import { type Problem, problem } from '@keywright/core'
import { lockAccount } from './account-rows.ts'
import { mayActIn } from './callers.ts'
import { type Difference, withoutValues } from './changes.ts'
import type { StorageContext, WriteTransaction } from './context.ts'
import { isId, newId } from './ids.ts'
import type { Caller, MemberInput, MemberRecord } from './ports.ts'
import type { MemberRow } from './schema.ts'

/** A member with the address of the person who signs in as it. */
export interface FullMemberRow extends MemberRow {
  readonly email: string | null
}

/** Members with the addresses of the people who sign in as them. */
export const selectMembers = (database: StorageContext['read']) =>
  database
    .selectFrom('members')
    .leftJoin('people', 'people.id', 'members.person_id')
    .selectAll('members')
    .select('people.email')

/** A member as it is answered. */
export const memberRecord = (row: FullMemberRow): MemberRecord => ({
  id: row.id,
  accountId: row.account_id,
  personId: row.person_id,
  externalId: row.external_id,
  name: row.name,
  email: row.email,
  role: row.role,
  state: row.state,
  createdAtMs: row.created_at_ms,
  updatedAtMs: row.updated_at_ms,
  version: row.version,
})

/** Reads a member of an account. */
export const findMember = (
  database: StorageContext['read'],
  accountId: string,
  id: string,
): Promise<FullMemberRow | undefined> =>
  selectMembers(database).where('members.id', '=', id).where('members.account_id', '=', accountId).executeTakeFirst()

/** A member as the log compares it. */
export const logView = ({
  name,
  external_id,
  person_id,
  role,
  state,
}: MemberRow): Readonly<Record<string, unknown>> => ({
  name,
  externalId: external_id,
  person: person_id,
  role,
  state,
})

// The name and the adopter's identifier are those of a person, and the log cannot forget.
/** A difference that names what changed of a person without the values. */
export const withoutPerson = (difference: Difference): Difference =>
  withoutValues(difference, ['name', 'externalId', 'person'])

/** Appends what became of a member to the log. */
export function appendMemberEvent(
  transaction: WriteTransaction,
  type: 'member.created' | 'member.updated' | 'member.deleted',
  { id, account_id: accountId }: MemberRow,
  difference: Partial<Difference>,
): void {
  transaction.append({ type, accountId, target: { kind: 'member', id }, scopes: [`member:${id}`], ...difference })
}

/** Whether a caller may change the members of an account; a key never may (T5). */
export const mayChangeMembers = async (
  transaction: WriteTransaction,
  { actor }: Caller,
  accountId: string,
): Promise<boolean> => actor.kind !== 'key' && (await mayActIn(transaction, actor, accountId))

/** Which member of which account. */
export interface MemberTarget {
  readonly accountId: string
  readonly id: string
}

/** Reads a member under its account's lock, for a caller who may change members there. */
export async function lockMember(
  context: StorageContext,
  transaction: WriteTransaction,
  caller: Caller,
  { accountId, id }: MemberTarget,
): Promise<FullMemberRow | undefined> {
  if (!isId('member', id) || (await lockAccount(context, transaction, accountId)) === undefined) return undefined
  if (!(await mayChangeMembers(transaction, caller, accountId))) return undefined
  return await findMember(transaction.database, accountId, id)
}

/** Adds a member to an account whose lock is held, with its event; a person and an `externalId` are there once. */
export async function insertMember(
  context: Pick<StorageContext, 'randomBytes'>,
  transaction: WriteTransaction,
  accountId: string,
  input: MemberInput,
): Promise<MemberRecord | Problem<'member_exists'>> {
  const { database, nowMs } = transaction
  const row: MemberRow = {
    id: newId('member', context.randomBytes),
    account_id: accountId,
    person_id: input.personId ?? null,
    external_id: input.externalId ?? null,
    name: input.name ?? null,
    role: input.role,
    state: 'active',
    created_at_ms: nowMs,
    updated_at_ms: nowMs,
    version: 1,
  }
  const twin = row.person_id === null ? undefined : await memberOfPerson(database, accountId, row.person_id)
  if (twin !== undefined) return memberExists('personId')
  const { numInsertedOrUpdatedRows } = await database
    .insertInto('members')
    .values(row)
    .onConflict((conflict) => conflict.columns(['account_id', 'external_id']).doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) return memberExists('externalId')
  appendMemberEvent(transaction, 'member.created', row, { after: { role: row.role, state: row.state } })
  const stored = await findMember(database, accountId, row.id)
  if (stored === undefined) throw new Error('a member that was just written is not there')
  return memberRecord(stored)
}

const memberExists = (identifier: 'personId' | 'externalId'): Problem<'member_exists'> => {
  const whose = identifier === 'personId' ? 'is this person' : 'has this externalId'
  const detail = `Another member of the account ${whose}. Change that member, or choose another one.`
  return problem('member_exists', undefined, [{ pointer: `/${identifier}`, detail }])
}

/** The member that a person is in an account, active or not. */
export const memberOfPerson = (
  database: StorageContext['read'],
  accountId: string,
  personId: string,
): Promise<FullMemberRow | undefined> =>
  selectMembers(database)
    .where('members.account_id', '=', accountId)
    .where('members.person_id', '=', personId)
    .executeTakeFirst()

/** Writes a member's name, role and state. */
export async function saveMember({ database }: WriteTransaction, row: MemberRow): Promise<void> {
  const { name, role, state, updated_at_ms, version } = row
  await database
    .updateTable('members')
    .set({ name, role, state, updated_at_ms, version })
    .where('id', '=', row.id)
    .execute()
}

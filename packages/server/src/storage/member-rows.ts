import { lockAccount } from './account-rows.ts'
import { mayActIn } from './callers.ts'
import { type Difference, withoutValues } from './changes.ts'
import type { StorageContext, WriteTransaction } from './context.ts'
import { isId } from './ids.ts'
import type { Caller, MemberRecord } from './ports.ts'
import type { MemberRow } from './schema.ts'

/** A member as it is answered. */
export const memberRecord = (row: MemberRow): MemberRecord => ({
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

/** Reads a member of an account. */
export const findMember = (
  database: StorageContext['read'],
  accountId: string,
  id: string,
): Promise<MemberRow | undefined> =>
  database.selectFrom('members').selectAll().where('id', '=', id).where('account_id', '=', accountId).executeTakeFirst()

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
): Promise<MemberRow | undefined> {
  if (!isId('member', id) || (await lockAccount(context, transaction, accountId)) === undefined) return undefined
  if (!(await mayChangeMembers(transaction, caller, accountId))) return undefined
  return await findMember(transaction.database, accountId, id)
}

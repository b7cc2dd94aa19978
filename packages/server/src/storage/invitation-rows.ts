import {
  generateKeyText,
  isKeyText,
  type Problem,
  type ProblemError,
  problem,
  type ResolvedConfig,
} from '@keywright/core'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { Secret } from '../secret.ts'
import { mayOperate } from './callers.ts'
import type { StorageContext, WriteTransaction } from './context.ts'
import type { InvitationRecord } from './ports-team.ts'
import type { InvitationRow, Schema } from './schema.ts'

const prefix = 'kwi'
const emailCharactersMax = 254
const termMs = 7 * 86_400_000

/** An invitation with the name of the account. */
export interface FullInvitationRow extends InvitationRow {
  readonly account_name: string | null
}

/** Invitations with the names of their accounts. */
export const selectInvitations = (database: Kysely<Schema>) =>
  database
    .selectFrom('invitations')
    .leftJoin('accounts', 'accounts.id', 'invitations.account_id')
    .selectAll('invitations')
    .select('accounts.name as account_name')

/** An invitation as it is answered; nothing in it follows from the token. */
export const invitationRecord = (row: FullInvitationRow): InvitationRecord => ({
  id: row.id,
  account: row.account_id === null ? null : { id: row.account_id, name: row.account_name ?? '' },
  email: row.email,
  role: row.role,
  invitedBy: { kind: row.invited_by_kind, id: row.invited_by_id },
  createdAtMs: row.created_at_ms,
  expiresAtMs: row.expires_at_ms,
})

/** An address as it is kept and compared, or what is wrong with it. */
export function cleanEmail(given: string): { readonly email: string } | { readonly errors: readonly ProblemError[] } {
  const email = given.trim().toLowerCase()
  const fits =
    email.length <= emailCharactersMax && /^[^\s@"<>(),:;\\[\]\p{C}]{1,64}@[^\s@"<>(),:;\\[\]\p{C}]+$/u.test(email)
  if (fits && email.isWellFormed()) return { email }
  return { errors: [{ pointer: '/email', detail: 'Write an e-mail address such as ada@example.com.' }] }
}

/** A new token with what is stored of it, and until when it is good. */
export function newToken({ digests, randomBytes }: StorageContext, nowMs: number) {
  const token = generateKeyText(prefix, null, randomBytes)
  const { digest, chain } = digests.create('invitation', token)
  return {
    token: new Secret(token),
    columns: { digest, digest_chain: chain, expires_at_ms: nowMs + termMs },
  }
}

/** The invitation that a token opens at a moment; of those that are used up, withdrawn, replaced, renewed or expired, or of somebody who may no longer invite, there is none. */
export async function findByToken(
  { digests, config }: StorageContext,
  database: Kysely<Schema>,
  token: string,
  nowMs: number,
): Promise<FullInvitationRow | undefined> {
  if (!isKeyText(token)) return undefined
  const candidates = digests.candidates('invitation', token)
  const row = await selectInvitations(database)
    .where('invitations.digest', 'in', candidates)
    .where('invitations.expires_at_ms', '>', nowMs)
    .executeTakeFirst()
  if (row === undefined) return undefined
  // A role that the configuration no longer has admits nobody (T15).
  const isOpen = row.role === null || config().roleById.has(row.role)
  return isOpen && (await mayInviteStill(config(), database, row)) ? row : undefined
}

/**
 * Whether who invited could still do so: a person who was removed, suspended or lost the right brings nobody in any more, themself under
 * another address least of all. What a credential did stays, as service keys do.
 */
async function mayInviteStill(
  { roleById }: ResolvedConfig,
  database: Kysely<Schema>,
  { account_id: accountId, invited_by_kind: kind, invited_by_id: id }: InvitationRow,
): Promise<boolean> {
  if (kind !== 'member') return await mayOperate({ database }, { kind: 'operator', id })
  const member = await database
    .selectFrom('members')
    .select('role')
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .where('state', '=', 'active')
    .executeTakeFirst()
  return member !== undefined && roleById.get(member.role)?.managesMembers === true
}

/** Stores an invitation in the place of an earlier one of the same address. */
export async function putInvitation({ database }: WriteTransaction, row: InvitationRow): Promise<void> {
  await database
    .insertInto('invitations')
    .values(row)
    .onConflict((conflict) => conflict.expression(sql`coalesce(account_id, ''), email`).doUpdateSet(row))
    .execute()
}

/** Appends what became of an invitation to the log; the address is personal data and stays out of it. */
export function appendInvitationEvent(
  { append }: WriteTransaction,
  type: 'invitation.created' | 'invitation.renewed' | 'invitation.deleted' | 'invitation.accepted',
  { id, account_id: accountId, role, expires_at_ms }: InvitationRow,
): void {
  const view = { role, expiresAt: new Date(expires_at_ms).toISOString() }
  const isThere = type === 'invitation.created' || type === 'invitation.renewed'
  append({
    type,
    accountId,
    target: { kind: 'invitation', id },
    scopes: [],
    ...(isThere ? { after: view } : { before: view }),
  })
}

/** The one answer to every token that opens nothing. */
export const closed = (): Problem<'invitation_closed'> => problem('invitation_closed')

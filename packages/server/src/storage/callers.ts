import { stateAt } from '@keywright/core'
import { type Kysely, sql } from 'kysely'
import { ancestorsSql, readAncestors } from './ancestors.ts'
import type { WriteTransaction } from './context.ts'
import { isPersonId } from './ids.ts'
import type { Actor } from './ports.ts'
import type { Schema } from './schema.ts'

/** Whether an actor calls as one who is above all accounts; whether it still is, `mayOperate` says. */
export const isOperator = (actor: Actor): boolean => actor.kind === 'operator' || actor.kind === 'system'

/**
 * Whether an actor may still act above all accounts: a person who operates may have been removed or suspended after the request was let in
 * (T10). Credentials are judged at the door.
 */
export async function mayOperate({ database }: { readonly database: Kysely<Schema> }, actor: Actor): Promise<boolean> {
  if (!isOperator(actor)) return false
  if (actor.kind === 'system' || !isPersonId(actor.id)) return true
  const row = await database
    .selectFrom('operators')
    .innerJoin('people', 'people.id', 'operators.person_id')
    .select('operators.person_id')
    .where('operators.person_id', '=', actor.id)
    .where('operators.suspended', '=', 0)
    .where('people.suspended', '=', 0)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Whether an actor may still act in an account: judged within the transaction, since a member may have been removed and a key revoked
 * after the request was let in (T10). To anyone else the account looks absent.
 */
export async function mayActIn(transaction: WriteTransaction, actor: Actor, accountId: string): Promise<boolean> {
  if (actor.kind === 'operator' || actor.kind === 'system') return await mayOperate(transaction, actor)
  if (actor.kind === 'person' || actor.accountId !== accountId) return false
  return actor.kind === 'member' ? await isMember(transaction, actor) : await isUsableKey(transaction, actor)
}

async function isMember({ database }: WriteTransaction, actor: Extract<Actor, { kind: 'member' }>): Promise<boolean> {
  const row = await database
    .selectFrom('members')
    .select(['role', 'state'])
    .where('id', '=', actor.id)
    .where('account_id', '=', actor.accountId)
    .executeTakeFirst()
  return row?.state === 'active' && row.role === actor.role
}

async function isUsableKey(
  { database, nowMs }: WriteTransaction,
  actor: Extract<Actor, { kind: 'key' }>,
): Promise<boolean> {
  const row = await database
    .selectFrom('keys')
    .innerJoin('lineages', 'lineages.id', 'keys.lineage_id')
    .leftJoin('members', (join) =>
      join.onRef('members.id', '=', 'keys.owner_member_id').onRef('members.account_id', '=', 'keys.account_id'),
    )
    .select(['keys.state', 'keys.ends_at_ms', 'keys.owner_member_id', 'members.state as owner_state'])
    .select(ancestorsSql(sql.ref('lineages.parent_lineage_id'), sql`${nowMs}`).as('ancestors'))
    .where('keys.id', '=', actor.id)
    .where('keys.account_id', '=', actor.accountId)
    .executeTakeFirst()
  if (row === undefined || stateAt({ state: row.state, endsAtMs: row.ends_at_ms }, nowMs) !== 'active') return false
  return (row.owner_member_id === null || row.owner_state === 'active') && readAncestors(row.ancestors).usable
}

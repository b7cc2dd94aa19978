import type { ResolvedConfig } from '@keywright/core'
import type { Kysely } from 'kysely'
import type { StorageContext } from '../context.ts'
import type { Schema } from '../schema.ts'
import type { NoticeRow } from '../schema-outbox.ts'

/** How many people one notice is mailed to at most: those who have been members for longest. */
const recipientsMax = 50

/** The roles that can do something about a key that should not be. */
const revokingRoles = (config: ResolvedConfig): readonly string[] =>
  config.roles.filter(({ may }) => may.includes('revoke')).map(({ id }) => id)

/** Active members who can sign in. */
const people = (database: Kysely<Schema>) =>
  database
    .selectFrom('members')
    .innerJoin('people', 'people.id', 'members.person_id')
    .where('members.state', '=', 'active')
    .where('people.suspended', '=', 0)

/** Whom notices are mailed to: active members whose role may revoke keys, and the owner of a personal key. */
export async function recipientsOf(
  context: Pick<StorageContext, 'config'>,
  database: Kysely<Schema>,
  notices: readonly Pick<NoticeRow, 'account_id' | 'key_id'>[],
): Promise<(notice: Pick<NoticeRow, 'account_id' | 'key_id'>) => readonly string[]> {
  const accountIds = [...new Set(notices.map(({ account_id }) => account_id))]
  const keyIds = [...new Set(notices.flatMap(({ key_id }) => (key_id === null ? [] : [key_id])))]
  const roles = revokingRoles(context.config())
  const byAccount = new Map<string, string[]>()
  if (accountIds.length > 0 && roles.length > 0) {
    const rows = await people(database)
      .select(['members.account_id', 'people.id'])
      .where('members.account_id', 'in', accountIds)
      .where('members.role', 'in', roles)
      .orderBy('members.created_at_ms')
      .orderBy('members.id')
      .execute()
    for (const { account_id, id } of rows) {
      const list = byAccount.get(account_id) ?? []
      if (list.length < recipientsMax) list.push(id)
      byAccount.set(account_id, list)
    }
  }
  const owners = new Map<string, string>()
  if (keyIds.length > 0) {
    const rows = await people(database)
      .innerJoin('keys', (join) =>
        join.onRef('keys.owner_member_id', '=', 'members.id').onRef('keys.account_id', '=', 'members.account_id'),
      )
      .select(['keys.id as key_id', 'people.id'])
      .where('keys.id', 'in', keyIds)
      .execute()
    for (const { key_id, id } of rows) owners.set(key_id, id)
  }
  return ({ account_id, key_id }) => {
    const owner = key_id === null ? undefined : owners.get(key_id)
    return [...new Set([...(byAccount.get(account_id) ?? []), ...(owner === undefined ? [] : [owner])])]
  }
}

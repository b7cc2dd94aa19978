import { type Problem, problem } from '@keywright/core'
import type { StorageContext, WriteTransaction } from './context.ts'
import { removePasskeys } from './earlier-factors.ts'
import { personEvent } from './person-rows.ts'
import type { Caller } from './ports.ts'
import { endSessions } from './session-rows.ts'

/** Passwords, and the links that set them; each change records its event in its own transaction. */
export interface PasswordRows {
  /** Sets or makes the password and ends every session but one. `ifHash`: only where it is still this one. */
  set(
    caller: Caller,
    personId: string,
    given: {
      readonly methodId: string
      readonly hash: string
      readonly ifHash: string | null
      readonly exceptSessionId: string
    },
  ): Promise<boolean>
  /** The one open link of a person becomes this one. */
  issueReset(caller: Caller, personId: string, digest: string, expiresAtMs: number): Promise<boolean>
  /** The person whose link is open; consumes nothing. */
  findReset(digest: string): Promise<string | undefined>
  /** Uses the link up, sets the password and ends every session; passkeys go unless they are kept. Of two at once one finds it closed. */
  completeReset(
    caller: Caller,
    digest: string,
    given: { readonly methodId: string; readonly hash: string; readonly keepPasskeys: boolean },
  ): Promise<null | Problem<'reset_closed'>>
}

/** The rows of passwords and of links that set them in a store. */
export const passwordRowsOf = ({ read, write, now }: StorageContext): PasswordRows => ({
  set: (caller, personId, { methodId, hash, ifHash, exceptSessionId }) =>
    write(caller, async (transaction) => {
      if (!(await storePassword(transaction, personId, methodId, hash, ifHash))) return false
      await endSessions(transaction, personId, exceptSessionId)
      await transaction.database.deleteFrom('password_resets').where('person_id', '=', personId).execute()
      transaction.append(personEvent('person.password_changed', personId))
      return true
    }),
  issueReset: (caller, personId, digest, expiresAtMs) =>
    write(caller, async ({ database }) => {
      const person = await database.selectFrom('people').select('id').where('id', '=', personId).executeTakeFirst()
      if (person === undefined) return false
      await database
        .insertInto('password_resets')
        .values({ person_id: personId, digest, expires_at_ms: expiresAtMs })
        .onConflict((conflict) => conflict.column('person_id').doUpdateSet({ digest, expires_at_ms: expiresAtMs }))
        .execute()
      return true
    }),
  findReset: async (digest) => {
    const row = await read
      .selectFrom('password_resets')
      .innerJoin('people', 'people.id', 'password_resets.person_id')
      .select('password_resets.person_id')
      .where('digest', '=', digest)
      .where('expires_at_ms', '>', await now())
      .where('people.suspended', '=', 0)
      .executeTakeFirst()
    return row?.person_id
  },
  completeReset: (caller, digest, { methodId, hash, keepPasskeys }) =>
    write(caller, async (transaction): Promise<null | Problem<'reset_closed'>> => {
      const used = await transaction.database
        .deleteFrom('password_resets')
        .where('digest', '=', digest)
        .where('expires_at_ms', '>', transaction.nowMs)
        .returning('person_id')
        .executeTakeFirst()
      if (used === undefined) return problem('reset_closed')
      await storePassword(transaction, used.person_id, methodId, hash, undefined)
      await endSessions(transaction, used.person_id, null)
      if (!keepPasskeys) await removePasskeys(transaction, used.person_id)
      transaction.append(personEvent('person.password_changed', used.person_id, { after: { byLink: true } }))
      return null
    }),
})

/** `ifHash`: the hash that must still be there; `null`: none may be there; `undefined`: whatever there is. */
async function storePassword(
  { database, nowMs }: WriteTransaction,
  personId: string,
  methodId: string,
  hash: string,
  ifHash: string | null | undefined,
): Promise<boolean> {
  const at = new Date(nowMs).toISOString()
  const held = await database
    .selectFrom('sign_in_methods')
    .select(['id', 'password'])
    .where('person_id', '=', personId)
    .where('provider', '=', 'credential')
    .executeTakeFirst()
  if (ifHash !== undefined && (held?.password ?? null) !== ifHash) return false
  if (held !== undefined) {
    const values = { password: hash, updated_at: at }
    await database.updateTable('sign_in_methods').set(values).where('id', '=', held.id).execute()
    return true
  }
  const row = { id: methodId, person_id: personId, provider: 'credential', subject: personId, scope: null }
  await database
    .insertInto('sign_in_methods')
    .values({ ...row, password: hash, created_at: at, updated_at: at })
    .execute()
  return true
}

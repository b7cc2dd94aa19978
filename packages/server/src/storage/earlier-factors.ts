import type { WriteTransaction } from './context.ts'
import { personEvent } from './person-rows.ts'
import { endSessions } from './session-rows.ts'

/** Takes every passkey of a person away within a change, with the event. */
export async function removePasskeys({ database, append }: WriteTransaction, personId: string): Promise<void> {
  const { numDeletedRows } = await database.deleteFrom('passkeys').where('person_id', '=', personId).executeTakeFirst()
  if (numDeletedRows === 0n) return
  append(personEvent('person.factor_removed', personId, { before: { factor: 'passkey', all: true } }))
}

/** Takes password, second factor and passkeys of a person away within a change and ends every session but one, with the events. */
export async function removeEarlierFactors(
  transaction: WriteTransaction,
  personId: string,
  exceptSessionId: string,
): Promise<void> {
  const { database, append, nowMs } = transaction
  await removePasskeys(transaction, personId)
  const password = await database
    .deleteFrom('sign_in_methods')
    .where('person_id', '=', personId)
    .where('provider', '=', 'credential')
    .executeTakeFirst()
  await database.deleteFrom('password_resets').where('person_id', '=', personId).execute()
  const secondFactor = await database
    .deleteFrom('second_factors')
    .where('person_id', '=', personId)
    .returning('verified')
    .executeTakeFirst()
  await database
    .updateTable('people')
    .set({ two_factor_enabled: 0, updated_at: new Date(nowMs).toISOString() })
    .where('id', '=', personId)
    .execute()
  await endSessions(transaction, personId, exceptSessionId)
  if (password.numDeletedRows > 0n)
    append(personEvent('person.factor_removed', personId, { before: { factor: 'password' } }))
  if (secondFactor?.verified === 1)
    append(personEvent('person.factor_removed', personId, { before: { factor: 'totp' } }))
}

import { type Problem, problem } from '@keywright/core'
import type { StorageContext, WriteTransaction } from './context.ts'
import { removeEarlierFactors } from './earlier-factors.ts'
import { personEvent } from './person-rows.ts'
import type { Caller } from './ports.ts'
import type { PasskeyRow, SecondFactorRow } from './schema-sign-in.ts'
import { endSessions } from './session-rows.ts'

/** What a person can prove themself by. */
export interface FactorsOfPerson {
  readonly passwordHash: string | null
  readonly providers: readonly string[]
  readonly secondFactor: SecondFactorRow | undefined
  readonly passkeys: readonly PasskeyRow[]
}

/** A second factor that was begun: its secret encrypted. */
export interface NewSecondFactor {
  readonly id: string
  readonly personId: string
  readonly secret: string
}

/** The rows of second factors and passkeys; each change records its event in its own transaction. */
export interface FactorRows {
  of(personId: string): Promise<FactorsOfPerson>
  /** Begins a second factor, or begins again; `false` where one is on. */
  beginSecondFactor(factor: NewSecondFactor): Promise<boolean>
  /** Turns the begun one on at the step of its first code and ends every session but one; `false` where none is begun. */
  confirmSecondFactor(
    caller: Caller,
    personId: string,
    given: { readonly step: number; readonly backupCodes: readonly string[]; readonly exceptSessionId: string },
  ): Promise<boolean>
  /** Turns the one that is on off; `false` where none is. */
  removeSecondFactor(caller: Caller, personId: string): Promise<boolean>
  /** Replaces all backup codes; `false` where no second factor is on. */
  setBackupCodes(caller: Caller, personId: string, digests: readonly string[]): Promise<boolean>
  /** Uses a time step up; `false` where this one or a later one was used before. */
  takeStep(personId: string, step: number): Promise<boolean>
  findPasskey(credentialId: string): Promise<PasskeyRow | undefined>
  renamePasskey(
    caller: Caller,
    personId: string,
    id: string,
    name: string,
  ): Promise<PasskeyRow | Problem<'passkey_not_found'>>
  removePasskey(caller: Caller, personId: string, id: string): Promise<null | Problem<'passkey_not_found'>>
  /** Takes password, second factor and passkeys away and ends every session but one: what a provider says of the person is all that counts then. */
  removeEarlier(caller: Caller, personId: string, exceptSessionId: string): Promise<void>
}

const stepTaker = (personId: string): Caller => ({
  actor: { kind: 'person', id: personId },
  requestId: 'second-factor',
})

/** The rows of second factors and passkeys in a store. */
export function factorRowsOf(context: StorageContext): FactorRows {
  const { read, write } = context
  return {
    of: (personId) => factorsOf(context, personId),
    beginSecondFactor: (factor) => write(stepTaker(factor.personId), (transaction) => beginFactor(transaction, factor)),
    confirmSecondFactor: (caller, personId, { step, backupCodes, exceptSessionId }) =>
      write(caller, async (transaction) => {
        const { numUpdatedRows } = await transaction.database
          .updateTable('second_factors')
          .set({ verified: 1, last_step: step, backup_codes: JSON.stringify(backupCodes) })
          .where('person_id', '=', personId)
          .where('verified', '=', 0)
          .executeTakeFirst()
        if (numUpdatedRows === 0n) return false
        await markSecondFactor(transaction, personId, 1)
        await endSessions(transaction, personId, exceptSessionId)
        transaction.append(personEvent('person.factor_added', personId, { after: { factor: 'totp' } }))
        return true
      }),
    removeSecondFactor: (caller, personId) =>
      write(caller, async (transaction) => {
        const removed = await transaction.database
          .deleteFrom('second_factors')
          .where('person_id', '=', personId)
          .where('verified', '=', 1)
          .executeTakeFirst()
        if (removed.numDeletedRows === 0n) return false
        await markSecondFactor(transaction, personId, 0)
        transaction.append(personEvent('person.factor_removed', personId, { before: { factor: 'totp' } }))
        return true
      }),
    setBackupCodes: (caller, personId, digests) =>
      write(caller, async ({ database, append }) => {
        const { numUpdatedRows } = await database
          .updateTable('second_factors')
          .set({ backup_codes: JSON.stringify(digests) })
          .where('person_id', '=', personId)
          .where('verified', '=', 1)
          .executeTakeFirst()
        if (numUpdatedRows === 0n) return false
        append(personEvent('person.factor_added', personId, { after: { factor: 'backup_codes' } }))
        return true
      }),
    takeStep: (personId, step) =>
      write(stepTaker(personId), async ({ database }) => {
        const { numUpdatedRows } = await database
          .updateTable('second_factors')
          .set({ last_step: step })
          .where('person_id', '=', personId)
          .where(({ or, eb }) => or([eb('last_step', 'is', null), eb('last_step', '<', step)]))
          .executeTakeFirst()
        return numUpdatedRows > 0n
      }),
    findPasskey: (credentialId) =>
      read.selectFrom('passkeys').selectAll().where('credential_id', '=', credentialId).executeTakeFirst(),
    renamePasskey: (caller, personId, id, name) =>
      write(caller, async ({ database, append }): Promise<PasskeyRow | Problem<'passkey_not_found'>> => {
        const row = await database
          .updateTable('passkeys')
          .set({ name })
          .where('id', '=', id)
          .where('person_id', '=', personId)
          .returningAll()
          .executeTakeFirst()
        if (row === undefined) return problem('passkey_not_found')
        append(personEvent('person.updated', personId, { after: { passkey: id } }))
        return row
      }),
    removePasskey: (caller, personId, id) =>
      write(caller, async ({ database, append }): Promise<null | Problem<'passkey_not_found'>> => {
        const { numDeletedRows } = await database
          .deleteFrom('passkeys')
          .where('id', '=', id)
          .where('person_id', '=', personId)
          .executeTakeFirst()
        if (numDeletedRows === 0n) return problem('passkey_not_found')
        append(personEvent('person.factor_removed', personId, { before: { factor: 'passkey', passkey: id } }))
        return null
      }),
    removeEarlier: (caller, personId, exceptSessionId) =>
      write(caller, (transaction) => removeEarlierFactors(transaction, personId, exceptSessionId)),
  }
}

async function factorsOf({ read }: StorageContext, personId: string): Promise<FactorsOfPerson> {
  const methods = await read
    .selectFrom('sign_in_methods')
    .select(['provider', 'password'])
    .where('person_id', '=', personId)
    .orderBy('provider')
    .execute()
  const secondFactor = await read
    .selectFrom('second_factors')
    .selectAll()
    .where('person_id', '=', personId)
    .executeTakeFirst()
  const passkeys = await read
    .selectFrom('passkeys')
    .selectAll()
    .where('person_id', '=', personId)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return {
    passwordHash: methods.find(({ provider }) => provider === 'credential')?.password ?? null,
    providers: methods.map(({ provider }) => provider).filter((provider) => provider !== 'credential'),
    secondFactor,
    passkeys,
  }
}

async function beginFactor({ database }: WriteTransaction, factor: NewSecondFactor): Promise<boolean> {
  const held = await database
    .selectFrom('second_factors')
    .select('verified')
    .where('person_id', '=', factor.personId)
    .executeTakeFirst()
  if (held?.verified === 1) return false
  await database.deleteFrom('second_factors').where('person_id', '=', factor.personId).execute()
  await database
    .insertInto('second_factors')
    .values({
      id: factor.id,
      person_id: factor.personId,
      secret: factor.secret,
      backup_codes: '[]',
      verified: 0,
      failed_verification_count: 0,
      locked_until: null,
      last_step: null,
    })
    .execute()
  return true
}

async function markSecondFactor({ database, nowMs }: WriteTransaction, personId: string, on: 0 | 1): Promise<void> {
  await database
    .updateTable('people')
    .set({ two_factor_enabled: on, updated_at: new Date(nowMs).toISOString() })
    .where('id', '=', personId)
    .execute()
}

import { type Problem, problem } from '@keywright/core'
import type { StorageContext, WriteTransaction } from './context.ts'
import { personEvent } from './person-rows.ts'
import type { Caller } from './ports.ts'
import type { PersonRow, SessionRow } from './schema-sign-in.ts'

/** A session and the person whom it signs in. */
export interface SessionOfPerson {
  readonly session: SessionRow
  readonly person: PersonRow
}

/** The rows of sessions, read from the store at each call. */
export interface SessionRows {
  /** The session of a token that has not expired, of a person in good standing. */
  find(token: string): Promise<SessionOfPerson | undefined>
  list(personId: string): Promise<readonly SessionRow[]>
  /** Takes down that it was seen, and pushes its end; `undefined` where it was ended meanwhile. */
  touch(session: SessionRow, expiresAtMs: number): Promise<SessionRow | undefined>
  proved(id: string, atMs: number): Promise<void>
  end(caller: Caller, personId: string, id: string): Promise<null | Problem<'session_not_found'>>
  endAll(caller: Caller, personId: string, exceptId: string | null): Promise<number>
  /** Removes a person's sessions that have ended, and everybody's challenges and steps that were never finished. */
  removeExpired(personId: string): Promise<void>
}

const system = (id: string): Caller => ({ actor: { kind: 'system', id }, requestId: 'session' })

/** The rows of sessions in a store. */
export function sessionRowsOf({ read, write, now }: StorageContext): SessionRows {
  const isoNow = async (): Promise<string> => new Date(await now()).toISOString()
  return {
    find: async (token) => {
      const session = await read
        .selectFrom('sessions')
        .selectAll()
        .where('token', '=', token)
        .where('expires_at', '>', await isoNow())
        .executeTakeFirst()
      if (session === undefined) return undefined
      const person = await read
        .selectFrom('people')
        .selectAll()
        .where('id', '=', session.person_id)
        .where('suspended', '=', 0)
        .executeTakeFirst()
      return person === undefined ? undefined : { session, person }
    },
    list: async (personId) =>
      await read
        .selectFrom('sessions')
        .selectAll()
        .where('person_id', '=', personId)
        .where('expires_at', '>', await isoNow())
        .orderBy('updated_at', 'desc')
        .orderBy('id')
        .execute(),
    touch: (session, expiresAtMs) =>
      write(system(session.person_id), ({ database, nowMs }) =>
        database
          .updateTable('sessions')
          .set({ updated_at: new Date(nowMs).toISOString(), expires_at: new Date(expiresAtMs).toISOString() })
          .where('id', '=', session.id)
          .returningAll()
          .executeTakeFirst(),
      ),
    proved: (id, atMs) =>
      write(system(id), async ({ database }) => {
        await database.updateTable('sessions').set({ proved_at_ms: atMs }).where('id', '=', id).execute()
      }),
    end: (caller, personId, id) =>
      write(caller, async ({ database, append }) => {
        const { numDeletedRows } = await database
          .deleteFrom('sessions')
          .where('id', '=', id)
          .where('person_id', '=', personId)
          .executeTakeFirst()
        if (numDeletedRows === 0n) return problem('session_not_found')
        append(personEvent('person.signed_out', personId, { after: { sessions: 1 } }))
        return null
      }),
    endAll: (caller, personId, exceptId) =>
      write(caller, async (transaction) => {
        const ended = await endSessions(transaction, personId, exceptId)
        if (ended > 0) transaction.append(personEvent('person.signed_out', personId, { after: { sessions: ended } }))
        return ended
      }),
    removeExpired: async (personId) => {
      const atIso = await isoNow()
      const session = await read
        .selectFrom('sessions')
        .select('id')
        .where('person_id', '=', personId)
        .where('expires_at', '<=', atIso)
        .limit(1)
        .executeTakeFirst()
      const verification = await read
        .selectFrom('verifications')
        .select('id')
        .where('expires_at', '<=', atIso)
        .limit(1)
        .executeTakeFirst()
      if (session === undefined && verification === undefined) return
      await write(system(personId), async ({ database }) => {
        await database
          .deleteFrom('sessions')
          .where('person_id', '=', personId)
          .where('expires_at', '<=', atIso)
          .execute()
        await database.deleteFrom('verifications').where('expires_at', '<=', atIso).execute()
      })
    },
  }
}

/** Ends every session of a person but one (`null`: without exception); answers how many. */
export async function endSessions(
  { database }: WriteTransaction,
  personId: string,
  exceptId: string | null,
): Promise<number> {
  let query = database.deleteFrom('sessions').where('person_id', '=', personId)
  if (exceptId !== null) query = query.where('id', '!=', exceptId)
  return Number((await query.executeTakeFirst()).numDeletedRows)
}

import { type Problem, problem, type Scope } from '@keywright/core'
import { sql } from 'kysely'
import type { StorageContext, WriteTransaction } from './context.ts'
import { isStorable, pageLimit, pageOf, readCursor } from './cursor.ts'
import { containsText } from './pattern.ts'
import type { Caller, NewEvent, Page } from './ports.ts'
import type { PersonRow } from './schema-sign-in.ts'

/** A person to be made, with the ids of its rows and the hash of its password. */
export interface NewPersonRow {
  readonly id: string
  readonly methodId: string
  readonly name: string
  /** Lower case. */
  readonly email: string
  readonly passwordHash: string
}

/** The rows of people; each change records its event in its own transaction. */
export interface PersonRows {
  read(id: string): Promise<PersonRow | undefined>
  /** By the address in lower case. */
  findByEmail(email: string): Promise<PersonRow | undefined>
  readAll(ids: readonly string[]): Promise<readonly PersonRow[]>
  list(page: {
    readonly cursor?: string | undefined
    readonly limit?: number | undefined
    readonly search?: string | undefined
  }): Promise<Page<PersonRow> | Problem<'invalid_cursor'>>
  create(caller: Caller, person: NewPersonRow): Promise<PersonRow | Problem<'person_exists'>>
  update(
    caller: Caller,
    id: string,
    change: { readonly name?: string | undefined; readonly language?: string | null | undefined },
  ): Promise<PersonRow | Problem<'person_not_found'>>
  /** Also ends every session and closes the link to set a password. */
  suspend(caller: Caller, id: string): Promise<PersonRow | Problem<'person_not_found' | 'person_suspended'>>
  /** Begins without a session: one that was made while the person was being suspended does not come back. */
  resume(caller: Caller, id: string): Promise<PersonRow | Problem<'person_not_found' | 'person_not_suspended'>>
}

/** An event about a person; names and e-mail addresses are personal data and stay out of it. `scoped`: memories of the person are to be forgotten. */
export const personEvent = (
  type: NewEvent['type'],
  personId: string,
  { before, after, scoped = false }: Pick<NewEvent, 'before' | 'after'> & { readonly scoped?: boolean } = {},
): NewEvent => ({
  type,
  accountId: null,
  target: { kind: 'person', id: personId },
  scopes: scoped ? [`person:${personId}` satisfies Scope] : [],
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
})

/** The rows of people in a store. */
export function personRowsOf(context: StorageContext): PersonRows {
  const { read, write } = context
  return {
    read: (id) => read.selectFrom('people').selectAll().where('id', '=', id).executeTakeFirst(),
    findByEmail: async (email) =>
      isStorable(email)
        ? await read.selectFrom('people').selectAll().where('email', '=', email).executeTakeFirst()
        : undefined,
    readAll: async (ids) =>
      ids.length === 0
        ? []
        : await read
            .selectFrom('people')
            .selectAll()
            .where('id', 'in', [...ids])
            .execute(),
    list: (page) => listPeople(context, page),
    create: (caller, person) => write(caller, (transaction) => insertPerson(transaction, person)),
    update: (caller, id, change) =>
      write(caller, async (transaction) => {
        const before = await findPerson(transaction, id)
        if (before === undefined) return problem('person_not_found')
        const name = change.name ?? before.name
        const language = change.language === undefined ? before.language : change.language
        const changed = [
          ...(name === before.name ? [] : ['name']),
          ...(language === before.language ? [] : ['language']),
        ]
        if (changed.length === 0) return before
        transaction.append(personEvent('person.updated', id, { after: { changed } }))
        return await changePerson(transaction, id, { name, language })
      }),
    suspend: (caller, id) =>
      write(caller, async (transaction) => {
        const before = await findPerson(transaction, id)
        if (before === undefined) return problem('person_not_found')
        if (before.suspended === 1) return problem('person_suspended')
        await forgetSignIns(transaction, id)
        transaction.append(personEvent('person.suspended', id, { scoped: true }))
        return await changePerson(transaction, id, { suspended: 1 })
      }),
    resume: (caller, id) =>
      write(caller, async (transaction) => {
        const before = await findPerson(transaction, id)
        if (before === undefined) return problem('person_not_found')
        if (before.suspended === 0) return problem('person_not_suspended')
        await forgetSignIns(transaction, id)
        transaction.append(personEvent('person.resumed', id, { scoped: true }))
        return await changePerson(transaction, id, { suspended: 0 })
      }),
  }
}

const findPerson = ({ database }: WriteTransaction, id: string): Promise<PersonRow | undefined> =>
  database.selectFrom('people').selectAll().where('id', '=', id).executeTakeFirst()

const changePerson = (
  { database, nowMs }: WriteTransaction,
  id: string,
  values: Partial<Pick<PersonRow, 'name' | 'language' | 'suspended'>>,
): Promise<PersonRow> =>
  database
    .updateTable('people')
    .set({ ...values, updated_at: new Date(nowMs).toISOString() })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()

async function forgetSignIns({ database }: WriteTransaction, id: string): Promise<void> {
  await database.deleteFrom('sessions').where('person_id', '=', id).execute()
  await database.deleteFrom('password_resets').where('person_id', '=', id).execute()
}

async function insertPerson(
  { database, nowMs, append }: WriteTransaction,
  person: NewPersonRow,
): Promise<PersonRow | Problem<'person_exists'>> {
  const at = new Date(nowMs).toISOString()
  const row = await database
    .insertInto('people')
    .values({
      id: person.id,
      name: person.name,
      email: person.email,
      email_verified: 0,
      image: null,
      language: null,
      suspended: 0,
      two_factor_enabled: 0,
      created_at: at,
      updated_at: at,
    })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) return problem('person_exists')
  await database
    .insertInto('sign_in_methods')
    .values({
      id: person.methodId,
      person_id: person.id,
      provider: 'credential',
      subject: person.id,
      password: person.passwordHash,
      scope: null,
      created_at: at,
      updated_at: at,
    })
    .execute()
  append(personEvent('person.created', person.id))
  return row
}

async function listPeople(
  { read }: StorageContext,
  { cursor, limit: asked, search }: Parameters<PersonRows['list']>[0],
): Promise<Page<PersonRow> | Problem<'invalid_cursor'>> {
  const limit = pageLimit(asked)
  const listing = ['people', search ?? null]
  const after = cursor === undefined ? undefined : readCursor(listing, cursor, ['string', 'string'])
  if (cursor !== undefined && after === undefined) return problem('invalid_cursor')
  if (search !== undefined && !isStorable(search)) return { items: [], nextCursor: null }
  let query = read.selectFrom('people').selectAll()
  if (search !== undefined) {
    const text = search.trim().toLowerCase()
    query = query.where(({ or, ref }) =>
      or([containsText(sql`lower(${ref('name')})`, text), containsText(sql`${ref('email')}`, text)]),
    )
  }
  if (after !== undefined) {
    const [createdAt, id] = after as [string, string]
    query = query.where(({ eb, refTuple, tuple }) => eb(refTuple('created_at', 'id'), '>', tuple(createdAt, id)))
  }
  const rows = await query
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit + 1)
    .execute()
  const page = pageOf(rows, limit, listing, (row) => [row.created_at, row.id])
  return { items: page.rows, nextCursor: page.nextCursor }
}

import { generateKeyText, maskKey, randomBase62 } from '@keywright/core'
import type { Kysely } from 'kysely'
import { Secret } from '../secret.ts'
import type { StorageContext, WriteTransaction } from './context.ts'
import { fromJson, toJson } from './json.ts'
import type { Actor, CredentialRecord } from './ports.ts'
import type { CredentialRow, Schema } from './schema.ts'

/** What the text of each kind of credential begins with. */
const credentialPrefixes = { operator: 'kwo', verify: 'kwv' } as const

const attemptsMax = 5
const shownCharacters = 4
const idCharacters = 20

/** A credential about to be stored, besides what follows from its text. */
export type NewCredential = Pick<CredentialRow, 'kind' | 'name' | 'environment'> & {
  readonly audiences: readonly string[]
  readonly createdBy: Pick<Actor, 'kind' | 'id'>
}

/** A credential as it may be shown; nothing in it follows from the text but its last characters. */
export const credentialRecord = (row: CredentialRow): CredentialRecord => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  masked: maskKey({ head: credentialPrefixes[row.kind], first: '', last: row.last_characters }, mask),
  environment: row.environment,
  audiences: fromJson(row.audiences_json),
  createdBy: { kind: row.created_by_kind, id: row.created_by_id },
  createdAtMs: row.created_at_ms,
})

const mask = { kind: 'last', characters: shownCharacters } as const

/** Makes the text of a new credential and stores its digest, with its event. A text that is already known is made anew (T23). */
export async function insertGenerated(
  context: Pick<StorageContext, 'digests' | 'randomBytes'>,
  transaction: WriteTransaction,
  given: NewCredential,
): Promise<{ readonly row: CredentialRow; readonly secret: Secret }> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const text = generateKeyText(credentialPrefixes[given.kind], null, context.randomBytes)
    const row = await insertCredential(context, transaction, given, text, text.slice(-shownCharacters))
    if (row !== undefined) return { row, secret: new Secret(text) }
  }
  throw new Error('the random source repeats itself')
}

/** Stores a credential by its text, with its event; `undefined` where the text is already known. */
export async function insertCredential(
  { digests, randomBytes }: Pick<StorageContext, 'digests' | 'randomBytes'>,
  { database, nowMs, append }: WriteTransaction,
  { kind, name, environment, audiences, createdBy }: NewCredential,
  text: string,
  lastCharacters: string,
): Promise<CredentialRow | undefined> {
  const { digest, chain } = digests.create('credential', text)
  const row: CredentialRow = {
    id: `crd_${randomBase62(idCharacters, randomBytes)}`,
    kind,
    name,
    digest,
    digest_chain: chain,
    last_characters: lastCharacters,
    environment,
    audiences_json: toJson(audiences),
    created_by_kind: createdBy.kind,
    created_by_id: createdBy.id,
    created_at_ms: nowMs,
  }
  const { numInsertedOrUpdatedRows } = await database
    .insertInto('credentials')
    .values(row)
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) return undefined
  append({
    type: 'credential.created',
    accountId: null,
    target: { kind: 'credential', id: row.id },
    scopes: [`credential:${row.id}`, 'unknown'],
    after: { kind, name, environment, audiences },
  })
  return row
}

/** Removes a credential, with its event. */
export async function removeCredential(
  { database, append }: WriteTransaction,
  { id, kind, name }: Pick<CredentialRow, 'id' | 'kind' | 'name'>,
): Promise<void> {
  await database.deleteFrom('credentials').where('id', '=', id).execute()
  append({
    type: 'credential.deleted',
    accountId: null,
    target: { kind: 'credential', id },
    scopes: [`credential:${id}`],
    before: { kind, name },
  })
}

/** Whether there is any operator: a credential, or a person, in good standing or not. */
export const hasOperator = async (database: Kysely<Schema>): Promise<boolean> =>
  (await database.selectFrom('credentials').select('id').where('kind', '=', 'operator').limit(1).executeTakeFirst()) !==
    undefined || (await database.selectFrom('operators').select('person_id').limit(1).executeTakeFirst()) !== undefined

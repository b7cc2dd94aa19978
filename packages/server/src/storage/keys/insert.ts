import { generateKeyText, keyTextParts } from '@keywright/core'
import { Secret } from '../../secret.ts'
import type { StorageContext, WriteTransaction } from '../context.ts'
import { newId } from '../ids.ts'
import type { Caller } from '../ports.ts'
import type { KeyRow } from '../schema.ts'

/** The columns of a key that are chosen for it, and kept by rotation. */
export type HeldRow = Omit<
  KeyRow,
  | 'id'
  | 'account_id'
  | 'lineage_id'
  | 'digest'
  | 'digest_chain'
  | 'first_characters'
  | 'last_characters'
  | 'state'
  | 'ends_at_ms'
  | 'rotated_to_id'
  | 'stands_alone'
  | 'created_by_kind'
  | 'created_by_id'
  | 'created_at_ms'
  | 'updated_at_ms'
  | 'version'
>

const triesMax = 5

/** Inserts a key under a new text. A text whose digest exists already is thrown away: nothing is ever overwritten (T23). */
export async function insertKey(
  context: StorageContext,
  transaction: WriteTransaction,
  { actor }: Caller,
  given: HeldRow & Pick<KeyRow, 'account_id' | 'lineage_id' | 'stands_alone' | 'ends_at_ms'>,
): Promise<{ readonly row: KeyRow; readonly secret: Secret }> {
  const tag = given.environment === null ? null : (context.config().environmentById.get(given.environment)?.tag ?? null)
  for (let tries = 0; tries < triesMax; tries++) {
    const text = generateKeyText(given.prefix, tag, context.randomBytes)
    const parts = keyTextParts(text)
    if (parts === undefined) throw new Error('a text that was just generated is not a key')
    const { digest, chain } = context.digests.create('key', text)
    const row: KeyRow = {
      ...given,
      id: newId('key', context.randomBytes),
      digest,
      digest_chain: chain,
      first_characters: parts.first,
      last_characters: parts.last,
      state: 'active',
      rotated_to_id: null,
      created_by_kind: actor.kind,
      created_by_id: actor.id,
      created_at_ms: transaction.nowMs,
      updated_at_ms: transaction.nowMs,
      version: 1,
    }
    if (await context.statements.insertKey(transaction.database, row)) return { row, secret: new Secret(text) }
  }
  throw new Error(`${triesMax} new texts in a row were taken: the source of randomness is broken`)
}

import { type Database, place } from './database.ts'
import { type Fixed, fixed, type Insert, insertInto } from './fixed.ts'
import type { AccountRow, KeyRow, LineageRow } from './schema.ts'

/** What every creation of a key runs, compiled once for the database of a store. */
export interface Statements {
  /** Reads the account with the `id`; where rows can be locked, it stays locked. */
  readonly lockAccount: Fixed<AccountRow>
  readonly insertLineage: Insert<LineageRow>
  /** False: another key has this digest. */
  readonly insertKey: Insert<KeyRow>
}

/** Makes the statements of a store. */
export function statementsOn({ write, capabilities }: Pick<Database, 'write' | 'capabilities'>): Statements {
  const account = write
    .selectFrom('accounts')
    .selectAll()
    .where('id', '=', place('id') as string)
  return {
    lockAccount: fixed((capabilities.rowLocks ? account.forUpdate() : account).compile()),
    insertLineage: insertInto('lineages'),
    insertKey: insertInto('keys', 'digest'),
  }
}

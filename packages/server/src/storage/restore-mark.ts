import type { Kysely } from 'kysely'
import type { RestoreMark } from './ports.ts'
import type { Schema } from './schema.ts'
import type { Transact } from './transact.ts'

/** The store was restored from a backup and nobody has confirmed it: its log proves nothing, so that no node answers from it. */
export class UnconfirmedRestoreError extends Error {
  override readonly name = 'UnconfirmedRestoreError'
  readonly mark: RestoreMark

  constructor(mark: RestoreMark) {
    super('the store was restored from a backup and waits for `keywright restore --confirm`')
    this.mark = mark
  }
}

/** Keeps a store from being served until the restore is confirmed. */
export const markRestore = (transact: Transact, { through, atMs }: RestoreMark): Promise<null> =>
  transact(async (database) => {
    const row = { through, at_ms: atMs }
    await database
      .insertInto('restore_marks')
      .values({ id: 1, ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute()
    return { result: null, keep: true }
  })

/** The mark of a restore that nobody has confirmed yet. */
export async function readRestoreMark(read: Kysely<Schema>): Promise<RestoreMark | null> {
  const row = await read.selectFrom('restore_marks').selectAll().executeTakeFirst()
  return row === undefined ? null : { through: row.through, atMs: row.at_ms }
}

/** Takes the mark away; false where there was none. */
export async function confirmRestore(write: Kysely<Schema>): Promise<boolean> {
  const { numDeletedRows } = await write.deleteFrom('restore_marks').executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

import type { Transaction } from 'kysely'
import type { Store } from '../open-store.ts'
import type { LogEntryRow, Schema } from '../schema.ts'
import { entryColumns } from './webhook-deliveries.ts'

/** An entry as readers of the log see it. */
export type ReadEntry = Pick<LogEntryRow, (typeof entryColumns)[number]>

/** Does what follows from entries, in the transaction that moves the reader's place past them. */
export type ReadEntries = (
  database: Transaction<Schema>,
  entries: readonly ReadEntry[],
  nowMs: number,
) => Promise<unknown>

const entriesPerTransactionMax = 200

/** Gives readers that have no place one at the end of the log: what happened before they were is not theirs. */
export async function beginReading({ transact }: Pick<Store, 'transact'>, names: readonly string[]): Promise<void> {
  await transact(async (database) => {
    const { number } = await database.selectFrom('log_head').select('number').executeTakeFirstOrThrow()
    await database
      .insertInto('outbox_places')
      .values(names.map((name) => ({ name, number })))
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute()
    return { result: null, keep: true }
  })
}

/**
 * Reads on from a reader's place: what follows from the entries and the new place are committed together, so that a crash neither loses an entry nor
 * counts it twice. Numbers are in the order of commits without gaps, so nothing appears later before the place. True: there may be more.
 */
export async function readOn(store: Store, name: string, read: ReadEntries): Promise<boolean> {
  if (!(await isBehind(store, name))) return false
  const { transact, context } = store
  return await transact(async (database) => {
    const query = database.selectFrom('outbox_places').select('number').where('name', '=', name)
    const place = await (context.capabilities.rowLocks ? query.forUpdate() : query).executeTakeFirst()
    if (place === undefined) return { result: false, keep: false }
    const entries = await database
      .selectFrom('log_entries')
      .select(entryColumns)
      .where('number', '>', place.number)
      .orderBy('number')
      .limit(entriesPerTransactionMax)
      .execute()
    const last = entries.at(-1)
    if (last === undefined) return { result: false, keep: false }
    await read(database, entries, await context.now(database))
    await database.updateTable('outbox_places').set({ number: last.number }).where('name', '=', name).execute()
    return { result: entries.length === entriesPerTransactionMax, keep: true }
  })
}

async function isBehind({ read }: Store, name: string): Promise<boolean> {
  const row = await read
    .selectFrom('outbox_places')
    .innerJoin('log_head', (join) => join.onRef('log_head.number', '>', 'outbox_places.number'))
    .select('outbox_places.name')
    .where('outbox_places.name', '=', name)
    .executeTakeFirst()
  return row !== undefined
}

/** The last entry that every reader has read; `undefined`: nobody reads. The log is not pruned beyond it. */
export async function readByAll(database: Transaction<Schema>): Promise<number | undefined> {
  const row = await database
    .selectFrom('outbox_places')
    .select(({ fn }) => fn.min('number').as('number'))
    .executeTakeFirst()
  return row?.number ?? undefined
}

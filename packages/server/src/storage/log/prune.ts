import type { Store } from '../open-store.ts'
import { readByAll } from '../outbox/readers.ts'
import type { Caller, Checkpoint } from '../ports.ts'
import { readHead } from './append.ts'
import { signCheckpoint, takeCheckpoint } from './checkpoint.ts'
import { protectLog, unprotectLog } from './protection.ts'

/**
 * Removes the entries from the beginning up to the first one that is not older than a moment, and puts a signed checkpoint in their place, in
 * one transaction, which is itself an event. Entries that a reader of the log has not read yet are kept.
 */
export async function pruneLog(
  store: Store,
  caller: Caller,
  beforeMs: number,
): Promise<{ readonly removed: number; readonly checkpoint: Checkpoint }> {
  const { context, database: capabilitiesOf, log } = store
  const pruned = await context.write(caller, async ({ database, nowMs, append }) => {
    // The head is locked first here: lifting the guard locks the entries, and whoever holds the head waits to insert one.
    await readHead(database, log.rowLocks)
    const firstKept = await database
      .selectFrom('log_entries')
      .select('number')
      .where('at_ms', '>=', beforeMs)
      .orderBy('number')
      .limit(1)
      .executeTakeFirst()
    let query = database.selectFrom('log_entries').select(['epoch', 'number', 'hash'])
    if (firstKept !== undefined) query = query.where('number', '<', firstKept.number)
    const read = await readByAll(database)
    if (read !== undefined) query = query.where('number', '<=', read)
    const last = await query.orderBy('number', 'desc').limit(1).executeTakeFirst()
    if (last === undefined) return undefined
    const { checkpoint, row } = signCheckpoint(log.signer, { ...last, atMs: nowMs }, true)
    await database.insertInto('log_checkpoints').values(row).execute()
    await unprotectLog(database, capabilitiesOf.capabilities)
    const { numDeletedRows } = await database
      .deleteFrom('log_entries')
      .where('number', '<=', last.number)
      .executeTakeFirstOrThrow()
    await protectLog(database, capabilitiesOf.capabilities)
    await database.deleteFrom('log_personal').where('number', '<=', last.number).execute()
    const removed = Number(numDeletedRows)
    append({
      type: 'log.pruned',
      accountId: null,
      target: { kind: 'log', id: String(last.number) },
      // Nothing that memories hold has changed; a position before the checkpoint is refused by itself.
      scopes: [],
      after: { through: last.number, removed, before: new Date(beforeMs).toISOString() },
    })
    return { removed, checkpoint }
  })
  return pruned ?? { removed: 0, checkpoint: await takeCheckpoint(store) }
}

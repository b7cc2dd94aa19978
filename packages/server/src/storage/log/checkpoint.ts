import type { LogSigner } from '../../crypto.ts'
import type { Store } from '../open-store.ts'
import type { Checkpoint } from '../ports.ts'
import type { LogCheckpointRow } from '../schema.ts'
import { readHead } from './append.ts'
import { checkpointSignature } from './chain.ts'

/** A place of the log, signed under the current log key. `pruned`: everything up to and including it was removed. */
export function signCheckpoint(
  signer: LogSigner,
  place: Pick<Checkpoint, 'epoch' | 'number' | 'hash' | 'atMs'>,
  pruned: boolean,
): { readonly checkpoint: Checkpoint; readonly row: LogCheckpointRow } {
  const unsigned = {
    epoch: place.epoch,
    number: place.number,
    hash: place.hash,
    atMs: place.atMs,
    logKeyId: signer.keyId,
  }
  const checkpoint = { ...unsigned, signature: checkpointSignature(signer, unsigned, pruned) }
  const { epoch, number, hash, atMs: at_ms, logKeyId: log_key_id, signature } = checkpoint
  return { checkpoint, row: { epoch, number, hash, at_ms, log_key_id, signature, pruned: pruned ? 1 : 0 } }
}

/** The checkpoint that a stored row is. */
export const checkpointOf = ({ epoch, number, hash, at_ms, log_key_id, signature }: LogCheckpointRow): Checkpoint => ({
  epoch,
  number,
  hash,
  atMs: at_ms,
  logKeyId: log_key_id,
  signature,
})

/** Signs the head of the log and stores it. */
export const takeCheckpoint = ({ transact, log, context }: Store): Promise<Checkpoint> =>
  transact(async (database) => {
    const head = await readHead(database, log.rowLocks)
    const { checkpoint, row } = signCheckpoint(log.signer, { ...head, atMs: await context.now(database) }, false)
    await database
      .insertInto('log_checkpoints')
      .values(row)
      .onConflict((conflict) => conflict.column('signature').doNothing())
      .execute()
    return { result: checkpoint, keep: true }
  })

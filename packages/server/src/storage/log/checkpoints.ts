import type { Kysely } from 'kysely'
import type { LogSigner } from '../../crypto.ts'
import type { Checkpoint } from '../ports.ts'
import type { Schema } from '../schema.ts'
import { checkpointSignature } from './chain.ts'
import { checkpointOf } from './checkpoint.ts'
import type { Faults } from './faults.ts'

/** A checkpoint whose signature holds, and where it was kept. */
export interface KnownCheckpoint extends Checkpoint {
  readonly origin: 'a stored' | 'an outside'
}

/** Reads the checkpoints beside the log and those kept outside, notes those that are not what was signed, and tells where the log begins. */
export async function readCheckpoints(
  read: Kysely<Schema>,
  signer: LogSigner,
  outside: readonly Checkpoint[],
  faults: Faults,
): Promise<{
  /** By number. */
  readonly known: ReadonlyMap<number, readonly KnownCheckpoint[]>
  /** The newest that stands for removed entries. */
  readonly pruned: KnownCheckpoint | undefined
}> {
  const rows = await read.selectFrom('log_checkpoints').selectAll().orderBy('number').execute()
  const known = new Map<number, KnownCheckpoint[]>()
  let pruned: KnownCheckpoint | undefined
  const take = (checkpoint: KnownCheckpoint, labels: readonly boolean[]): boolean => {
    const fault = signatureFault(signer, checkpoint, labels)
    if (fault !== undefined) {
      faults.add(checkpoint.number, `${checkpoint.origin} checkpoint of this entry ${fault}`)
      return false
    }
    known.set(checkpoint.number, [...(known.get(checkpoint.number) ?? []), checkpoint])
    return true
  }
  for (const row of rows) {
    const checkpoint: KnownCheckpoint = { ...checkpointOf(row), origin: 'a stored' }
    const holds = take(checkpoint, [row.pruned === 1])
    if (holds && row.pruned === 1) pruned = checkpoint
  }
  // Outside, a checkpoint need not say which of the two it is.
  for (const checkpoint of outside) take({ ...checkpoint, origin: 'an outside' }, [false, true])
  return { known, pruned }
}

function signatureFault(signer: LogSigner, checkpoint: Checkpoint, labels: readonly boolean[]): string | undefined {
  if (!signer.knows(checkpoint.logKeyId)) return `is signed under log key ${checkpoint.logKeyId}, which was not given`
  const holds = labels.some((pruned) => checkpointSignature(signer, checkpoint, pruned) === checkpoint.signature)
  return holds ? undefined : 'is not what was signed'
}

import { createHmac } from 'node:crypto'
import { canonicalJson } from '@keywright/core'
import type { LogSigner } from '../../crypto.ts'
import type { Checkpoint } from '../ports.ts'
import type { LogEntryRow } from '../schema.ts'

/** An entry before its hash is known. */
export type UnsealedEntry = Omit<LogEntryRow, 'hash'>

/** The hash before the first entry of a log. */
export const genesisHash = (signer: LogSigner, keyId: string, epoch: string): string =>
  signer.seal(keyId, 'genesis', epoch)

/** The hash of an entry: over the hash before it and over every column as it is stored, under the log key that the entry names. */
export const entryHash = (signer: LogSigner, previousHash: string, entry: UnsealedEntry): string =>
  signer.seal(entry.log_key_id, 'entry', canonicalJson([previousHash, unsealed(entry)]))

const unsealed = (entry: UnsealedEntry): UnsealedEntry => ({
  number: entry.number,
  epoch: entry.epoch,
  type: entry.type,
  at_ms: entry.at_ms,
  actor_kind: entry.actor_kind,
  actor_id: entry.actor_id,
  account_id: entry.account_id,
  target_kind: entry.target_kind,
  target_id: entry.target_id,
  scopes_json: entry.scopes_json,
  before_json: entry.before_json,
  after_json: entry.after_json,
  reason: entry.reason,
  request_id: entry.request_id,
  personal_commitment: entry.personal_commitment,
  log_key_id: entry.log_key_id,
})

/** What an entry says of personal data that lies beside it: nothing that can be guessed without the salt, which is erased with the data. */
export const personalCommitment = (salt: string, dataJson: string): string =>
  createHmac('sha256', salt).update(dataJson).digest('base64url')

/** The signature of a checkpoint. One that stands for removed entries is signed as such, so that no other can take its place. */
export const checkpointSignature = (
  signer: LogSigner,
  { epoch, number, hash, atMs, logKeyId }: Omit<Checkpoint, 'signature'>,
  pruned: boolean,
): string =>
  signer.seal(
    logKeyId,
    pruned ? 'pruned checkpoint' : 'checkpoint',
    canonicalJson({ epoch, number, hash, atMs, logKeyId }),
  )

import type { ResolvedConfig } from '@keywright/core'
import type { Kysely, Transaction } from 'kysely'
import type { Digests } from '../crypto.ts'
import type { Caller, NewEvent } from './ports.ts'
import type { Schema } from './schema.ts'
import type { Statements } from './statements.ts'
import type { StoreTime } from './store-time.ts'

/** What a database can do, asked instead of its name. */
export interface Capabilities {
  /** `SELECT … FOR UPDATE` exists and is needed, since transactions run side by side. */
  readonly rowLocks: boolean
}

/** One change in the making. Events are numbered, chained and inserted last, just before the commit. */
export interface WriteTransaction {
  readonly database: Transaction<Schema>
  /** The store's time of this transaction, epoch milliseconds. */
  readonly nowMs: number
  append(event: NewEvent): void
}

/**
 * Runs one change in one transaction: its rows and its events are committed together, durably, or not at all. A returned Problem rolls
 * back. Resolves after the node's own memory has applied the change. A change that appended nothing touches no log.
 */
export type Write = <Result>(
  caller: Caller,
  change: (transaction: WriteTransaction) => Promise<Result>,
) => Promise<Result>

/** What every resource of the storage is made from. */
export interface StorageContext {
  readonly read: Kysely<Schema>
  readonly write: Write
  readonly capabilities: Capabilities
  readonly statements: Statements
  /** The configuration in force. */
  readonly config: () => ResolvedConfig
  readonly digests: Digests
  readonly now: StoreTime
  readonly randomBytes: (length: number) => Uint8Array
}

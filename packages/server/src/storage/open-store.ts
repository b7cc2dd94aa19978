import type { ResolvedConfig } from '@keywright/core'
import type { Kysely } from 'kysely'
import type { Clock } from '../clock.ts'
import { Digests, type KeyRing, LogSigner, type Peppers } from '../crypto.ts'
import { SecretBoxes } from '../secret-boxes.ts'
import type { Spans } from '../spans.ts'
import type { StorageContext } from './context.ts'
import type { Database } from './database.ts'
import { chainsInUse, ensureChain, ensureInstallation } from './installation.ts'
import { type LogWriter, logWriter } from './log/append.ts'
import { migrate } from './migrate.ts'
import type { Applied } from './ports.ts'
import type { Schema } from './schema.ts'
import { statementsOn } from './statements.ts'
import { storeTimeOf } from './store-time.ts'
import { type Transact, transactOn } from './transact.ts'
import { writeWith } from './write.ts'

/** What a store is opened with. */
export interface StoreParts {
  readonly database: Database
  readonly clock: Clock
  readonly randomBytes: (length: number) => Uint8Array
  readonly peppers: Peppers
  readonly logKeys: KeyRing
  readonly config: () => ResolvedConfig
  /** Awaited after each commit with the position of its last event; where it throws, the node must have forgotten its memory. */
  readonly applied: Applied
  /** Times each transaction as a part of the request that it belongs to. */
  readonly spans?: Spans | undefined
}

/** An open store: the context of every resource, and what only the storage's own parts use. */
export interface Store {
  readonly context: StorageContext
  readonly database: Database
  readonly read: Kysely<Schema>
  readonly transact: Transact
  readonly log: LogWriter
  readonly clock: Clock
  /** Encrypts the secrets that sign webhooks. */
  readonly webhookBoxes: SecretBoxes
}

/** Brings the schema up to date, begins the log of an empty store and makes sure that every stored digest can be recognised. */
export async function openStore(parts: StoreParts): Promise<Store> {
  const { database, clock, randomBytes, config, applied } = parts
  const now = storeTimeOf(database, clock)
  await migrate(database, clock.wallMs())
  const digests = new Digests(parts.peppers, await chainsInUse(database.read))
  const transact = timedTransact(transactOn(database), parts.spans)
  const log = logWriter(database, new LogSigner(parts.logKeys), randomBytes)
  await ensureChain(transact, digests)
  await ensureInstallation(transact, log, now)
  const context: StorageContext = {
    read: database.read,
    write: writeWith({ transact, log, now, applied }),
    capabilities: database.capabilities,
    statements: statementsOn(database),
    config,
    digests,
    now,
    randomBytes,
  }
  const webhookBoxes = new SecretBoxes(parts.peppers, 'webhook')
  return { context, database, read: database.read, transact, log, clock, webhookBoxes }
}

const timedTransact = (transact: Transact, spans: Spans | undefined): Transact =>
  spans === undefined ? transact : (change) => spans.within('database transaction', () => transact(change))

import type { Position } from '@keywright/core'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { LogSigner } from '../../crypto.ts'
import { announcementText, channel } from '../announcement.ts'
import { type Database, place } from '../database.ts'
import { type Fixed, fixed, type Insert, insertInto } from '../fixed.ts'
import { storableText, toJson, toJsonOrNull } from '../json.ts'
import type { Caller, NewEvent } from '../ports.ts'
import type { LogEntryRow, LogPersonalRow, Schema } from '../schema.ts'
import { compatibleFromSql, requireCompatible } from '../schema-versions.ts'
import { entryHash, personalCommitment, type UnsealedEntry } from './chain.ts'

/** The most events that one transaction may append. */
const eventsPerTransactionMax = 500

/** What appending needs besides the transaction. */
export interface LogWriter {
  readonly signer: LogSigner
  readonly randomBytes: (length: number) => Uint8Array
  /** Whether the head must be locked, since transactions run side by side. */
  readonly rowLocks: boolean
  readonly readHead: Fixed<Position & { readonly compatible_from: number | null }>
  readonly moveHead: Fixed<unknown>
  readonly insertEntry: Insert<LogEntryRow>
}

/** Makes what the log of a database is written with. */
export function logWriter(
  { write, capabilities: { rowLocks, announces } }: Pick<Database, 'write' | 'capabilities'>,
  signer: LogSigner,
  randomBytes: LogWriter['randomBytes'],
): LogWriter {
  return {
    signer,
    randomBytes,
    rowLocks,
    readHead: fixed(headQuery(write, rowLocks).select(compatibleFromSql.as('compatible_from')).compile()),
    moveHead: fixed(moveQuery(announces).compile(write)),
    insertEntry: insertInto('log_entries'),
  }
}

function headQuery(database: Kysely<Schema>, rowLocks: boolean) {
  const query = database.selectFrom('log_head').select(['epoch', 'number', 'hash']).where('id', '=', 1)
  return rowLocks ? query.forUpdate() : query
}

/** Where other processes listen, they are told in the same statement, and hear of it when the transaction commits. */
const moveQuery = (announces: boolean) =>
  sql`update log_head set number = ${place('number')}, hash = ${place('hash')} where id = 1${
    announces ? sql` returning pg_notify(${sql.lit(channel)}, ${place('announcement')})` : sql``
  }`

/** The accounts that events are about. */
const accountsOf = (events: readonly NewEvent[]): readonly string[] => [
  ...new Set(events.flatMap(({ accountId }) => (accountId === null ? [] : [accountId]))),
]

/**
 * Numbers, chains and inserts events; answers the position of the last. Called last in a transaction: from here to the commit it holds
 * the lock of the log's head.
 */
export async function appendEvents(
  writer: LogWriter,
  database: Transaction<Schema>,
  caller: Caller,
  events: readonly NewEvent[],
  nowMs: number,
): Promise<Position> {
  if (events.length > eventsPerTransactionMax) {
    throw new Error(`${events.length} events in one transaction; ${eventsPerTransactionMax} are the most`)
  }
  const [head] = (await writer.readHead(database, {})).rows
  if (head === undefined) throw new Error('the log has no head')
  requireCompatible(head.compatible_from)
  const personal = personalOf(caller)
  const entries: LogEntryRow[] = []
  const beside: LogPersonalRow[] = []
  let { number, hash } = head
  for (const event of events) {
    number++
    const salt = personal === null ? null : Buffer.from(writer.randomBytes(16)).toString('base64url')
    const commitment = salt === null || personal === null ? null : personalCommitment(salt, personal)
    const entry = unsealedEntry(event, caller, {
      number,
      epoch: head.epoch,
      nowMs,
      commitment,
      keyId: writer.signer.keyId,
    })
    hash = entryHash(writer.signer, hash, entry)
    entries.push({ ...entry, hash })
    if (salt !== null && personal !== null) beside.push({ number, salt, data_json: personal })
  }
  const [only] = entries
  if (entries.length === 1 && only !== undefined) await writer.insertEntry(database, only)
  else await database.insertInto('log_entries').values(entries).execute()
  if (beside.length > 0) await database.insertInto('log_personal').values(beside).execute()
  const position = { epoch: head.epoch, number, hash }
  const announcement = announcementText({ position, what: 'log', accounts: accountsOf(events) })
  await writer.moveHead(database, { number, hash, announcement })
  return position
}

/** The newest place of the log; locked until the commit where transactions run side by side. */
export const readHead = (database: Transaction<Schema>, rowLocks: boolean): Promise<Position> =>
  headQuery(database, rowLocks).executeTakeFirstOrThrow()

function personalOf({ network, userAgent }: Caller): string | null {
  if (network === undefined && userAgent === undefined) return null
  return toJson({ network, userAgent })
}

function unsealedEntry(
  event: NewEvent,
  { actor, requestId, reason }: Caller,
  at: { number: number; epoch: string; nowMs: number; commitment: string | null; keyId: string },
): UnsealedEntry {
  return {
    number: at.number,
    epoch: at.epoch,
    type: event.type,
    at_ms: at.nowMs,
    actor_kind: actor.kind,
    actor_id: storableText(actor.id),
    account_id: event.accountId,
    target_kind: event.target.kind,
    target_id: storableText(event.target.id),
    scopes_json: toJson(event.scopes),
    before_json: toJsonOrNull(event.before),
    after_json: toJsonOrNull(event.after),
    reason: reason === undefined ? null : storableText(reason),
    request_id: storableText(requestId),
    personal_commitment: at.commitment,
    log_key_id: at.keyId,
  }
}

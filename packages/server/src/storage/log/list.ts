import { type EventType, problem } from '@keywright/core'
import type { Kysely } from 'kysely'
import { pageLimit, pageOf, readCursor } from '../cursor.ts'
import { fromJson, fromJsonOrNull } from '../json.ts'
import type { Log, LogEntry } from '../ports.ts'
import type { LogEntryRow, Schema } from '../schema.ts'

/** Entries of the log, newest first. */
export async function listEntries(
  read: Kysely<Schema>,
  filter: Parameters<Log['list']>[0],
  page: Parameters<Log['list']>[1],
): ReturnType<Log['list']> {
  const { accountId = null, keyId = null, type = null, afterNumber = null } = filter
  const listing = ['events', accountId, keyId, type, afterNumber]
  const before = page.cursor === undefined ? null : readCursor(listing, page.cursor, ['number'])
  if (before === undefined) return problem('invalid_cursor')
  const limit = pageLimit(page.limit)
  let query = read
    .selectFrom('log_entries')
    .leftJoin('log_personal', 'log_personal.number', 'log_entries.number')
    .selectAll('log_entries')
    .select('log_personal.data_json as personal_json')
    .orderBy('log_entries.number', 'desc')
    .limit(limit + 1)
  if (accountId !== null) query = query.where('account_id', '=', accountId)
  if (keyId !== null) query = query.where('target_kind', '=', 'key').where('target_id', '=', keyId)
  if (type !== null) query = query.where('type', '=', type)
  if (afterNumber !== null) query = query.where('log_entries.number', '>', afterNumber)
  if (before !== null) query = query.where('log_entries.number', '<', Number(before[0]))
  const { rows, nextCursor } = pageOf(await query.execute(), limit, listing, ({ number }) => [number])
  return { items: rows.map(entryOf), nextCursor }
}

const entryOf = (row: LogEntryRow & { readonly personal_json: string | null }): LogEntry => ({
  number: row.number,
  epoch: row.epoch,
  type: row.type as EventType,
  atMs: row.at_ms,
  actor: { kind: row.actor_kind, id: row.actor_id },
  accountId: row.account_id,
  target: { kind: row.target_kind, id: row.target_id },
  before: fromJsonOrNull(row.before_json),
  after: fromJsonOrNull(row.after_json),
  reason: row.reason,
  requestId: row.request_id,
  personal: row.personal_json === null ? null : fromJson(row.personal_json),
})

import { problem } from '@keywright/core'
import type { Transaction } from 'kysely'
import { accountExists } from '../account-rows.ts'
import type { StorageContext } from '../context.ts'
import { pageLimit, pageOf, readCursor } from '../cursor.ts'
import { newId } from '../ids.ts'
import { comesAfter, momentPlace } from '../moment-order.ts'
import type { NoticeKind, NoticeRecord, Notices } from '../ports-outbox.ts'
import type { Schema } from '../schema.ts'
import type { MailRow, NoticeRow } from '../schema-outbox.ts'
import { recipientsOf } from './recipients.ts'

/** The notices of the store. */
export const noticesOf = ({ read }: StorageContext): Notices => ({
  list: async (accountId, { cursor, limit }) => {
    if (!(await accountExists(read, accountId))) return problem('account_not_found')
    const listing = ['notices', accountId]
    const before = cursor === undefined ? null : readCursor(listing, cursor, momentPlace)
    if (before === undefined) return problem('invalid_cursor')
    const size = pageLimit(limit)
    let query = selectNotices(read).where('notices.account_id', '=', accountId)
    if (before !== null) query = query.where(comesAfter(before, 'newest first', 'notices.at_ms', 'notices.id'))
    const found = await query
      .orderBy('notices.at_ms', 'desc')
      .orderBy('notices.id', 'desc')
      .limit(size + 1)
      .execute()
    const { rows, nextCursor } = pageOf(found, size, listing, (row) => [row.at_ms, row.id])
    return { items: rows.map(noticeRecord), nextCursor }
  },
})

/** Notices with the names of their keys, where those are still there. */
export const selectNotices = (database: StorageContext['read']) =>
  database
    .selectFrom('notices')
    .leftJoin('keys', 'keys.id', 'notices.key_id')
    .selectAll('notices')
    .select('keys.name as key_name')

/** A notice as it is answered. */
export const noticeRecord = (row: NoticeRow & { readonly key_name: string | null }): NoticeRecord => ({
  id: row.id,
  kind: row.kind as NoticeKind,
  keyId: row.key_id,
  keyName: row.key_name,
  atMs: row.at_ms,
  days: row.days,
  mailed: row.mailed === 1,
})

/** A notice before it has an id. */
export type NewNotice = Pick<NoticeRow, 'account_id' | 'key_id' | 'days' | 'at_ms'> & { readonly kind: NoticeKind }

/** Mails wait so long, in milliseconds, that what happens together goes out as one. */
const gatherMs = 30_000
const rowsPerInsertMax = 200

/** Stores notices and, where there is mail, one for each person who is to read them. */
export async function addNotices(
  context: StorageContext,
  database: Transaction<Schema>,
  notices: readonly NewNotice[],
  { nowMs, mail }: { readonly nowMs: number; readonly mail: boolean },
): Promise<void> {
  const rows: NoticeRow[] = notices.map((notice) => ({
    id: newId('notice', context.randomBytes),
    ...notice,
    mailed: 0,
  }))
  const recipients = mail ? await recipientsOf(context, database, rows) : undefined
  const mails: MailRow[] = rows.flatMap((notice) =>
    (recipients?.(notice) ?? []).map((personId) => ({
      id: newId('mail', context.randomBytes),
      notice_id: notice.id,
      account_id: notice.account_id,
      person_id: personId,
      state: 'pending' as const,
      failures: 0,
      created_at_ms: nowMs,
      next_attempt_at_ms: nowMs + gatherMs,
      lease: null,
    })),
  )
  for (let start = 0; start < rows.length; start += rowsPerInsertMax)
    await database
      .insertInto('notices')
      .values(rows.slice(start, start + rowsPerInsertMax))
      .execute()
  for (let start = 0; start < mails.length; start += rowsPerInsertMax)
    await database
      .insertInto('mails')
      .values(mails.slice(start, start + rowsPerInsertMax))
      .execute()
}

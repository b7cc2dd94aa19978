import type { StorageContext } from '../context.ts'
import type { NoticeKind } from '../ports-outbox.ts'
import { addNotices, type NewNotice } from './notices.ts'
import type { ReadEntries, ReadEntry } from './readers.ts'

const told: readonly string[] = [
  'key.created',
  'key.rotated',
  'key.revoked',
  'webhook.disabled',
] satisfies readonly NoticeKind[]

const noticeOf = (entry: ReadEntry & { readonly account_id: string }): NewNotice => ({
  kind: entry.type as NoticeKind,
  account_id: entry.account_id,
  key_id: entry.target_kind === 'key' ? entry.target_id : null,
  days: null,
  at_ms: entry.at_ms,
})

const hasAccount = (entry: ReadEntry): entry is ReadEntry & { readonly account_id: string } => entry.account_id !== null

/** Tells accounts what happened to their keys and webhooks. `touched` hears of which. */
export const noticeEvents =
  (context: StorageContext, mail: boolean, touched: (accountId: string) => void): ReadEntries =>
  async (database, entries, nowMs) => {
    const about = entries.filter(({ type }) => told.includes(type)).filter(hasAccount)
    if (about.length === 0) return
    const rows = await database
      .selectFrom('accounts')
      .select('id')
      .where('id', 'in', [...new Set(about.map(({ account_id }) => account_id))])
      .execute()
    // An account that was deleted meanwhile is told nothing.
    const accountIds = new Set(rows.map(({ id }) => id))
    const notices = about.filter(({ account_id }) => accountIds.has(account_id)).map(noticeOf)
    await addNotices(context, database, notices, { nowMs, mail })
    for (const id of accountIds) touched(id)
  }

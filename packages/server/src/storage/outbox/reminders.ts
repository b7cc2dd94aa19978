import type { ResolvedConfig } from '@keywright/core'
import type { StorageContext } from '../context.ts'
import { dueBeforeMs, type FullRow, selectKeys, stateOf } from '../keys/rows.ts'
import type { Store } from '../open-store.ts'
import type { NoticeKind } from '../ports-outbox.ts'
import { dayMs } from './backoff.ts'
import { addNotices, type NewNotice } from './notices.ts'

const keysPerReadMax = 500
/** How many days before a key expires its account is told. */
const expiryThresholdsDays = [1, 7, 14]
const unusedDays = 90

/** Something that an account is told once: the mark says of what. */
interface Reminder {
  readonly mark: string
  readonly kind: NoticeKind
  readonly days: number
}

/** What is due to be told about an active key at a moment. */
function remindersOf(row: FullRow, config: ResolvedConfig, nowMs: number): readonly Reminder[] {
  if (stateOf(row, nowMs) !== 'active' || row.rotated_to_id !== null) return []
  const reminders: Reminder[] = []
  if (row.expires_at_ms !== null) {
    const leftMs = row.expires_at_ms - nowMs
    const threshold = expiryThresholdsDays.find((days) => leftMs <= days * dayMs)
    // A new end is told anew.
    if (threshold !== undefined)
      reminders.push({
        mark: `key.expiring ${threshold} ${row.id} ${row.expires_at_ms}`,
        kind: 'key.expiring',
        days: Math.ceil(leftMs / dayMs),
      })
  }
  const dueBefore = dueBeforeMs(config, nowMs)
  if (dueBefore !== null && row.created_at_ms < dueBefore)
    reminders.push({
      mark: `key.rotation_due ${row.id}`,
      kind: 'key.rotation_due',
      days: config.rotation.dueAfterDays ?? 0,
    })
  const quietSinceMs = row.used_at_ms ?? row.created_at_ms
  if (nowMs - quietSinceMs >= unusedDays * dayMs)
    reminders.push({ mark: `key.unused ${row.id} ${quietSinceMs}`, kind: 'key.unused', days: unusedDays })
  return reminders
}

/** Looks at the next keys by id, and tells their accounts what is due, each thing once. Answers the last id, or `null` at the end. */
export async function remindNext(
  store: Store,
  context: StorageContext,
  { afterKeyId, mail }: { readonly afterKeyId: string | null; readonly mail: boolean },
  touched: (accountId: string) => void,
): Promise<string | null> {
  const nowMs = await context.now()
  const rows = await selectKeys(store.read)
    .innerJoin('accounts', 'accounts.id', 'keys.account_id')
    .where('accounts.state', '=', 'active')
    .where('keys.state', '=', 'active')
    .where('keys.id', '>', afterKeyId ?? '')
    .orderBy('keys.id')
    .limit(keysPerReadMax)
    .execute()
  const due = rows.flatMap((row) => remindersOf(row, context.config(), nowMs).map((reminder) => ({ row, reminder })))
  if (due.length > 0) {
    await store.transact(async (database) => {
      // Keys that are gone since they were read would break the reference.
      const there = await database
        .selectFrom('keys')
        .select('id')
        .where('id', 'in', [...new Set(due.map(({ row }) => row.id))])
        .execute()
      const ids = new Set(there.map(({ id }) => id))
      const still = due.filter(({ row }) => ids.has(row.id))
      if (still.length === 0) return { result: null, keep: false }
      const marked = await database
        .insertInto('notice_marks')
        .values(still.map(({ row, reminder }) => ({ mark: reminder.mark, key_id: row.id })))
        .onConflict((conflict) => conflict.column('mark').doNothing())
        .returning('mark')
        .execute()
      const fresh = new Set(marked.map(({ mark }) => mark))
      const notices = still
        .filter(({ reminder }) => fresh.has(reminder.mark))
        .map(
          ({ row, reminder }): NewNotice => ({
            kind: reminder.kind,
            account_id: row.account_id,
            key_id: row.id,
            days: reminder.days,
            at_ms: nowMs,
          }),
        )
      await addNotices(context, database, notices, { nowMs, mail })
      for (const { account_id } of notices) touched(account_id)
      return { result: null, keep: notices.length > 0 }
    })
  }
  return rows.length < keysPerReadMax ? null : (rows.at(-1)?.id ?? null)
}

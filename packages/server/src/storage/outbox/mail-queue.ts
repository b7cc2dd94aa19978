import type { Transaction } from 'kysely'
import type { StorageContext } from '../context.ts'
import { newId } from '../ids.ts'
import type { Store } from '../open-store.ts'
import type { LeasedMail, MailOutcome, OutboxWork } from '../ports-outbox.ts'
import type { Schema } from '../schema.ts'
import type { MailRow } from '../schema-outbox.ts'
import { backoffMs } from './backoff.ts'
import { noticeRecord, selectNotices } from './notices.ts'
import { recipientsOf } from './recipients.ts'

/** How many notices one mail tells of at most. */
const noticesPerMailMax = 100

/** Takes the mail that is due for one person, with everything else that waits for that person and account. */
export const leaseMail = (
  { transact, context: { now } }: Store,
  context: StorageContext,
  leaseMs: number,
): ReturnType<OutboxWork['leaseMail']> =>
  transact(async (database) => {
    const nowMs = await now(database)
    for (;;) {
      const rows = await nextFor(context, database, nowMs)
      const [first] = rows
      if (first === undefined) return { result: null, keep: true }
      const mail = await mailOf(context, database, rows)
      if (mail === undefined) {
        // Nobody who may read it: the person left, or may no longer revoke.
        await setOf(database, rows, { state: 'failed', next_attempt_at_ms: null, lease: null })
        continue
      }
      const lease = newId('mail', context.randomBytes)
      const kept = rows.filter(({ id }) => mail.ids.includes(id))
      const dropped = rows.filter(({ id }) => !mail.ids.includes(id))
      await setOf(database, kept, { lease, next_attempt_at_ms: nowMs + leaseMs })
      await setOf(database, dropped, { state: 'failed', next_attempt_at_ms: null, lease: null })
      return { result: { ...mail, lease }, keep: true }
    }
  })

async function nextFor(
  { capabilities }: StorageContext,
  database: Transaction<Schema>,
  nowMs: number,
): Promise<readonly MailRow[]> {
  const due = database
    .selectFrom('mails')
    .selectAll()
    .where('next_attempt_at_ms', '<=', nowMs)
    .orderBy('next_attempt_at_ms')
    .limit(1)
  const first = await (capabilities.rowLocks ? due.forUpdate().skipLocked() : due).executeTakeFirst()
  if (first === undefined) return []
  const others = database
    .selectFrom('mails')
    .selectAll()
    .where('person_id', '=', first.person_id)
    .where('account_id', '=', first.account_id)
    .where('id', '!=', first.id)
    .where('next_attempt_at_ms', 'is not', null)
    // Another process may be sending these at this moment.
    .where(({ or, eb }) => or([eb('lease', 'is', null), eb('next_attempt_at_ms', '<=', nowMs)]))
    .orderBy('created_at_ms')
    .limit(noticesPerMailMax - 1)
  return [first, ...(await (capabilities.rowLocks ? others.forUpdate().skipLocked() : others).execute())]
}

/** The mail that rows of one person and account come to; `undefined`: there is nothing left that the person may read. */
async function mailOf(
  context: StorageContext,
  database: Transaction<Schema>,
  rows: readonly MailRow[],
): Promise<Omit<LeasedMail, 'lease'> | undefined> {
  const [{ person_id, account_id }] = rows as readonly [MailRow]
  const person = await database
    .selectFrom('people')
    .select(['name', 'email', 'language'])
    .where('id', '=', person_id)
    .executeTakeFirst()
  const account = await database
    .selectFrom('accounts')
    .select(['id', 'name'])
    .where('id', '=', account_id)
    .executeTakeFirst()
  const notices = await selectNotices(database)
    .where(
      'notices.id',
      'in',
      rows.map(({ notice_id }) => notice_id),
    )
    .orderBy('notices.at_ms')
    .orderBy('notices.id')
    .execute()
  if (person === undefined || account === undefined) return undefined
  // Who may read it is judged when it goes, not when it was written.
  const recipients = await recipientsOf(context, database, notices)
  const readable = notices.filter((notice) => recipients(notice).includes(person_id))
  if (readable.length === 0) return undefined
  const noticeIds = new Set(readable.map(({ id }) => id))
  return {
    ids: rows.filter(({ notice_id }) => noticeIds.has(notice_id)).map(({ id }) => id),
    to: person,
    account,
    notices: readable.map(noticeRecord),
  }
}

async function setOf(
  database: Transaction<Schema>,
  rows: readonly MailRow[],
  change: Partial<Pick<MailRow, 'state' | 'next_attempt_at_ms' | 'lease'>>,
): Promise<void> {
  if (rows.length === 0) return
  const ids = rows.map(({ id }) => id)
  await database.updateTable('mails').set(change).where('id', 'in', ids).execute()
}

/** Records what came of a mail; one that may be tried again is for three days. */
export const finishMail = (
  { transact, context: { now } }: Store,
  { ids, lease }: Pick<LeasedMail, 'ids' | 'lease'>,
  outcome: MailOutcome,
  random: number,
  touched: (accountId: string) => void,
): Promise<void> =>
  transact(async (database) => {
    const rows = await database
      .selectFrom('mails')
      .selectAll()
      .where('id', 'in', ids)
      .where('lease', '=', lease)
      .execute()
    if (rows.length === 0) return { result: undefined, keep: false }
    if (outcome === 'sent') {
      await setOf(database, rows, { state: 'sent', next_attempt_at_ms: null, lease: null })
      const noticeIds = rows.map(({ notice_id }) => notice_id)
      await database.updateTable('notices').set({ mailed: 1 }).where('id', 'in', noticeIds).execute()
      for (const id of new Set(rows.map(({ account_id }) => account_id))) touched(id)
      return { result: undefined, keep: true }
    }
    for (const { id, failures } of rows) {
      const waitMs = outcome === 'never' ? undefined : backoffMs(failures + 1, random)
      const next = waitMs === undefined ? null : (await now(database)) + waitMs
      await database
        .updateTable('mails')
        .set({
          failures: failures + 1,
          lease: null,
          next_attempt_at_ms: next,
          ...(next === null ? { state: 'failed' } : {}),
        })
        .where('id', '=', id)
        .execute()
    }
    return { result: undefined, keep: true }
  })

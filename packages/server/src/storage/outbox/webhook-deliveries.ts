import { problem } from '@keywright/core'
import type { StorageContext, WriteTransaction } from '../context.ts'
import { pageLimit, pageOf, readCursor } from '../cursor.ts'
import { isId, newId } from '../ids.ts'
import { fromJsonOrNull } from '../json.ts'
import { comesAfter, momentPlace } from '../moment-order.ts'
import type { Caller } from '../ports.ts'
import type { DeliveryRecord, Webhooks } from '../ports-outbox.ts'
import type { LogEntryRow } from '../schema.ts'
import type { WebhookDeliveryRow, WebhookRow } from '../schema-outbox.ts'
import { findWebhook, isForAccounts, lockWebhook, testType } from './webhook-rows.ts'

/** How long messages are kept, in milliseconds. */
export const deliveriesKeptMs = 30 * 86_400_000
const entriesPerTransactionMax = 500

interface Target {
  readonly accountId: string | null
  readonly id: string
}

/** A message as it is answered. */
const deliveryRecord = (row: WebhookDeliveryRow): DeliveryRecord => ({
  id: row.id,
  event: row.entry_number,
  type: row.type,
  state: row.state,
  attempts: row.attempts,
  createdAtMs: row.created_at_ms,
  lastAttemptAtMs: row.last_attempt_at_ms,
  nextAttemptAtMs: row.next_attempt_at_ms,
  lastStatus: row.last_status,
  lastError: row.last_error,
})

type Entry = Pick<
  LogEntryRow,
  'number' | 'type' | 'at_ms' | 'account_id' | 'target_kind' | 'target_id' | 'actor_kind' | 'actor_id'
>

/** The columns of the log that messages and notices are made of: nothing of what changed, of whom, or from where. */
export const entryColumns = [
  'number',
  'type',
  'at_ms',
  'account_id',
  'target_kind',
  'target_id',
  'actor_kind',
  'actor_id',
] as const satisfies readonly (keyof Entry)[]

/** The body of a message: thin, so that whoever wants more reads it with the rights that they have then. */
const bodyOf = (entry: Entry): string =>
  JSON.stringify({
    type: entry.type,
    timestamp: new Date(entry.at_ms).toISOString(),
    data: {
      event: entry.number,
      account: entry.account_id,
      target: { kind: entry.target_kind, id: entry.target_id },
      actor: { kind: entry.actor_kind, id: entry.actor_id },
    },
  })

/** Whether a webhook gets the event of an entry. */
export function wants(webhook: WebhookRow, entry: Entry): boolean {
  if (webhook.account_id !== null && (webhook.account_id !== entry.account_id || !isForAccounts(entry.type)))
    return false
  return fromJsonOrNull<readonly string[]>(webhook.events_json)?.includes(entry.type) ?? true
}

/** A message about an entry, due now unless its webhook is paused. */
export const deliveryOf = (
  { randomBytes }: Pick<StorageContext, 'randomBytes'>,
  webhook: WebhookRow,
  entry: Entry,
  nowMs: number,
): WebhookDeliveryRow => ({
  id: newId('delivery', randomBytes),
  webhook_id: webhook.id,
  entry_number: entry.number,
  type: entry.type,
  body: bodyOf(entry),
  state: 'pending',
  attempts: 0,
  failures: 0,
  created_at_ms: nowMs,
  last_attempt_at_ms: null,
  next_attempt_at_ms: webhook.state === 'active' ? nowMs : null,
  lease: null,
  last_status: null,
  last_error: null,
})

/** Queues a message that only says that messages arrive. */
export function testWebhook(context: StorageContext, caller: Caller, target: Target): ReturnType<Webhooks['test']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Webhooks['test']>>> => {
    const { database, nowMs } = transaction
    const webhook = await lockWebhook(context, transaction, caller, target.accountId, target.id)
    if (webhook === undefined) return problem('webhook_not_found')
    if (await isTestedEnough(transaction, webhook.id)) return problem('too_many_requests')
    const data = { webhook: webhook.id, account: webhook.account_id }
    const row: WebhookDeliveryRow = {
      id: newId('delivery', context.randomBytes),
      webhook_id: webhook.id,
      entry_number: null,
      type: testType,
      body: JSON.stringify({ type: testType, timestamp: new Date(nowMs).toISOString(), data }),
      state: 'pending',
      attempts: 0,
      failures: 0,
      created_at_ms: nowMs,
      last_attempt_at_ms: null,
      next_attempt_at_ms: nowMs,
      lease: null,
      last_status: null,
      last_error: null,
    }
    await database.insertInto('webhook_deliveries').values(row).execute()
    return deliveryRecord(row)
  })
}

const testsPerMinuteMax = 10

/** Whether a webhook was sent as many tests as there may be within a minute: the address may be somebody else's, and each test leaves a row. */
async function isTestedEnough({ database, nowMs }: WriteTransaction, webhookId: string): Promise<boolean> {
  const lately = await database
    .selectFrom('webhook_deliveries')
    .select('id')
    .where('webhook_id', '=', webhookId)
    .where('type', '=', testType)
    .where('created_at_ms', '>', nowMs - 60_000)
    .limit(testsPerMinuteMax)
    .execute()
  return lately.length === testsPerMinuteMax
}

/** The messages of a webhook, newest first. */
export async function listDeliveries(
  { read }: StorageContext,
  { accountId, id }: Target,
  { cursor, limit, state }: Parameters<Webhooks['deliveries']>[2],
): ReturnType<Webhooks['deliveries']> {
  const webhook = await findWebhook(read, accountId, id)
  if (webhook === undefined) return problem('webhook_not_found')
  const listing = ['deliveries', id, state ?? null]
  const before = cursor === undefined ? null : readCursor(listing, cursor, momentPlace)
  if (before === undefined) return problem('invalid_cursor')
  const size = pageLimit(limit)
  let query = read.selectFrom('webhook_deliveries').selectAll().where('webhook_id', '=', id)
  if (state !== undefined) query = query.where('state', '=', state)
  if (before !== null) query = query.where(comesAfter(before, 'newest first', 'created_at_ms', 'id'))
  const found = await query
    .orderBy('created_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(size + 1)
    .execute()
  const { rows, nextCursor } = pageOf(found, size, listing, (row) => [row.created_at_ms, row.id])
  return { items: rows.map(deliveryRecord), nextCursor }
}

const again = { state: 'pending', failures: 0, last_error: null, lease: null } as const

/** Sends one message again, under its id, whatever the state of its webhook. */
export function replayOne(
  context: StorageContext,
  caller: Caller,
  target: Target,
  deliveryId: string,
): ReturnType<Webhooks['replay']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Webhooks['replay']>>> => {
    const { database, nowMs } = transaction
    const webhook = await lockWebhook(context, transaction, caller, target.accountId, target.id)
    if (webhook === undefined) return problem('webhook_not_found')
    if (!isId('delivery', deliveryId)) return problem('delivery_not_found')
    const row = await database
      .updateTable('webhook_deliveries')
      .set({ ...again, next_attempt_at_ms: nowMs })
      .where('id', '=', deliveryId)
      .where('webhook_id', '=', webhook.id)
      .returningAll()
      .executeTakeFirst()
    return row === undefined ? problem('delivery_not_found') : deliveryRecord(row)
  })
}

/** Queues everything since a moment, in batches: what was sent before keeps its id, what was never queued gets one. */
export async function replaySince(
  context: StorageContext,
  caller: Caller,
  target: Target,
  sinceMs: number,
): ReturnType<Webhooks['replaySince']> {
  const fromMs = Math.max(sinceMs, (await context.now()) - deliveriesKeptMs)
  const { number: through } = await context.read.selectFrom('log_head').select('number').executeTakeFirstOrThrow()
  let queued = 0
  for (let after = await numberBefore(context, fromMs, through); ; ) {
    const step = await context.write(caller, async (transaction) => {
      const webhook = await lockWebhook(context, transaction, caller, target.accountId, target.id)
      if (webhook === undefined) return problem('webhook_not_found')
      return await replayStep(context, transaction, webhook, { after, through, fromMs })
    })
    if ('problem' in step) return step
    queued += step.queued
    after = step.last
    if (after >= through) return { queued }
  }
}

/** Clocks of nodes differ: entries that follow each other may be that far apart the wrong way round, in milliseconds. */
const disorderMs = 60_000

/** A number before every entry that is not older than a moment, found by halving: entries are in the order of time, nearly. */
async function numberBefore({ read }: StorageContext, fromMs: number, through: number): Promise<number> {
  const at = (number: number) =>
    read
      .selectFrom('log_entries')
      .select(['number', 'at_ms'])
      .where('number', '>=', number)
      .orderBy('number')
      .limit(1)
      .executeTakeFirst()
  let low = (await at(0))?.number ?? through
  let high = through + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const entry = await at(middle)
    if (entry === undefined || entry.at_ms >= fromMs - disorderMs) high = middle
    else low = middle + 1
  }
  return low - 1
}

async function replayStep(
  context: StorageContext,
  { database, nowMs }: WriteTransaction,
  webhook: WebhookRow,
  { after, through, fromMs }: { readonly after: number; readonly through: number; readonly fromMs: number },
): Promise<{ readonly queued: number; readonly last: number }> {
  let query = database.selectFrom('log_entries').select(entryColumns).where('number', '>', after)
  if (webhook.account_id !== null) query = query.where('account_id', '=', webhook.account_id)
  const entries = await query.where('number', '<=', through).orderBy('number').limit(entriesPerTransactionMax).execute()
  const wanted = entries.filter((entry) => entry.at_ms >= fromMs && wants(webhook, entry))
  if (wanted.length > 0) {
    await database
      .insertInto('webhook_deliveries')
      .values(wanted.map((entry) => ({ ...deliveryOf(context, webhook, entry, nowMs), next_attempt_at_ms: nowMs })))
      .onConflict((conflict) =>
        conflict.columns(['webhook_id', 'entry_number']).doUpdateSet({ ...again, next_attempt_at_ms: nowMs }),
      )
      .execute()
  }
  const full = entries.length === entriesPerTransactionMax
  return { queued: wanted.length, last: full ? (entries.at(-1)?.number ?? through) : through }
}

import type { Transaction } from 'kysely'
import type { SecretBoxes } from '../../secret-boxes.ts'
import type { StorageContext, WriteTransaction } from '../context.ts'
import type { Store } from '../open-store.ts'
import type { Caller } from '../ports.ts'
import type { AttemptOutcome, LeasedDelivery, OutboxWork } from '../ports-outbox.ts'
import type { Schema } from '../schema.ts'
import type { WebhookDeliveryRow, WebhookRow } from '../schema-outbox.ts'
import { backoffMs, dayMs } from './backoff.ts'
import { appendWebhookEvent, testType } from './webhook-rows.ts'

/** Who changes the store when messages are sent. */
const sender: Caller = { actor: { kind: 'system', id: 'outbox' }, requestId: 'outbox' }

/** A receiver that took nothing for so long is given up, in milliseconds. */
const failingMaxMs = 3 * dayMs
/** Statuses by which a receiver asks for less, and how long it is left alone when it does not say. */
const overloaded: readonly number[] = [429, 502, 503, 504]
const leftAloneMs = 30_000
const retryAfterMaxMs = dayMs

/** Parts that sending needs of a store. */
export interface QueueParts {
  readonly store: Store
  readonly context: StorageContext
  readonly boxes: SecretBoxes
}

/** Takes messages that are due, in turn from each webhook that has some. Whoever was served last stands last. */
export function deliveryLeases({ store, boxes }: QueueParts): OutboxWork['leaseDeliveries'] {
  let servedLast = ''
  return async ({ max, perWebhookMax, busy, leaseMs }) => {
    const nowMs = await store.context.now()
    const full = [...busy].filter(([, count]) => count >= perWebhookMax).map(([id]) => id)
    const waiting = await webhooksWaiting(store, nowMs, full)
    if (waiting.length === 0 || max <= 0) return []
    const turn = [...waiting.filter(({ id }) => id > servedLast), ...waiting.filter(({ id }) => id <= servedLast)]
    const leased = await store.transact(async (database) => {
      const taken: WebhookDeliveryRow[] = []
      for (const { id: webhookId, failing } of turn) {
        if (taken.length >= max) break
        // One that fails holds one place, not several.
        const most = failing ? 1 : perWebhookMax
        const free = Math.min(most - (busy.get(webhookId) ?? 0), max - taken.length)
        if (free <= 0) continue
        taken.push(...(await take(store, database, { webhookId, nowMs, leaseMs, max: free })))
        servedLast = webhookId
      }
      return { result: await withWebhooks(database, boxes, taken, nowMs), keep: taken.length > 0 }
    })
    return leased
  }
}

const webhooksLookedAtMax = 256

async function webhooksWaiting(
  { read }: Store,
  nowMs: number,
  except: readonly string[],
): Promise<readonly { readonly id: string; readonly failing: boolean }[]> {
  let query = read
    .selectFrom('webhook_deliveries')
    .innerJoin('webhooks', 'webhooks.id', 'webhook_deliveries.webhook_id')
    .select(['webhooks.id', 'webhooks.failing_since_ms'])
    .distinct()
  if (except.length > 0) query = query.where('webhook_deliveries.webhook_id', 'not in', except)
  const rows = await query
    .where('webhook_deliveries.next_attempt_at_ms', '<=', nowMs)
    .orderBy('webhooks.id')
    .limit(webhooksLookedAtMax)
    .execute()
  return rows.map(({ id, failing_since_ms }) => ({ id, failing: failing_since_ms !== null }))
}

async function take(
  { context }: Store,
  database: Transaction<Schema>,
  request: { readonly webhookId: string; readonly nowMs: number; readonly leaseMs: number; readonly max: number },
): Promise<readonly WebhookDeliveryRow[]> {
  const { webhookId, nowMs, leaseMs, max } = request
  const query = database
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('webhook_id', '=', webhookId)
    .where('next_attempt_at_ms', '<=', nowMs)
    .orderBy('next_attempt_at_ms')
    .limit(max)
  // Where rows can be locked, those that another process is taking are left to it.
  const rows = await (context.capabilities.rowLocks ? query.forUpdate().skipLocked() : query).execute()
  if (rows.length === 0) return []
  const lease = Buffer.from(context.randomBytes(12)).toString('base64url')
  await database
    .updateTable('webhook_deliveries')
    .set({ lease, next_attempt_at_ms: nowMs + leaseMs })
    .where(
      'id',
      'in',
      rows.map(({ id }) => id),
    )
    .execute()
  return rows.map((row) => ({ ...row, lease }))
}

async function withWebhooks(
  database: Transaction<Schema>,
  boxes: SecretBoxes,
  rows: readonly WebhookDeliveryRow[],
  nowMs: number,
): Promise<readonly LeasedDelivery[]> {
  if (rows.length === 0) return []
  const ids = [...new Set(rows.map(({ webhook_id }) => webhook_id))]
  const webhooks = await database.selectFrom('webhooks').selectAll().where('id', 'in', ids).execute()
  const byId = new Map(webhooks.map((webhook) => [webhook.id, webhook]))
  return rows.flatMap((row) => {
    const webhook = byId.get(row.webhook_id)
    if (webhook === undefined || row.lease === null) return []
    const { id, lease, type, body } = row
    return [
      { id, lease, type, body, webhookId: webhook.id, url: webhook.url, secrets: secretsOf(boxes, webhook, nowMs) },
    ]
  })
}

function secretsOf(boxes: SecretBoxes, webhook: WebhookRow, nowMs: number): LeasedDelivery['secrets'] {
  const secret = boxes.open(webhook.id, webhook.secret_box)
  if (secret === undefined) return null
  const { old_secret_box: box, old_secret_until_ms: untilMs } = webhook
  const old = box !== null && untilMs !== null && untilMs > nowMs ? boxes.open(webhook.id, box) : undefined
  return old === undefined ? [secret] : [secret, old]
}

/** Records what came of an attempt: done, again later, or given up. Where the lease was lost to another process, that one records. */
export const finishDelivery = (
  { context }: QueueParts,
  { id, lease }: Pick<LeasedDelivery, 'id' | 'lease'>,
  outcome: AttemptOutcome,
  random: number,
): Promise<void> =>
  context.write(sender, async (transaction) => {
    const { database, nowMs } = transaction
    const row = await database
      .selectFrom('webhook_deliveries')
      .selectAll()
      .where('id', '=', id)
      .where('lease', '=', lease)
      .executeTakeFirst()
    if (row === undefined) return
    // Locked last and only for a moment; everything that a webhook is sent ends here.
    const webhook = await database
      .selectFrom('webhooks')
      .selectAll()
      .where('id', '=', row.webhook_id)
      .$if(context.capabilities.rowLocks, (query) => query.forNoKeyUpdate())
      .executeTakeFirst()
    if (webhook === undefined) return
    const done = { lease: null, attempts: row.attempts + 1, last_attempt_at_ms: nowMs, last_status: outcome.status }
    if (outcome.delivered) {
      await save(transaction, id, { ...done, state: 'delivered', next_attempt_at_ms: null, last_error: null })
      await database
        .updateTable('webhooks')
        .set({ last_success_at_ms: nowMs, failing_since_ms: null })
        .where('id', '=', webhook.id)
        .execute()
      return
    }
    const next = nextAttemptMs(row, webhook, outcome, nowMs, random)
    await save(transaction, id, {
      ...done,
      failures: row.failures + 1,
      last_error: outcome.error,
      state: next === 'failed' ? 'failed' : 'pending',
      next_attempt_at_ms: next === 'failed' ? null : next,
    })
    // A test says nothing about events.
    if (row.type === testType) return
    await noteFailure(transaction, webhook, outcome, next === 'failed')
  })

const save = (
  { database }: WriteTransaction,
  id: string,
  change: Partial<Omit<WebhookDeliveryRow, 'id' | 'webhook_id'>>,
) => database.updateTable('webhook_deliveries').set(change).where('id', '=', id).execute()

type Failure = Extract<AttemptOutcome, { delivered: false }>

/** When it is tried again; `null`: when its paused webhook is resumed. */
function nextAttemptMs(
  row: WebhookDeliveryRow,
  webhook: WebhookRow,
  { status, retryAfterMs }: Failure,
  nowMs: number,
  random: number,
): number | null | 'failed' {
  const waitMs = backoffMs(row.failures + 1, random)
  if (waitMs === undefined || status === 410 || row.type === testType || webhook.state === 'disabled') return 'failed'
  if (webhook.state === 'paused') return null
  return nowMs + Math.max(waitMs, Math.min(retryAfterMs ?? 0, retryAfterMaxMs))
}

async function noteFailure(
  transaction: WriteTransaction,
  webhook: WebhookRow,
  { status, retryAfterMs }: Failure,
  isLast: boolean,
): Promise<void> {
  const { database, nowMs } = transaction
  const failingSinceMs = webhook.failing_since_ms ?? nowMs
  const isGone = status === 410
  const givenUp = isGone || (isLast && nowMs - failingSinceMs >= failingMaxMs)
  const disables = givenUp && webhook.state !== 'disabled'
  await database
    .updateTable('webhooks')
    .set({ failing_since_ms: failingSinceMs, ...(disables ? { state: 'disabled' as const } : {}) })
    .where('id', '=', webhook.id)
    .execute()
  const waiting = database
    .updateTable('webhook_deliveries')
    .where('webhook_id', '=', webhook.id)
    .where('state', '=', 'pending')
    .where('lease', 'is', null)
  if (disables) {
    await waiting.set({ state: 'failed', next_attempt_at_ms: null, last_error: 'webhook_disabled' }).execute()
    const cause = isGone ? 'the receiver said that it is gone' : 'every attempt of three days failed'
    appendWebhookEvent(transaction, 'webhook.disabled', webhook, {
      before: { state: webhook.state },
      after: { state: 'disabled', cause },
    })
  } else if (status !== null && overloaded.includes(status)) {
    const untilMs = nowMs + Math.min(retryAfterMs ?? leftAloneMs, retryAfterMaxMs)
    await waiting.set({ next_attempt_at_ms: untilMs }).where('next_attempt_at_ms', '<', untilMs).execute()
  }
}

/** Puts a message back, due at once. */
export const releaseDelivery = (
  { store }: QueueParts,
  { id, lease }: Pick<LeasedDelivery, 'id' | 'lease'>,
): Promise<void> =>
  store.transact(async (database) => {
    await database
      .updateTable('webhook_deliveries')
      .set({ lease: null, next_attempt_at_ms: await store.context.now(database) })
      .where('id', '=', id)
      .where('lease', '=', lease)
      .execute()
    return { result: undefined, keep: true }
  })

import { problem } from '@keywright/core'
import type { SecretBoxes } from '../../secret-boxes.ts'
import { accountExists } from '../account-rows.ts'
import { differenceOf, wireTime } from '../changes.ts'
import type { StorageContext } from '../context.ts'
import { pageLimit, pageOf, readCursor } from '../cursor.ts'
import { newId } from '../ids.ts'
import { comesAfter, momentPlace } from '../moment-order.ts'
import type { Caller, PageRequest } from '../ports.ts'
import type { WebhookInput, Webhooks } from '../ports-outbox.ts'
import type { WebhookRow } from '../schema-outbox.ts'
import { listDeliveries, replayOne, replaySince, testWebhook } from './webhook-deliveries.ts'
import {
  appendWebhookEvent,
  fieldsOf,
  lockWebhook,
  logged,
  mayManage,
  newSigningSecret,
  viewOf,
  webhookRecord,
} from './webhook-rows.ts'

const webhooksMax = 20
const overlapSecondsMax = 7 * 86_400

/** The webhooks of the store. */
export const webhooksOf = (context: StorageContext, boxes: SecretBoxes): Webhooks => ({
  create: (caller, accountId, input) => createWebhook(context, boxes, caller, accountId, input),
  list: (accountId, page) => listWebhooks(context, accountId, page),
  update: (caller, accountId, id, change) => updateWebhook(context, caller, { accountId, id }, change),
  delete: (caller, accountId, id) => deleteWebhook(context, caller, { accountId, id }),
  rotateSecret: (caller, accountId, id, overlapSeconds) =>
    rotateSecret(context, boxes, caller, { accountId, id }, overlapSeconds),
  test: (caller, accountId, id) => testWebhook(context, caller, { accountId, id }),
  deliveries: (accountId, id, page) => listDeliveries(context, { accountId, id }, page),
  replay: (caller, accountId, id, deliveryId) => replayOne(context, caller, { accountId, id }, deliveryId),
  replaySince: (caller, accountId, id, sinceMs) => replaySince(context, caller, { accountId, id }, sinceMs),
})

/** Which webhook, of which account or of the installation. */
export interface WebhookTarget {
  readonly accountId: string | null
  readonly id: string
}

function createWebhook(
  context: StorageContext,
  boxes: SecretBoxes,
  caller: Caller,
  accountId: string | null,
  input: WebhookInput,
): ReturnType<Webhooks['create']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Webhooks['create']>>> => {
    const { database, nowMs } = transaction
    if (!(await mayManage(context, transaction, caller, accountId)))
      return problem(accountId === null ? 'forbidden' : 'account_not_found')
    const fields = fieldsOf(input, accountId)
    if ('length' in fields) return problem('invalid_parameters', undefined, fields)
    if (fields.url === undefined) return problem('invalid_parameters')
    const { count } = await database
      .selectFrom('webhooks')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('account_id', accountId === null ? 'is' : '=', accountId)
      .executeTakeFirstOrThrow()
    if (Number(count) >= webhooksMax) return problem('webhooks_cap', `There may be ${webhooksMax}.`)
    const id = newId('webhook', context.randomBytes)
    const secret = newSigningSecret(context.randomBytes)
    const row: WebhookRow = {
      id,
      account_id: accountId,
      url: fields.url,
      description: fields.description ?? null,
      events_json: fields.events_json ?? null,
      state: 'active',
      secret_box: boxes.seal(id, secret),
      old_secret_box: null,
      old_secret_until_ms: null,
      created_by_kind: caller.actor.kind,
      created_by_id: caller.actor.id,
      created_at_ms: nowMs,
      updated_at_ms: nowMs,
      last_success_at_ms: null,
      failing_since_ms: null,
    }
    await database.insertInto('webhooks').values(row).execute()
    const { after } = logged({ before: {}, after: viewOf(row) })
    appendWebhookEvent(transaction, 'webhook.created', row, { after })
    return { record: webhookRecord(row, nowMs), secret }
  })
}

function updateWebhook(
  context: StorageContext,
  caller: Caller,
  { accountId, id }: WebhookTarget,
  change: Parameters<Webhooks['update']>[3],
): ReturnType<Webhooks['update']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Webhooks['update']>>> => {
    const { database, nowMs } = transaction
    const row = await lockWebhook(context, transaction, caller, accountId, id)
    if (row === undefined) return problem('webhook_not_found')
    const fields = fieldsOf(change, accountId)
    if ('length' in fields) return problem('invalid_parameters', undefined, fields)
    const changed: WebhookRow = { ...row, ...fields, state: change.state ?? row.state }
    const difference = differenceOf(viewOf(row), viewOf(changed))
    if (difference === undefined) return webhookRecord(row, nowMs)
    const revived = changed.state === 'active' && row.state === 'disabled'
    const saved = { ...changed, updated_at_ms: nowMs, failing_since_ms: revived ? null : changed.failing_since_ms }
    const { url, description, events_json, state, failing_since_ms } = saved
    await database
      .updateTable('webhooks')
      .set({ url, description, events_json, state, failing_since_ms, updated_at_ms: nowMs })
      .where('id', '=', id)
      .execute()
    // What waits for a paused webhook is planned for no moment, so that nobody looks at it again and again.
    if (row.state !== state) {
      await database
        .updateTable('webhook_deliveries')
        .set({ next_attempt_at_ms: state === 'active' ? nowMs : null })
        .where('webhook_id', '=', id)
        .where('state', '=', 'pending')
        .where('lease', 'is', null)
        .execute()
    }
    appendWebhookEvent(transaction, 'webhook.updated', row, logged(difference))
    return webhookRecord(saved, nowMs)
  })
}

function deleteWebhook(
  context: StorageContext,
  caller: Caller,
  { accountId, id }: WebhookTarget,
): ReturnType<Webhooks['delete']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Webhooks['delete']>>> => {
    const row = await lockWebhook(context, transaction, caller, accountId, id)
    if (row === undefined) return problem('webhook_not_found')
    await transaction.database.deleteFrom('webhooks').where('id', '=', id).execute()
    appendWebhookEvent(transaction, 'webhook.deleted', row)
    return null
  })
}

function rotateSecret(
  context: StorageContext,
  boxes: SecretBoxes,
  caller: Caller,
  { accountId, id }: WebhookTarget,
  overlapSeconds: number,
): ReturnType<Webhooks['rotateSecret']> {
  return context.write(caller, async (transaction): Promise<Awaited<ReturnType<Webhooks['rotateSecret']>>> => {
    const { database, nowMs } = transaction
    const row = await lockWebhook(context, transaction, caller, accountId, id)
    if (row === undefined) return problem('webhook_not_found')
    if (!Number.isSafeInteger(overlapSeconds) || overlapSeconds < 0 || overlapSeconds > overlapSecondsMax) {
      const detail = `Write a whole number of seconds from 0 to ${overlapSecondsMax}.`
      return problem('invalid_parameters', undefined, [{ pointer: '/overlapSeconds', detail }])
    }
    const secret = newSigningSecret(context.randomBytes)
    const untilMs = overlapSeconds === 0 ? null : nowMs + overlapSeconds * 1_000
    const changed = {
      secret_box: boxes.seal(id, secret),
      old_secret_box: untilMs === null ? null : row.secret_box,
      old_secret_until_ms: untilMs,
      updated_at_ms: nowMs,
    }
    await database.updateTable('webhooks').set(changed).where('id', '=', id).execute()
    appendWebhookEvent(transaction, 'webhook.secret_rotated', row, { after: { oldSecretUntil: wireTime(untilMs) } })
    return { record: webhookRecord({ ...row, ...changed }, nowMs), secret }
  })
}

async function listWebhooks(
  { read, now }: StorageContext,
  accountId: string | null,
  { cursor, limit }: PageRequest,
): ReturnType<Webhooks['list']> {
  if (accountId !== null) {
    if (!(await accountExists(read, accountId))) return problem('account_not_found')
  }
  const listing = ['webhooks', accountId]
  const after = cursor === undefined ? null : readCursor(listing, cursor, momentPlace)
  if (after === undefined) return problem('invalid_cursor')
  const size = pageLimit(limit)
  let query = read
    .selectFrom('webhooks')
    .selectAll()
    .where('account_id', accountId === null ? 'is' : '=', accountId)
  if (after !== null) query = query.where(comesAfter(after, 'oldest first', 'created_at_ms', 'id'))
  const found = await query
    .orderBy('created_at_ms')
    .orderBy('id')
    .limit(size + 1)
    .execute()
  const { rows, nextCursor } = pageOf(found, size, listing, (row) => [row.created_at_ms, row.id])
  const nowMs = await now()
  return { items: rows.map((row) => webhookRecord(row, nowMs)), nextCursor }
}

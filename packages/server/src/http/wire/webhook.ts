import * as z from 'zod'
import type { DeliveryRecord, NoticeRecord, WebhookRecord } from '../../storage/ports-outbox.ts'
import { moment, momentOf, momentOrNull } from '../fields.ts'

const webhook = {
  id: z.string(),
  account: z.string().nullable().describe('`null`: it gets what happens in the whole installation'),
  url: z.string(),
  description: z.string().nullable(),
  events: z.array(z.string()).nullable().describe('The types that it gets; `null`: all'),
  state: z
    .enum(['active', 'paused', 'disabled'])
    .describe(
      '`paused`: messages wait until it is resumed. `disabled`: every attempt of three days failed, or the receiver answered 410; nothing is kept for it until it is `active` again',
    ),
  createdAt: moment,
  lastSuccessAt: moment.nullable(),
  failingSince: moment.nullable().describe('When the first attempt failed after the last success'),
  secretRotatingUntil: moment.nullable().describe('Until when messages are signed with the secret before as well'),
} as const

/** A webhook in an answer. */
export const WebhookWire = z.object(webhook).meta({ id: 'Webhook' })

/** A webhook in the one answer that has its secret. */
export const SecretWebhookWire = z
  .object({ ...webhook, secret: z.string().describe('Signs messages (Standard Webhooks); shown this once') })
  .meta({ id: 'SecretWebhook' })

/** A webhook as answers say it. */
export const webhookWire = (record: WebhookRecord): z.input<typeof WebhookWire> => ({
  id: record.id,
  account: record.accountId,
  url: record.url,
  description: record.description,
  events: record.events === null ? null : [...record.events],
  state: record.state,
  createdAt: momentOf(record.createdAtMs),
  lastSuccessAt: momentOrNull(record.lastSuccessAtMs),
  failingSince: momentOrNull(record.failingSinceMs),
  secretRotatingUntil: momentOrNull(record.secretRotatingUntilMs),
})

/** A message to a webhook in an answer. */
export const DeliveryWire = z
  .object({
    id: z.string().describe('`webhook-id` of the message, the same at every attempt'),
    event: z.int().nullable().describe('The number of the event in the log; `null`: a test'),
    type: z.string(),
    state: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.int(),
    createdAt: moment,
    lastAttemptAt: moment.nullable(),
    nextAttemptAt: moment.nullable(),
    lastStatus: z.int().nullable().describe("The status of the receiver's last answer"),
    lastError: z.string().nullable().describe('What kind of failure the last one was; never what the receiver said'),
  })
  .meta({ id: 'Delivery' })

/** A message as answers say it. */
export const deliveryWire = (record: DeliveryRecord): z.input<typeof DeliveryWire> => ({
  id: record.id,
  event: record.event,
  type: record.type,
  state: record.state,
  attempts: record.attempts,
  createdAt: momentOf(record.createdAtMs),
  lastAttemptAt: momentOrNull(record.lastAttemptAtMs),
  nextAttemptAt: momentOrNull(record.nextAttemptAtMs),
  lastStatus: record.lastStatus,
  lastError: record.lastError,
})

/** A notice in an answer. */
export const NoticeWire = z
  .object({
    id: z.string(),
    kind: z.enum([
      'key.created',
      'key.rotated',
      'key.revoked',
      'key.expiring',
      'key.rotation_due',
      'key.unused',
      'webhook.disabled',
    ]),
    key: z.string().nullable(),
    keyName: z.string().nullable().describe('`null` as well where the key has been deleted'),
    at: moment,
    days: z
      .int()
      .nullable()
      .describe('Days until it expires, since it was used, or of the age at which it is due, by the kind'),
    mailed: z.boolean(),
  })
  .meta({ id: 'Notice' })

/** A notice as answers say it. */
export const noticeWire = (record: NoticeRecord): z.input<typeof NoticeWire> => ({
  id: record.id,
  kind: record.kind,
  key: record.keyId,
  keyName: record.keyName,
  at: momentOf(record.atMs),
  days: record.days,
  mailed: record.mailed,
})

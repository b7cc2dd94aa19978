import type { StorageContext } from '../context.ts'
import type { Store } from '../open-store.ts'
import type { OutboxWork } from '../ports-outbox.ts'
import { dayMs } from './backoff.ts'
import { deliveryLeases, finishDelivery, releaseDelivery } from './delivery-queue.ts'
import { finishMail, leaseMail } from './mail-queue.ts'
import { noticeEvents } from './notice-reader.ts'
import { beginReading, readOn } from './readers.ts'
import { remindNext } from './reminders.ts'
import { deliveriesKeptMs } from './webhook-deliveries.ts'
import { queueDeliveries } from './webhook-reader.ts'

const readers = { webhooks: 'webhooks', notices: 'notices' } as const
const noticesKeptMs = 90 * dayMs

/** What the sender of messages does with the store; `touched` hears of accounts that have new notices. */
export function outboxOf(store: Store, context: StorageContext, touched: (accountId: string) => void): OutboxWork {
  const parts = { store, context, boxes: store.webhookBoxes }
  return {
    begin: () => beginReading(store, Object.values(readers)),
    readLog: async (mail) => {
      const moreWebhooks = await readOn(store, readers.webhooks, queueDeliveries(context))
      const moreNotices = await readOn(store, readers.notices, noticeEvents(context, mail, touched))
      return moreWebhooks || moreNotices
    },
    remind: (afterKeyId, mail) => remindNext(store, context, { afterKeyId, mail }, touched),
    leaseDeliveries: deliveryLeases(parts),
    finishDelivery: (delivery, outcome, random) => finishDelivery(parts, delivery, outcome, random),
    releaseDelivery: (delivery) => releaseDelivery(parts, delivery),
    leaseMail: (leaseMs) => leaseMail(store, context, leaseMs),
    finishMail: (mail, outcome, random) => finishMail(store, mail, outcome, random, touched),
    counts: () => countsOf(store),
    sweep: () => sweep(store),
  }
}

async function countsOf({ read }: Store): ReturnType<OutboxWork['counts']> {
  const waiting = async (table: 'webhook_deliveries' | 'mails') => {
    const row = await read
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('next_attempt_at_ms', 'is not', null)
      .executeTakeFirstOrThrow()
    return Number(row.count)
  }
  return { deliveries: await waiting('webhook_deliveries'), mails: await waiting('mails') }
}

const sweep = ({ transact, context }: Store): Promise<void> =>
  transact(async (database) => {
    const nowMs = await context.now(database)
    await database
      .deleteFrom('webhook_deliveries')
      .where('created_at_ms', '<=', nowMs - deliveriesKeptMs)
      .execute()
    // Mails go with their notices.
    await database
      .deleteFrom('notices')
      .where('at_ms', '<=', nowMs - noticesKeptMs)
      .execute()
    return { result: undefined, keep: true }
  })

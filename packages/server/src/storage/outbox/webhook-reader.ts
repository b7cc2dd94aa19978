import type { StorageContext } from '../context.ts'
import type { WebhookDeliveryRow } from '../schema-outbox.ts'
import type { ReadEntries } from './readers.ts'
import { deliveryOf, wants } from './webhook-deliveries.ts'

const rowsPerInsertMax = 200

/** Queues a message for every webhook that gets an event, of those that were there when it happened. */
export const queueDeliveries =
  (context: StorageContext): ReadEntries =>
  async (database, entries, nowMs) => {
    const accountIds = [...new Set(entries.flatMap(({ account_id: id }) => (id === null ? [] : [id])))]
    const webhooks = await database
      .selectFrom('webhooks')
      .selectAll()
      .where('state', '!=', 'disabled')
      .where(({ or, eb }) =>
        or([eb('account_id', 'is', null), ...(accountIds.length === 0 ? [] : [eb('account_id', 'in', accountIds)])]),
      )
      .execute()
    const rows: WebhookDeliveryRow[] = []
    for (const entry of entries) {
      for (const webhook of webhooks) {
        if (entry.at_ms >= webhook.created_at_ms && wants(webhook, entry))
          rows.push(deliveryOf(context, webhook, entry, nowMs))
      }
    }
    for (let start = 0; start < rows.length; start += rowsPerInsertMax) {
      await database
        .insertInto('webhook_deliveries')
        .values(rows.slice(start, start + rowsPerInsertMax))
        .onConflict((conflict) => conflict.columns(['webhook_id', 'entry_number']).doNothing())
        .execute()
    }
  }

import type { OutboxSchema } from '../schema.ts'
import type { Migration } from './migration.ts'
import { createTables, type Index, type Table } from './tables.ts'

const byAccount = 'references accounts (id) on delete cascade'

const tables: Readonly<Record<keyof OutboxSchema, Table>> = {
  outbox_places: { columns: { name: 'text primary key', number: 'whole' }, byPrimaryKey: true },
  webhooks: {
    columns: {
      id: 'text primary key',
      account_id: `text? ${byAccount}`,
      url: 'text',
      description: 'text?',
      events_json: 'text?',
      state: 'text',
      secret_box: 'text',
      old_secret_box: 'text?',
      old_secret_until_ms: 'whole?',
      created_by_kind: 'text',
      created_by_id: 'text',
      created_at_ms: 'whole',
      updated_at_ms: 'whole',
      last_success_at_ms: 'whole?',
      failing_since_ms: 'whole?',
    },
  },
  webhook_deliveries: {
    columns: {
      id: 'text primary key',
      webhook_id: 'text references webhooks (id) on delete cascade',
      entry_number: 'whole?',
      type: 'text',
      body: 'text',
      state: 'text',
      attempts: 'whole',
      failures: 'whole',
      created_at_ms: 'whole',
      last_attempt_at_ms: 'whole?',
      next_attempt_at_ms: 'whole?',
      lease: 'text?',
      last_status: 'whole?',
      last_error: 'text?',
    },
    constraints: ['unique (webhook_id, entry_number)'],
  },
  notices: {
    columns: {
      id: 'text primary key',
      account_id: `text ${byAccount}`,
      kind: 'text',
      key_id: 'text?',
      days: 'whole?',
      at_ms: 'whole',
      mailed: 'whole default 0',
    },
  },
  notice_marks: {
    columns: { mark: 'text primary key', key_id: 'text references keys (id) on delete cascade' },
    byPrimaryKey: true,
  },
  mails: {
    columns: {
      id: 'text primary key',
      notice_id: 'text references notices (id) on delete cascade',
      account_id: `text ${byAccount}`,
      person_id: 'text references people (id) on delete cascade',
      state: 'text',
      failures: 'whole',
      created_at_ms: 'whole',
      next_attempt_at_ms: 'whole?',
      lease: 'text?',
    },
  },
}

/** Those by `next_attempt_at_ms` hold what waits, and nothing of what is done. */
const indexes: readonly Index<keyof OutboxSchema>[] = [
  ['webhooks', 'account_id, created_at_ms, id'],
  ['webhook_deliveries', 'webhook_id, created_at_ms, id'],
  ['webhook_deliveries', 'webhook_id, next_attempt_at_ms', 'next_attempt_at_ms'],
  ['webhook_deliveries', 'next_attempt_at_ms', 'next_attempt_at_ms'],
  ['webhook_deliveries', 'created_at_ms'],
  ['notices', 'account_id, at_ms, id'],
  ['notices', 'at_ms'],
  ['notice_marks', 'key_id'],
  ['mails', 'next_attempt_at_ms', 'next_attempt_at_ms'],
  ['mails', 'notice_id'],
  ['mails', 'person_id, account_id'],
  ['mails', 'account_id'],
]

/** Webhooks, their deliveries, notices and mail. */
export const outbox: Migration = {
  name: 'outbox',
  compatibleFrom: 4,
  up: (database, capabilities) => createTables(database, capabilities, tables, indexes),
}

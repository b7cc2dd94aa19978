import type { Transaction } from 'kysely'
import type { DatabaseCapabilities } from '../database.ts'
import { endless } from '../endless.ts'
import { protectLog } from '../log/protection.ts'
import type { FoundationSchema, Schema } from '../schema.ts'
import type { Migration } from './migration.ts'
import { createTables, type Index, type Table } from './tables.ts'

const byAccount = 'references accounts (id) on delete cascade'
const byKey = 'references keys (id) on delete cascade'

const tables: Readonly<Record<keyof FoundationSchema, Table>> = {
  log_head: { columns: { id: 'whole primary key check (id = 1)', epoch: 'text', number: 'whole', hash: 'text' } },
  log_entries: {
    columns: {
      number: 'whole primary key',
      epoch: 'text',
      type: 'text',
      at_ms: 'whole',
      actor_kind: 'text',
      actor_id: 'text',
      account_id: 'text?',
      target_kind: 'text',
      target_id: 'text',
      scopes_json: 'text',
      before_json: 'text?',
      after_json: 'text?',
      reason: 'text?',
      request_id: 'text',
      personal_commitment: 'text?',
      log_key_id: 'text',
      hash: 'text',
    },
  },
  log_personal: { columns: { number: 'whole primary key', salt: 'text', data_json: 'text' } },
  log_checkpoints: {
    columns: {
      number: 'whole',
      epoch: 'text',
      hash: 'text',
      at_ms: 'whole',
      log_key_id: 'text',
      signature: 'text primary key',
      pruned: 'whole',
    },
  },
  configurations: {
    columns: { hash: 'text primary key', number: 'whole', applied_at_ms: 'whole', source_json: 'text' },
  },
  digest_chains: { columns: { id: 'text primary key', steps_json: 'text' } },
  accounts: {
    columns: {
      id: 'text primary key',
      name: 'text',
      external_id: 'text? unique',
      state: 'text',
      plan: 'text',
      overrides_json: 'text',
      cap_override_json: 'text?',
      created_at_ms: 'whole',
      updated_at_ms: 'whole',
      version: 'whole',
    },
  },
  members: {
    columns: {
      id: 'text primary key',
      account_id: `text ${byAccount}`,
      person_id: 'text?',
      external_id: 'text?',
      name: 'text?',
      role: 'text',
      state: 'text',
      created_at_ms: 'whole',
      updated_at_ms: 'whole',
      version: 'whole',
    },
    constraints: ['unique (account_id, external_id)'],
  },
  lineages: {
    columns: {
      id: 'text primary key',
      // No reference, hence no index to keep: the lineages of an account are deleted by way of its keys.
      account_id: 'text',
      // No reference: children of a deleted lineage keep its id, by which they stay refused.
      parent_lineage_id: 'text?',
      overrides_json: 'text',
      quota_override_json: 'text?',
    },
    byPrimaryKey: true,
  },
  keys: {
    columns: {
      id: 'text primary key',
      account_id: `text ${byAccount}`,
      lineage_id: 'text references lineages (id) on delete cascade',
      digest: 'text unique',
      digest_chain: 'text references digest_chains (id)',
      type: 'text',
      environment: 'text?',
      prefix: 'text',
      first_characters: 'text',
      last_characters: 'text',
      name: 'text?',
      name_search: 'text?',
      description: 'text?',
      state: 'text',
      grant_json: 'text',
      preset: 'text?',
      networks_json: 'text?',
      limits_json: 'text',
      quota_json: 'text?',
      metadata_json: 'text?',
      // No reference: keys of a member that was removed keep its id, by which they stay refused.
      owner_member_id: 'text?',
      expires_at_ms: 'whole?',
      ends_at_ms: 'whole?',
      rotated_to_id: 'text?',
      created_by_kind: 'text',
      created_by_id: 'text',
      created_at_ms: 'whole',
      updated_at_ms: 'whole',
      version: 'whole',
    },
  },
  credentials: {
    columns: {
      id: 'text primary key',
      kind: 'text',
      name: 'text',
      digest: 'text unique',
      digest_chain: 'text references digest_chains (id)',
      last_characters: 'text',
      environment: 'text?',
      audiences_json: 'text',
      created_by_kind: 'text',
      created_by_id: 'text',
      created_at_ms: 'whole',
    },
  },
  setup_links: {
    columns: {
      digest: 'text primary key',
      digest_chain: 'text references digest_chains (id)',
      created_at_ms: 'whole',
    },
  },
  idempotency: {
    columns: {
      caller: 'text',
      route: 'text',
      idempotency_key: 'text',
      fingerprint: 'text',
      status: 'whole',
      response_json: 'text',
      created_at_ms: 'whole',
    },
    constraints: ['primary key (caller, route, idempotency_key)'],
    byPrimaryKey: true,
  },
  quota_uses: {
    columns: {
      lineage_id: 'text references lineages (id) on delete cascade',
      period: 'text',
      used: 'whole check (used >= 0)',
    },
    constraints: ['primary key (lineage_id, period)'],
    byPrimaryKey: true,
  },
  key_last_used: {
    columns: { key_id: `text primary key ${byKey}`, at_ms: 'whole', network: 'text?', user_agent: 'text?' },
    byPrimaryKey: true,
  },
  usage: {
    columns: { key_id: `text ${byKey}`, hour_ms: 'whole', code: 'text', tag: 'text', count: 'whole' },
    constraints: ['primary key (key_id, hour_ms, code, tag)'],
    byPrimaryKey: true,
  },
  activity: {
    columns: {
      id: 'text primary key',
      key_id: `text ${byKey}`,
      at_ms: 'whole',
      code: 'text',
      permission: 'text?',
      network: 'text?',
      user_agent: 'text?',
      tag: 'text?',
    },
  },
  refusals: {
    columns: { hour_ms: 'whole', code: 'text', network: 'text', count: 'whole' },
    constraints: ['primary key (hour_ms, code, network)'],
    byPrimaryKey: true,
  },
  usage_batches: {
    columns: { process: 'text', number: 'whole', at_ms: 'whole' },
    constraints: ['primary key (process, number)'],
    byPrimaryKey: true,
  },
}

/** Absent values are left out of an index where none is ever looked up. */
const indexes: readonly Index<keyof FoundationSchema>[] = [
  ['log_entries', 'account_id, number', 'account_id'],
  ['log_entries', 'target_id, number'],
  ['log_entries', 'type, number'],
  ['accounts', 'created_at_ms, id'],
  ['lineages', 'parent_lineage_id', 'parent_lineage_id'],
  ['keys', 'account_id, created_at_ms, id'],
  ['keys', 'account_id, name_search, id'],
  ['keys', `account_id, coalesce(ends_at_ms, ${endless}), id`],
  ['keys', 'lineage_id'],
  ['keys', 'owner_member_id', 'owner_member_id'],
  ['credentials', 'created_at_ms, id'],
  ['idempotency', 'created_at_ms'],
  ['activity', 'key_id, at_ms, id'],
  ['activity', 'at_ms'],
  ['usage_batches', 'at_ms'],
]

/** Every table of the first release, its indexes and the guard of the log. */
export const foundation: Migration = {
  name: 'foundation',
  compatibleFrom: 1,
  async up(database: Transaction<Schema>, capabilities: DatabaseCapabilities): Promise<void> {
    await createTables(database, capabilities, tables, indexes)
    await protectLog(database, capabilities)
  },
}

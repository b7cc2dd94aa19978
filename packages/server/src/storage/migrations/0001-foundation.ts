import { sql, type Transaction } from 'kysely'
import type { DatabaseCapabilities } from '../database.ts'
import { endless } from '../endless.ts'
import { protectLog } from '../log/protection.ts'
import type { Schema } from '../schema.ts'
import type { Migration } from './migration.ts'

/** Columns as `name kind`: `text` or `whole`, `?` where it may be absent, then constraints in SQL. */
type Columns = Readonly<Record<string, string>>

const byAccount = 'references accounts (id) on delete cascade'
const byKey = 'references keys (id) on delete cascade'

interface Table {
  readonly columns: Columns
  readonly constraints?: readonly string[]
  /** Small rows that are found by their primary key: they lie in its order, where the database can do so. */
  readonly byPrimaryKey?: boolean
}

const tables: Readonly<Record<keyof Schema, Table>> = {
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
const indexes: readonly (readonly [table: keyof Schema, columns: string, present?: string])[] = [
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

function columnSql(name: string, definition: string, capabilities: DatabaseCapabilities): string {
  const [, kind, absent, rest] = /^(text|whole)(\??)(.*)$/.exec(definition) ?? []
  const type = kind === 'whole' ? capabilities.wholeNumber : capabilities.text
  return `"${name}" ${type}${absent === '?' ? '' : ' not null'}${rest}`
}

/** Every table of the first release, its indexes and the guard of the log. */
export const foundation: Migration = {
  name: 'foundation',
  async up(database: Transaction<Schema>, capabilities: DatabaseCapabilities): Promise<void> {
    for (const [table, { columns, constraints = [], byPrimaryKey = false }] of Object.entries(tables)) {
      const parts = Object.entries(columns).map(([name, definition]) => columnSql(name, definition, capabilities))
      const body = [...parts, ...constraints].join(', ')
      const end = byPrimaryKey ? capabilities.tableByPrimaryKeyEnd : capabilities.tableEnd
      await sql.raw(`create table "${table}" (${body}) ${end}`).execute(database)
    }
    for (const [table, columns, present] of indexes) {
      const name = `${table}_by_${columns.replaceAll(/coalesce\((\w+), \d+\)/g, '$1').replaceAll(', ', '_and_')}`
      const part = present === undefined ? '' : ` where ${present} is not null`
      await sql.raw(`create index ${name} on "${table}" (${columns})${part}`).execute(database)
    }
    await protectLog(database, capabilities)
  },
}

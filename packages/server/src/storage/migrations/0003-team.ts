import { sql } from 'kysely'
import type { TeamSchema } from '../schema.ts'
import type { Migration } from './migration.ts'
import { createTables, type Index, type Table } from './tables.ts'

const tables: Readonly<Record<keyof TeamSchema, Table>> = {
  operators: {
    columns: {
      person_id: 'text primary key references people (id) on delete cascade',
      suspended: 'whole default 0',
      created_by_kind: 'text',
      created_by_id: 'text',
      created_at_ms: 'whole',
    },
  },
  invitations: {
    columns: {
      id: 'text primary key',
      account_id: 'text? references accounts (id) on delete cascade',
      email: 'text',
      role: 'text?',
      digest: 'text unique',
      digest_chain: 'text references digest_chains (id)',
      invited_by_kind: 'text',
      invited_by_id: 'text',
      created_at_ms: 'whole',
      expires_at_ms: 'whole',
    },
  },
  suspended_memberships: {
    columns: {
      member_id: 'text primary key references members (id) on delete cascade',
      person_id: 'text',
    },
  },
}

const indexes: readonly Index<keyof TeamSchema>[] = [
  ['invitations', 'account_id, created_at_ms, id'],
  ['operators', 'created_at_ms, person_id'],
  ['suspended_memberships', 'person_id'],
]

const statements = [
  // An address is invited once to an account (or as an operator), and a person is a member of it once.
  "create unique index invitations_once on invitations (coalesce(account_id, ''), email)",
  'create unique index members_once on members (person_id, account_id) where person_id is not null',
  // What the summary counts, so that it need not read whole rows, in the order of last uses, which are looked up twice as fast in their order.
  'create index keys_overview on keys (account_id, id, state, created_at_ms, ends_at_ms, expires_at_ms, rotated_to_id, lineage_id)',
  `create index keys_unrestricted on keys (account_id, state, ends_at_ms) where grant_json = '"unrestricted"'`,
]

/** Operators, invitations, what suspended people come back to, and what the page asks of many keys. */
export const team: Migration = {
  name: 'team',
  compatibleFrom: 3,
  async up(database, capabilities) {
    await createTables(database, capabilities, tables, indexes)
    for (const statement of statements) await sql.raw(statement).execute(database)
  },
}

import type { SignInSchema } from '../schema.ts'
import type { Migration } from './migration.ts'
import { createTables, type Index, type Table } from './tables.ts'

const byPerson = 'references people (id) on delete cascade'

const tables: Readonly<Record<keyof SignInSchema, Table>> = {
  people: {
    columns: {
      id: 'text primary key',
      name: 'text',
      email: 'text unique',
      email_verified: 'whole',
      image: 'text?',
      language: 'text?',
      suspended: 'whole default 0',
      two_factor_enabled: 'whole default 0',
      created_at: 'text',
      updated_at: 'text',
    },
  },
  sessions: {
    columns: {
      id: 'text primary key',
      person_id: `text ${byPerson}`,
      token: 'text unique',
      expires_at: 'text',
      created_at: 'text',
      updated_at: 'text',
      network: 'text?',
      user_agent: 'text?',
      proved_at_ms: 'whole',
    },
  },
  sign_in_methods: {
    columns: {
      id: 'text primary key',
      person_id: `text ${byPerson}`,
      provider: 'text',
      subject: 'text',
      password: 'text?',
      scope: 'text?',
      created_at: 'text',
      updated_at: 'text',
    },
    constraints: ['unique (provider, subject)'],
  },
  verifications: {
    columns: {
      id: 'text primary key',
      identifier: 'text',
      value: 'text',
      expires_at: 'text',
      created_at: 'text',
      updated_at: 'text',
    },
  },
  second_factors: {
    columns: {
      id: 'text primary key',
      person_id: `text unique ${byPerson}`,
      secret: 'text',
      backup_codes: 'text',
      verified: 'whole',
      failed_verification_count: 'whole?',
      locked_until: 'text?',
      last_step: 'whole?',
    },
  },
  passkeys: {
    columns: {
      id: 'text primary key',
      person_id: `text ${byPerson}`,
      name: 'text?',
      public_key: 'text',
      credential_id: 'text unique',
      counter: 'whole',
      device_type: 'text',
      backed_up: 'whole',
      transports: 'text?',
      created_at: 'text?',
      aaguid: 'text?',
    },
  },
  password_resets: {
    columns: { person_id: `text primary key ${byPerson}`, digest: 'text unique', expires_at_ms: 'whole' },
    byPrimaryKey: true,
  },
}

const indexes: readonly Index<keyof SignInSchema>[] = [
  ['people', 'created_at, id'],
  ['sessions', 'person_id'],
  ['sign_in_methods', 'person_id'],
  ['verifications', 'identifier'],
  ['verifications', 'expires_at'],
  ['passkeys', 'person_id'],
]

/** People, their sessions and their factors. */
export const signIn: Migration = {
  name: 'sign-in',
  compatibleFrom: 2,
  up: (database, capabilities) => createTables(database, capabilities, tables, indexes),
}

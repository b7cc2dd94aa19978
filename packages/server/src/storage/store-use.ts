import type { Database } from './database.ts'

/** What a store already depends on, asked before it is opened. */
export interface StoreUse {
  /** Digests of keys, credentials or invitations, second factors or signing secrets are stored: their pepper is needed. */
  readonly digests: boolean
  /** The log has begun: its key is needed. */
  readonly log: boolean
}

const dependants = ['keys', 'credentials', 'invitations', 'people', 'webhooks'] as const

/** Looks into a database that may be empty, without changing it. */
export async function storeUse({ read }: Pick<Database, 'read'>): Promise<StoreUse> {
  const tables = new Set((await read.introspection.getTables()).map(({ name }) => name))
  const any = async (table: (typeof dependants)[number] | 'log_head') =>
    tables.has(table) && (await read.selectFrom(table).select('id').limit(1).executeTakeFirst()) !== undefined
  let digests = false
  for (const table of dependants) digests ||= await any(table)
  return { digests, log: await any('log_head') }
}

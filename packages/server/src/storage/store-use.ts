import type { Database } from './database.ts'

/** What a store already depends on, asked before it is opened. */
export interface StoreUse {
  /** Digests of keys or credentials are stored: their pepper is needed. */
  readonly digests: boolean
  /** The log has begun: its key is needed. */
  readonly log: boolean
}

/** Looks into a database that may be empty, without changing it. */
export async function storeUse({ read }: Pick<Database, 'read'>): Promise<StoreUse> {
  const tables = new Set((await read.introspection.getTables()).map(({ name }) => name))
  const any = async (table: 'keys' | 'credentials' | 'log_head') =>
    tables.has(table) && (await read.selectFrom(table).select('id').limit(1).executeTakeFirst()) !== undefined
  return { digests: (await any('keys')) || (await any('credentials')), log: await any('log_head') }
}

import type { Transaction } from 'kysely'
import type { DatabaseCapabilities } from '../database.ts'
import type { Schema } from '../schema.ts'

/** One step of the schema. Its place in the list is its version; a released one never changes. */
export interface Migration {
  readonly name: string
  up(database: Transaction<Schema>, capabilities: DatabaseCapabilities): Promise<void>
}

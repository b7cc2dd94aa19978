import type { Transaction } from 'kysely'
import type { DatabaseCapabilities } from '../database.ts'
import type { Schema } from '../schema.ts'

/** One step of the schema. Its place in the list is its version; a released one never changes. */
export interface Migration {
  readonly name: string
  /**
   * The oldest version whose programs go on working, reading and writing, once this step was taken; its own version: none but those that know it.
   * A step that only adds what older programs need not know (a table, a column that may be absent, an index) names the version before.
   */
  readonly compatibleFrom: number
  up(database: Transaction<Schema>, capabilities: DatabaseCapabilities): Promise<void>
}

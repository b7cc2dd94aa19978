import type { RestoreSchema } from '../schema.ts'
import type { Migration } from './migration.ts'
import { createTables, type Table } from './tables.ts'

const tables: Readonly<Record<keyof RestoreSchema, Table>> = {
  restore_marks: { columns: { id: 'whole primary key check (id = 1)', through: 'whole', at_ms: 'whole' } },
}

/** Where a restored store says, to every node at once, that it waits for confirmation. */
export const restoreMark: Migration = {
  name: 'restore-mark',
  // A program that does not know it would serve a store that waits for confirmation.
  compatibleFrom: 6,
  up: (database, capabilities) => createTables(database, capabilities, tables, []),
}

import { sql, type Transaction } from 'kysely'
import type { DatabaseCapabilities } from '../database.ts'
import type { Schema } from '../schema.ts'

const refusal = 'entries of the log are only ever added'

/** Makes the database itself refuse to change or remove entries of the log. */
export async function protectLog(
  database: Transaction<Schema>,
  capabilities: Pick<DatabaseCapabilities, 'triggerFunctions'>,
): Promise<void> {
  if (capabilities.triggerFunctions) {
    await sql
      .raw(
        `create or replace function refuse_log_change() returns trigger language plpgsql as $$ begin raise exception '${refusal}'; end $$`,
      )
      .execute(database)
    await sql
      .raw(
        'create trigger log_entries_kept before update or delete or truncate on log_entries for each statement execute function refuse_log_change()',
      )
      .execute(database)
    return
  }
  for (const [name, change] of [
    ['log_entries_unchanged', 'update'],
    ['log_entries_kept', 'delete'],
  ]) {
    await sql
      .raw(`create trigger ${name} before ${change} on log_entries begin select raise(abort, '${refusal}'); end`)
      .execute(database)
  }
}

/** Lifts the guard for the rest of a transaction that puts it back: pruning, and nothing else. */
export async function unprotectLog(
  database: Transaction<Schema>,
  capabilities: Pick<DatabaseCapabilities, 'triggerFunctions'>,
): Promise<void> {
  if (capabilities.triggerFunctions) {
    await sql.raw('drop trigger log_entries_kept on log_entries').execute(database)
    return
  }
  await sql.raw('drop trigger log_entries_unchanged').execute(database)
  await sql.raw('drop trigger log_entries_kept').execute(database)
}

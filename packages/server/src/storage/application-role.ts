import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from './database.ts'
import type { Schema } from './schema.ts'

const everything = 'select, insert, update, delete'

/** What the application may do with tables that are not simply its own: it adds to the log, and never takes away from it. */
const narrowed: Readonly<Record<string, string>> = {
  schema_versions: 'select',
  log_head: 'select, insert, update',
  log_entries: 'select, insert',
  log_checkpoints: 'select, insert',
  // Who confirms a restore is whoever may restore.
  restore_marks: 'select',
  // Its rows are erased on request; the entry beside it stays.
  log_personal: 'select, insert, delete',
}

/** A table, and whether it is a part of another one, by way of which alone the application uses it. */
interface TableName {
  readonly name: string
  readonly schema: string
  readonly part: boolean
}

/** The statements that give a role what a server needs of the tables in the current schema, and nothing else; the last word on each table is said here. */
async function grantStatements(database: Kysely<Schema>, role: string): Promise<readonly string[]> {
  const { rows } = await sql<TableName>`
    select relname as name, current_schema() as schema, relispartition as part from pg_class
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') order by relname`.execute(database)
  const functions = await sql<{ readonly signature: string }>`
    select oid::regprocedure::text as signature from pg_proc
    where pronamespace = current_schema()::regnamespace and prosecdef order by 1`.execute(database)
  const quote = (name: string) => `"${name.replaceAll('"', '""')}"`
  const [first] = rows
  if (first === undefined) return []
  return [
    `grant usage on schema ${quote(first.schema)} to ${quote(role)}`,
    ...rows.flatMap(({ name, schema, part }) => {
      const table = `${quote(schema)}.${quote(name)}`
      const revoked = `revoke all on ${table} from ${quote(role)}`
      return part ? [revoked] : [revoked, `grant ${narrowed[name] ?? everything} on ${table} to ${quote(role)}`]
    }),
    // They do what the role may not, within what they say.
    ...functions.rows.map(({ signature }) => `grant execute on function ${signature} to ${quote(role)}`),
  ]
}

/** Why a role cannot be that of the application; `null`: it can. */
async function roleFault(database: Transaction<Schema>, role: string): Promise<string | null> {
  const { rows } = await sql<{ readonly powerful: boolean; readonly owner: boolean }>`
    select rolsuper or rolcreaterole as powerful, pg_has_role(${role}, current_user, 'usage') as owner
    from pg_roles where rolname = ${role}`.execute(database)
  const [found] = rows
  if (found === undefined) return 'there is no such role; create it with CREATE ROLE, with LOGIN and a password'
  if (found.powerful) return 'it is a superuser, or may make roles, and could undo every restriction'
  if (found.owner) return 'it has the rights of the role that owns the tables; take it out of that role'
  return null
}

/** Gives a role what a server needs and nothing else; answers why it cannot be, or `null`. */
export async function grantToApplication({ write }: Pick<Database, 'write'>, role: string): Promise<string | null> {
  return await write.transaction().execute(async (transaction) => {
    const fault = await roleFault(transaction, role)
    if (fault !== null) return fault
    for (const statement of await grantStatements(transaction, role)) await sql.raw(statement).execute(transaction)
    return null
  })
}

/** Whether the user of a database could change or remove entries of the log. */
export async function mayChangeLog({ read }: Pick<Database, 'read'>): Promise<boolean> {
  const { rows } = await sql<{ readonly may: boolean }>`
    select has_table_privilege('log_entries', 'update') or has_table_privilege('log_entries', 'delete')
      or has_table_privilege('log_entries', 'truncate') or pg_has_role(tableowner, 'usage') as may
    from pg_tables where schemaname = current_schema() and tablename = 'log_entries'`.execute(read)
  return rows[0]?.may === true
}

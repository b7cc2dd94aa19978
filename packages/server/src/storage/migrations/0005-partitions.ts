import { sql, type Transaction } from 'kysely'
import type { DatabaseCapabilities } from '../database.ts'
import type { Schema } from '../schema.ts'
import { partitionFunctions } from './0005-partition-functions.ts'
import type { Migration } from './migration.ts'
import { createTables, type Table } from './tables.ts'

/** The new tables: the column by which they are split has to belong to their primary key. */
const tables: Readonly<Record<'usage' | 'activity', Table>> = {
  usage: {
    columns: { key_id: 'text', hour_ms: 'whole', code: 'text', tag: 'text', count: 'whole' },
    constraints: ['primary key (key_id, hour_ms, code, tag)'],
  },
  activity: {
    columns: {
      id: 'text',
      key_id: 'text',
      at_ms: 'whole',
      code: 'text',
      permission: 'text?',
      network: 'text?',
      user_agent: 'text?',
      tag: 'text?',
    },
    constraints: ['primary key (key_id, at_ms, id)'],
  },
}

/** A table that is split, and by which column. */
interface Split {
  readonly name: 'usage' | 'activity'
  readonly moment: 'hour_ms' | 'at_ms'
  /** Makes it; `tableEnd` of the capabilities says how it is split. */
  make(database: Transaction<Schema>, capabilities: DatabaseCapabilities): Promise<void>
  /** Constraints and indexes of the table before that do not fit a part of the new one. */
  readonly before: readonly string[]
}

const usage: Split = {
  name: 'usage',
  moment: 'hour_ms',
  make: (database, capabilities) => createTables(database, capabilities, { usage: tables.usage }, []),
  before: ['alter table usage drop constraint usage_key_id_fkey'],
}

const activity: Split = {
  name: 'activity',
  moment: 'at_ms',
  make: (database, capabilities) => createTables(database, capabilities, { activity: tables.activity }, []),
  before: [
    'alter table activity drop constraint activity_key_id_fkey, drop constraint activity_pkey',
    'drop index activity_by_key_id_and_at_ms_and_id',
    'drop index activity_by_at_ms',
  ],
}

/**
 * Usage by weeks and activity by days, where the database can do so. Rows that are there stay where they lie, as one part that ends with the
 * current week or day. No reference to keys: each new part would lock them against changes.
 */
export const partitions: Migration = {
  name: 'partitions',
  compatibleFrom: 5,
  async up(database: Transaction<Schema>, capabilities: DatabaseCapabilities): Promise<void> {
    if (!capabilities.partitions) return
    const run = async (statement: string) => void (await sql.raw(statement).execute(database))
    const { rows } = await sql<{ readonly schema: string }>`select quote_ident(current_schema()) as schema`.execute(
      database,
    )
    for (const statement of partitionFunctions(rows[0]?.schema ?? '')) await run(statement)
    await run('lock table usage, activity in access exclusive mode')
    for (const { name, moment, make, before } of [usage, activity]) {
      for (const statement of before) await run(statement)
      await run(`alter table ${name} rename to ${name}_before`)
      if (name === 'usage') await run('alter index usage_pkey rename to usage_before_pkey')
      const tableEnd = `partition by range (${moment})`
      await make(database, { ...capabilities, tableEnd })
      await run(`create table ${name}_default partition of ${name} default`)
      await keepBefore(database, { name, moment })
      await run(`select make_partitions('${name}')`)
    }
    await run('create trigger keys_forget_use after delete on keys for each row execute function forget_use_of_key()')
  },
}

/** Makes the table before a part of the new one, up to the end of the current week or day; nothing is copied. */
async function keepBefore(database: Transaction<Schema>, { name, moment }: Pick<Split, 'name' | 'moment'>) {
  const [before, rest] = [`${name}_before`, `${name}_default`].map((table) => sql.table(table)) as [
    ReturnType<typeof sql.table>,
    ReturnType<typeof sql.table>,
  ]
  const { rows } = await sql<{ readonly end_ms: number; readonly filled: boolean }>`
    select partition_start(${name}, floor(extract(epoch from clock_timestamp()) * 1000)::bigint) + partition_length(${name}) as end_ms,
      exists (select 1 from ${before}) as filled`.execute(database)
  const [found] = rows
  if (found === undefined || !found.filled) {
    await sql`drop table ${before}`.execute(database)
    return
  }
  const end = sql.lit(Number(found.end_ms))
  // What a wrong clock brought here from later.
  await sql`with later as (delete from ${before} where ${sql.ref(moment)} >= ${end} returning *)
    insert into ${rest} select * from later`.execute(database)
  await sql`alter table ${sql.table(name)} attach partition ${before} for values from (minvalue) to (${end})`.execute(
    database,
  )
}

import { sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import { copyTables, countRows, type StoredTable, tablesOf } from './copy-tables.ts'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import { openTestDatabase, openTestSqlite, type TestDatabase, testDatabases } from './testing.ts'

const opened: TestDatabase[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

async function migrated(opening: TestDatabase | Promise<TestDatabase>): Promise<Database> {
  const each = await opening
  opened.push(each)
  await migrate(each.database, 0)
  return each.database
}

const servers = testDatabases.filter(
  (kind) => kind !== 'sqlite' && (kind !== 'postgres' || process.env['KEYWRIGHT_TEST_POSTGRES'] !== undefined),
)

/** Text that a copy could hurt; the same in every column, so that every reference leads somewhere. */
const text = 'ä\'"\\ 😀\u2028 東京'

/** One row of everything, with the largest numbers that are stored. */
async function fillAll(
  { write }: Database,
  tables: readonly StoredTable[],
  numbers: ReadonlySet<string>,
): Promise<void> {
  for (const { name, columns } of tables) {
    const largest = (column: string) => (column === 'id' ? 1 : Number.MAX_SAFE_INTEGER)
    const values = columns.map((column) => (numbers.has(`${name}.${column}`) ? largest(column) : text))
    await sql`insert into ${sql.table(name)} (${sql.join(columns.map((column) => sql.ref(column)))}) values (${sql.join(values)})`.execute(
      write,
    )
  }
}

const rowsOf = async ({ read }: Database, tables: readonly StoredTable[]) =>
  Object.fromEntries(
    await Promise.all(
      tables.map(async ({ name, key }) => {
        const order = sql.join(key.map((column) => sql.ref(column)))
        return [name, (await sql`select * from ${sql.table(name)} order by ${order}`.execute(read)).rows] as const
      }),
    ),
  )

const copy = (from: Database, to: Database, tables: readonly StoredTable[]) =>
  to.write.transaction().execute((target) => copyTables({ source: from.read, target }, tables))

describe.each(servers)('between the embedded database and %s', (kind) => {
  test('every table that migrations make is carried, with every column, however the server divides it', async () => {
    const [file, server] = [await migrated(openTestSqlite()), await migrated(openTestDatabase(kind))]
    const { rows } = await sql<{ readonly name: string; readonly column: string }>`
      select c.relname as name, a.attname as "column" from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and a.attnum > 0 and not a.attisdropped`.execute(server.read)
    const there = rows.filter(({ name }) => name !== 'schema_versions').map(({ name, column }) => `${name}.${column}`)
    const carried = (await tablesOf(file.read)).flatMap(({ name, columns }) => columns.map((each) => `${name}.${each}`))
    expect(carried.toSorted()).toEqual(there.toSorted())
  })

  test('rows of every table, and more of one than a piece holds, come back as they were, absent values too', async () => {
    const [file, server] = [await migrated(openTestSqlite()), await migrated(openTestDatabase(kind))]
    const back = await migrated(openTestSqlite())
    const tables = await tablesOf(file.read)
    const { rows: numbers } = await sql<{ readonly name: string }>`
      select t.name || '.' || c.name as name from sqlite_schema t join pragma_table_info(t.name) c
      where t.type = 'table' and c.type = 'INTEGER'`.execute(file.read)
    await fillAll(file, tables, new Set(numbers.map(({ name }) => name)))
    for (let hour = 0; hour < 1_203; hour++) {
      const row = { key_id: text, hour_ms: hour, code: hour % 2 === 0 ? 'a' : 'B', tag: '', count: hour }
      await file.write.insertInto('usage').values(row).execute()
    }
    const absent = { person_id: null, external_id: null, name: null, role: 'r', state: 'active', version: 1 } as const
    const member = { id: 'another', account_id: text, created_at_ms: 0, updated_at_ms: 0, ...absent }
    await file.write.insertInto('members').values(member).execute()

    const before = await rowsOf(file, tables)
    const counts = await copy(file, server, tables)
    expect(counts).toMatchObject({ usage: 1_204, members: 2, log_entries: 1, keys: 1 })
    expect(Object.keys(counts)).toEqual(tables.map(({ name }) => name))
    expect(await rowsOf(server, tables)).toEqual(before)
    expect(await copy(server, back, tables)).toEqual(counts)
    expect(await rowsOf(back, tables)).toEqual(before)
  })

  test('what cannot be copied is named, and nothing of it stays', async () => {
    const [file, server] = [await migrated(openTestSqlite()), await migrated(openTestDatabase(kind))]
    const tables = await tablesOf(file.read)
    const account = {
      name: 'zero \0 byte',
      external_id: null,
      state: 'active',
      plan: 'p',
      overrides_json: '{}',
    } as const
    const row = { id: 'one', ...account, cap_override_json: null, created_at_ms: 0, updated_at_ms: 0, version: 1 }
    await file.write
      .insertInto('accounts')
      .values([{ ...row, id: 'two', name: 'Sound' }, row])
      .execute()
    await expect(copy(file, server, tables)).rejects.toThrow(/^Rows of the table accounts cannot be copied \(/)
    expect(Object.values(await countRows(server.read, tables)).every((count) => count === 0)).toBe(true)
  })
})

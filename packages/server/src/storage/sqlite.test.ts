import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { migrate } from './migrate.ts'
import { migrations } from './migrations/all.ts'
import type { Migration } from './migrations/migration.ts'
import { openSqlite } from './sqlite.ts'
import { transactOn } from './transact.ts'

test('a change that waits for one of another process holds up nothing else in its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-sqlite-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'keywright.db')
  const [one, other] = [openSqlite(file), openSqlite(file)]
  await sql`create table things (id integer primary key)`.execute(one.write)
  const add = (database: typeof one, id: number, before: Promise<unknown>) =>
    transactOn(database)(async (transaction) => {
      await before
      await sql`insert into things values (${id})`.execute(transaction)
      return { result: id, keep: true }
    })
  let commit: () => void = () => {}
  const held = add(one, 1, new Promise<void>((resolve) => (commit = resolve)))
  await nextTurn()
  await nextTurn()
  let isDone = false
  const waiting = add(other, 2, Promise.resolve()).then(() => {
    isDone = true
  })
  for (let turn = 0; turn < 100; turn++) await nextTurn()
  expect(isDone).toBe(false)
  commit()
  await held
  await waiting
  const { rows } = await sql<{ id: number }>`select id from things order by id`.execute(other.read)
  expect(rows.map(({ id }) => id)).toEqual([1, 2])
  await Promise.all([one.close(), other.close()])
})

test('a file is migrated once by programs of two releases that start at the same moment, all of which go on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-sqlite-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const next: Migration = {
    name: 'next',
    compatibleFrom: migrations.length,
    up: async (transaction) => void (await sql`create table next_table (id integer)`.execute(transaction)),
  }
  const lists = [migrations, [...migrations, next]]
  const databases = Array.from({ length: 4 }, () => openSqlite(join(folder, 'keywright.db')))
  const applied = await Promise.all(databases.map((each, index) => migrate(each, 1, lists[index % 2])))
  expect(applied.flat().sort()).toEqual([...migrations, next].map(({ name }) => name).sort())
  for (const each of databases) expect(await migrate(each, 1, migrations)).toEqual([])
  await Promise.all(databases.map((each) => each.close()))
})

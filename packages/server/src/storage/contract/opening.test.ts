import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isProblem } from '@keywright/core'
import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { logKeysOf, peppersOf } from '../../crypto.ts'
import { StartError } from '../../start-error.ts'
import { checksOf } from '../checks.ts'
import { endless } from '../endless.ts'
import { headReader } from '../log/head.ts'
import { verifyLog } from '../log/verify.ts'
import { migrate } from '../migrate.ts'
import { migrations } from '../migrations/all.ts'
import { openStore, type StoreParts } from '../open-store.ts'
import { openSqlite } from '../sqlite.ts'
import {
  openTestSqlite,
  openTestStorage,
  testClock,
  testConfig,
  testLogKeys,
  testOperator,
  testPeppers,
  testRandomBytes,
} from '../testing.ts'
import { accountEvent, storeKey } from './parts.ts'
import { contractSuite } from './suite.ts'

const partsOf = (database: StoreParts['database'], peppers = testPeppers): StoreParts => ({
  database,
  clock: testClock(),
  randomBytes: testRandomBytes(2),
  peppers,
  logKeys: testLogKeys,
  config: () => testConfig(),
  applied: async () => {},
})

contractSuite('opening', (open, kind) => {
  it('migrates once and changes nothing the second time', async () => {
    const { store } = await open()
    const before = await store.read.selectFrom('log_head').selectAll().execute()
    await openStore(partsOf(store.database))
    expect(await store.read.selectFrom('log_head').selectAll().execute()).toEqual(before)
    expect(await migrate(store.database, 1)).toEqual([])
  })

  it('applies what is new, all or nothing, and records it', async () => {
    const { store } = await open()
    const [known, newest] = [migrations.length, migrations.length + 1]
    const next = {
      name: 'next',
      compatibleFrom: newest,
      up: (database: typeof store.read) => sql`create table next_table (id integer)`.execute(database).then(() => {}),
    }
    const failing = { name: 'failing', compatibleFrom: newest + 1, up: () => Promise.reject(new Error('a bug')) }
    await expect(migrate(store.database, 1, [...migrations, next, failing])).rejects.toThrow('a bug')
    expect(await migrate(store.database, 1, [...migrations, next])).toEqual(['next'])
    const { rows } = await sql<{
      version: number
      name: string
    }>`select version, name from schema_versions order by version`.execute(store.read)
    expect(rows.map(({ name }) => name)).toEqual([...migrations.map(({ name }) => name), 'next'])
    expect(rows.map(({ version }) => version)).toEqual(Array.from({ length: newest }, (_, index) => index + 1))
    const refusal = new RegExp(
      `schema version ${newest}, made by a newer Keywright, and this one knows versions up to ${known};`,
    )
    await expect(openStore(partsOf(store.database))).rejects.toThrow(refusal)
    await expect(openStore(partsOf(store.database))).rejects.toThrow(StartError)
  })

  it('T22: a store with keys and another pepper does not open, says which one it needs and writes nothing', async () => {
    const { store } = await open()
    await storeKey(store, 'key_1')
    const before = await store.read.selectFrom('digest_chains').selectAll().execute()
    const other = peppersOf(new Uint8Array(32).fill(8))
    const refusal = await openStore(partsOf(store.database, other)).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(StartError)
    expect(String(refusal)).toContain(testPeppers.current.id)
    expect(await store.read.selectFrom('digest_chains').selectAll().execute()).toEqual(before)
  })

  it('finds keys under an older pepper beside a newer one', async () => {
    const { store } = await open()
    const text = await storeKey(store, 'key_1')
    const both = peppersOf(new Uint8Array(32).fill(8), new Uint8Array(32).fill(7))
    const reopened = await openStore(partsOf(store.database, both))
    const checks = checksOf(reopened, headReader(reopened.database, reopened.log.signer, reopened.clock))
    expect((await checks.key(text)).facts?.id).toBe('key_1')
    const newer = await storeKey(reopened, 'key_2')
    expect((await checks.key(newer)).facts?.id).toBe('key_2')
  })

  it('tells whether any key is stored, through the whole storage', async () => {
    const storage = await openTestStorage({ kind })
    const account = await storage.accounts.create(testOperator, { name: 'An account' })
    if (isProblem(account)) throw new Error(account.problem)
    expect(await storage.hasKeys()).toBe(false)
    const key = await storage.keys.create(testOperator, account.record.id, { name: 'A key' })
    if (isProblem(key)) throw new Error(key.problem)
    expect(await storage.hasKeys()).toBe(true)
    expect((await storage.checks.key(key.secret?.expose() ?? '')).facts?.id).toBe(key.record.id)
    expect(await storage.log.verify([])).toMatchObject({ entries: 3, faults: [] })
    await storage.close()
  })

  it('takes another pepper while nothing is stored under the first', async () => {
    const { store } = await open()
    await expect(openStore(partsOf(store.database, peppersOf(new Uint8Array(32).fill(8))))).resolves.toBeDefined()
  })
})

describe('the embedded database', () => {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })
  const fresh = () => {
    const opened = openTestSqlite()
    closing.push(opened.close)
    return opened
  }

  it('flushes each commit to the disk, keeps its files to its user and does not write on the connection for reading', async () => {
    const { database, path } = fresh()
    await openStore(partsOf(database))
    const pragma = async (name: string) =>
      Object.values((await sql.raw<object>(`pragma ${name}`).execute(database.write)).rows[0] ?? {})[0]
    expect([await pragma('synchronous'), await pragma('journal_mode'), await pragma('foreign_keys')]).toEqual([
      2,
      'wal',
      1,
    ])
    for (const file of [path, `${path}-wal`]) expect(statSync(file).mode & 0o777).toBe(0o600)
    await expect(database.read.deleteFrom('accounts').execute()).rejects.toThrow(/readonly/)
  })

  it('has an index for each order in which keys are listed, but that of the last use', async () => {
    const { database } = fresh()
    await openStore(partsOf(database))
    const orders = ['created_at_ms', 'name_search', `coalesce(ends_at_ms, ${endless})`]
    for (const order of orders.flatMap((column) => [`${column}, id`, `${column} desc, id desc`])) {
      const query = `explain query plan select id from keys where account_id = 'acc_1' order by ${order} limit 1`
      const { rows } = await sql.raw<{ readonly detail: string }>(query).execute(database.read)
      expect(rows.map(({ detail }) => detail)).toEqual([expect.stringMatching(/^SEARCH keys USING (COVERING )?INDEX/)])
    }
  })

  it('answers no change of a group whose commit fails, keeps none of it, and goes on', async () => {
    const { database } = fresh()
    const { context, read } = await openStore(partsOf(database))
    const good = () => context.write(testOperator, async ({ append }) => append(accountEvent('acc_1')))
    // A reference that is only judged at the commit is the failure that one change can bring about.
    const bad = context.write(testOperator, async ({ database: transaction }) => {
      await sql`pragma defer_foreign_keys = on`.execute(transaction)
      const person = { person_id: null, external_id: null, name: null, role: 'owner', state: 'active' as const }
      const times = { created_at_ms: 0, updated_at_ms: 0, version: 1 }
      await transaction
        .insertInto('members')
        .values({ id: 'mem_1', account_id: 'acc_gone', ...person, ...times })
        .execute()
    })
    const outcomes = await Promise.allSettled([good(), bad, good()])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await good()
    expect(await read.selectFrom('log_entries').select('number').execute()).toHaveLength(2)
    expect(await read.selectFrom('members').select('id').execute()).toEqual([])
  })

  it('is copied whole while it is written, and the copy verifies', async () => {
    const { database, folder } = fresh()
    const store = await openStore(partsOf(database))
    const writes = Array.from({ length: 50 }, (_, index) =>
      store.context.write(testOperator, async ({ append }) => append(accountEvent(`acc_${index}`))),
    )
    const target = join(folder, 'copy.db')
    await Promise.all([...writes, database.backup?.(target)])
    expect(statSync(target).mode & 0o777).toBe(0o600)
    await expect(database.backup?.(target)).rejects.toThrow(/EEXIST/)
    const copy = openSqlite(target)
    closing.push(() => copy.close())
    expect((await verifyLog(copy.read, store.log.signer, [])).faults).toEqual([])
  })

  it('says in one sentence what is wrong with a file that is no database, or a folder that is not there', async () => {
    const { folder } = fresh()
    const path = join(folder, 'other.db')
    writeFileSync(path, 'not a database '.repeat(100))
    for (const wrong of [path, join(folder, 'missing', 'keywright.db')]) {
      expect(() => openSqlite(wrong)).toThrow(StartError)
      expect(() => openSqlite(wrong)).toThrow(wrong)
    }
    expect(readFileSync(path, 'utf8')).toContain('not a database')
    expect(existsSync(join(folder, 'missing'))).toBe(false)
  })

  it('is refused its digests, pepper and log key in the file', async () => {
    const { database, path } = fresh()
    const peppers = peppersOf(Buffer.from('pepper-pepper-pepper-pepper-pepper'))
    const store = await openStore({
      ...partsOf(database, peppers),
      logKeys: logKeysOf(Buffer.from('logkey-logkey-logkey-logkey-logkey')),
    })
    const text = await storeKey(store, 'key_1')
    await sql`pragma wal_checkpoint(truncate)`.execute(database.write)
    const file = new DatabaseSync(path, { readOnly: true })
    const bytes = readFileSync(path, 'latin1')
    file.close()
    // A planted text is found, so that not finding the others means something.
    expect(bytes).toContain('A key')
    for (const secret of [text, 'pepper-pepper', 'logkey-logkey']) expect(bytes).not.toContain(secret)
  })
})

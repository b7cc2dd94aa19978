import { isProblem } from '@keywright/core'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { grantToApplication, mayChangeLog } from './application-role.ts'
import { migrate } from './migrate.ts'
import { openStore } from './open-store.ts'
import { openPostgres } from './postgres.ts'
import { storageOf } from './storage.ts'
import {
  openTestPostgres,
  testClock,
  testConfig,
  testLogKeys,
  testOperator,
  testPeppers,
  testRandomBytes,
} from './testing.ts'

/** Later than everything. */
const distantMs = Date.UTC(2100, 0)

describe.skipIf(!process.env['KEYWRIGHT_TEST_POSTGRES'])('the role of the application', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  /** A database whose owner is no superuser, and a role for the application. */
  async function database() {
    const { url, close } = await openTestPostgres({})
    closing.push(close)
    const superuser = new pg.Client({ connectionString: url })
    await superuser.connect()
    const unique = `${process.pid}`
    const [owner, application] = [`owner_${unique}`, `application_${unique}`]
    for (const role of [owner, application]) await superuser.query(`create role ${role} login`)
    closing.push(async () => {
      await superuser.query('drop schema public cascade; create schema public')
      for (const role of [owner, application]) await superuser.query(`drop owned by ${role}; drop role ${role}`)
      await superuser.end()
    })
    await superuser.query(`alter schema public owner to ${owner}`)
    const openAs = (user: string) => {
      const opened = openPostgres(Object.assign(new URL(url), { username: user }).href)
      closing.push(() => opened.close())
      return opened
    }
    return { owner, application, openAs, superuser }
  }

  const storeOn = (opened: ReturnType<typeof openPostgres>) =>
    openStore({
      database: opened,
      clock: testClock(),
      randomBytes: testRandomBytes(),
      peppers: testPeppers,
      logKeys: testLogKeys,
      config: () => testConfig(),
      applied: async () => {},
    })

  it('cannot change, remove or empty what is in the log, nor lift the guard; the owner of the tables prunes', async () => {
    const { owner, application, openAs } = await database()
    const owning = openAs(owner)
    await migrate(owning, 1)
    expect(await grantToApplication(owning, application)).toBeNull()
    const serving = openAs(application)
    const store = await storeOn(serving)
    for (const statement of [
      "update log_entries set reason = 'x'",
      'delete from log_entries',
      'truncate log_entries',
      'delete from log_head',
      'delete from log_checkpoints',
      'update log_checkpoints set pruned = 1',
      'update schema_versions set version = 99',
      'delete from restore_marks',
      'drop trigger log_entries_kept on log_entries',
      'alter table log_entries disable trigger all',
      'drop table log_entries',
      'create table own (id integer)',
      'create function refuse_log_change() returns trigger language plpgsql as $$ begin return null; end $$',
    ]) {
      const refused = serving.write.executeQuery({ ...store.context.read.selectFrom('keys').compile(), sql: statement })
      await expect(refused, statement).rejects.toMatchObject({ code: '42501' })
    }
    expect(await mayChangeLog(serving)).toBe(false)
    expect(await mayChangeLog(owning)).toBe(true)
    const storage = storageOf(store)
    await expect(storage.log.prune(testOperator, distantMs)).rejects.toMatchObject({ code: '42501' })
    const pruned = await storageOf(await storeOn(owning)).log.prune(testOperator, distantMs)
    expect(pruned.removed).toBe(1)
    expect((await storage.log.verify([])).faults).toEqual([])
  })

  it('is given the tables of the next version when the owner migrates again, and keeps no right that it was given besides', async () => {
    const { owner, application, openAs, superuser } = await database()
    const owning = openAs(owner)
    await migrate(owning, 1)
    await superuser.query(
      `grant usage on schema public to ${application}; grant update, delete on log_entries to ${application}`,
    )
    expect(await mayChangeLog(openAs(application))).toBe(true)
    await superuser.query(`create table next_version (id integer); alter table next_version owner to ${owner}`)
    expect(await grantToApplication(owning, application)).toBeNull()
    const serving = openAs(application)
    expect(await mayChangeLog(serving)).toBe(false)
    const { rows } = await superuser.query(
      `select has_table_privilege('${application}', 'next_version', 'insert') as may`,
    )
    expect(rows).toEqual([{ may: true }])
  })

  it('is refused where it is not there, or could undo what it may not do', async () => {
    const { owner, application, openAs, superuser } = await database()
    const owning = openAs(owner)
    await migrate(owning, 1)
    expect(await grantToApplication(owning, 'nobody')).toContain('there is no such role')
    expect(await grantToApplication(owning, 'postgres')).toContain('superuser')
    expect(await grantToApplication(owning, owner)).toContain('owns the tables')
    await superuser.query(`grant ${owner} to ${application}`)
    expect(await grantToApplication(owning, application)).toContain('owns the tables')
  })

  it('may do all else that a server does, and have parts of tables made and dropped, of no other than those', async () => {
    const { owner, application, openAs, superuser } = await database()
    const owning = openAs(owner)
    await migrate(owning, 1)
    await grantToApplication(owning, application)
    const serving = openAs(application)
    const store = await storeOn(serving)
    const storage = storageOf(store)
    await storage.configurations.apply(testConfig(), testOperator)
    const account = await storage.accounts.create(testOperator, { name: 'An account' })
    if (isProblem(account)) throw new Error(account.problem)
    const { id } = account.record
    const caller = { ...testOperator, network: '192.0.2.0/24' }
    const key = await storage.keys.create(caller, id, { name: 'A key', quota: { limit: 5, period: 'day' } })
    if (isProblem(key)) throw new Error(key.problem)
    const lineageId = key.record.lineageId
    const take = { lineageId, quota: { limit: 5, period: 'day' as const }, cost: 1, atMs: 0 }
    expect(await storage.quotas.take(take)).toMatchObject({ taken: true, used: 1 })
    const usage = [{ keyId: key.record.id, hourMs: 0, code: 'VALID' as const, tag: '', count: 1 }]
    expect(
      await storage.usage.store({ process: 'p', number: 1, usage, lastUsed: [], activity: [], refusals: [] }),
    ).toBe(true)
    await storage.usage.sweep()
    const parts = async () =>
      (await superuser.query("select relname from pg_class where relispartition and relkind = 'r' order by 1")).rows
    const before = await parts()
    await superuser.query(`drop table ${before.findLast(({ relname }) => relname.startsWith('usage_from_')).relname}`)
    await storage.usage.sweep()
    expect(await parts()).toEqual(before)
    for (const [statement, code] of [
      ["select make_partitions('keys')", '22023'],
      ["select drop_partitions('log_entries', 9000000000000000)", '22023'],
      ['drop table activity_default', '42501'],
      ['delete from activity_default', '42501'],
      ['create table part partition of usage for values from (0) to (1)', '42501'],
    ] as const) {
      const refused = serving.write.executeQuery({ ...store.read.selectFrom('keys').compile(), sql: statement })
      await expect(refused, statement).rejects.toMatchObject({ code })
    }
    expect(isProblem(await storage.keys.change(testOperator, key.record.id, 'revoke'))).toBe(false)
    expect((await storage.log.checkpoint()).number).toBe(5)
    expect(await storage.accounts.delete(testOperator, id)).toBeNull()
    expect((await storage.log.verify([])).faults).toEqual([])
  })
})

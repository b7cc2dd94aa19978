import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import type { TestPostgres } from '../packages/server/src/storage/testing-postgres.ts'
import { bodyOf, callsWith } from './support/calls.ts'
import { type Ended, startCommand } from './support/child-server.ts'
import { temporaryFolder } from './support/cleanup.ts'
import { configFile } from './support/everything.config.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'
import { until } from './support/poll.ts'
import { ownPostgres } from './support/postgres.ts'
import { commandHere as keywright, serveHere } from './support/store-commands.ts'
import { rowsOf } from './support/stored-rows.ts'

/** A store in a folder, with a key, what it was checked with, and usage. */
async function usedStore() {
  const environment = {
    KEYWRIGHT_DATA: temporaryFolder(),
    KEYWRIGHT_CONFIG: configFile,
    KEYWRIGHT_OPERATOR_KEY: randomBytes(32).toString('hex'),
  }
  const server = await serveHere(environment)
  const operator = callsWith(server.url, environment.KEYWRIGHT_OPERATOR_KEY)
  const account = await createAccount(operator, 'Größe 東京', { externalId: 'a-1' })
  const keys = [
    await createKey(operator, account.id, { name: 'Kept' }),
    await createKey(operator, account.id, { name: 'Taken away' }),
  ] as const
  await bodyOf(operator('POST', `/v1/keys/${keys[1].id}/revoke`))
  const credential = await createVerifyCredential(operator, { environment: 'live', audiences: ['shop'] })
  await answered(server.url, credential, keys)
  await server.close()
  return { environment, keys, credential, database: join(environment.KEYWRIGHT_DATA, 'keywright.db') }
}

const codesOf = (url: string, credential: string, keys: readonly { readonly secret: string }[]): Promise<unknown[]> =>
  Promise.all(
    keys.map(
      async ({ secret }) =>
        (await callsWith(url, credential)<{ code: string }>('POST', '/v1/verify', { body: { key: secret } })).body.code,
    ),
  )

/** A busy machine may not prove its memory in time, and says so. */
const answered = (...asked: Parameters<typeof codesOf>): Promise<true> =>
  until('the right answers', async () => isDeepStrictEqual(await codesOf(...asked), ['VALID', 'REVOKED']), 60_000)

function refusalOf({ code, out, told }: Ended): string {
  expect(code, told).toBe(1)
  expect(out).toBe('')
  expect(told).toMatch(/^[/A-Z][^\n]*\n$/)
  expect(told).not.toMatch(/ {4}at |node:internal|\.ts:\d/)
  return told
}

const countsOf = async (postgres: TestPostgres, database: string): Promise<readonly number[]> => {
  const tables = ['log_head', 'log_entries', 'accounts', 'keys', 'digest_chains', 'credentials']
  const counts = tables.map((table) => `(select count(*)::int from ${table}) as ${table}`)
  const [row] = await postgres.run(`select ${counts.join(', ')}`, database)
  return tables.map((table) => row?.[table])
}

describe.skipIf(!process.env['KEYWRIGHT_TEST_POSTGRES'])(
  'a store that outgrows its folder',
  { timeout: 480_000 },
  () => {
    let postgres: TestPostgres

    beforeAll(async () => {
      postgres = await ownPostgres('client_connection_check_interval=100')
    }, 240_000)

    test('moves by one command: every row, the log, and keys with the secrets that they had; and comes back row by row', async () => {
      const { environment, keys, credential, database } = await usedStore()
      const before = rowsOf(database)
      expect(refusalOf(await keywright(['move'], environment))).toContain('KEYWRIGHT_DATABASE_URL_FILE')
      const url = await postgres.createDatabase('grown')
      const moving = { ...environment, KEYWRIGHT_DATABASE_URL: url }
      const other = randomBytes(32).toString('hex')
      expect(refusalOf(await keywright(['move'], { ...moving, KEYWRIGHT_PEPPER: other }))).toMatch(
        /^The pepper p\w+ was given, and the store was never opened with it/,
      )
      expect(refusalOf(await keywright(['move'], { ...moving, KEYWRIGHT_LOG_KEY: other }))).toContain(
        'is chained under log key',
      )
      expect(rowsOf(database)).toEqual(before)

      const moved = await keywright(['move', '--json'], moving)
      expect(moved.code, moved.told).toBe(0)
      const report = JSON.parse(moved.out) as { keptAs: string; rows: object; set: Readonly<Record<string, string>> }
      expect(report.rows).toEqual(Object.fromEntries(Object.entries(before).map(([name, rows]) => [name, rows.length])))
      expect(existsSync(database)).toBe(false)
      expect(rowsOf(report.keptAs)).toEqual(before)

      // Exactly what it says is what a node needs.
      const { KEYWRIGHT_PEPPER_FILE, KEYWRIGHT_LOG_KEY_FILE } = report.set
      const node = {
        ...moving,
        KEYWRIGHT_PEPPER_FILE: KEYWRIGHT_PEPPER_FILE ?? '',
        KEYWRIGHT_LOG_KEY_FILE: KEYWRIGHT_LOG_KEY_FILE ?? '',
        KEYWRIGHT_DATA: temporaryFolder(),
      }
      const verified = await keywright(['events', 'verify', '--json'], node)
      expect(JSON.parse(verified.out), verified.told).toMatchObject({ whole: true, from: 1, faults: [] })
      const copy = join(node.KEYWRIGHT_DATA, 'backup.db')
      const backup = await keywright(['backup', copy], node)
      expect(backup.code, backup.told).toBe(0)
      expect(rowsOf(copy)).toEqual(before)
      expect(readdirSync(node.KEYWRIGHT_DATA)).toEqual(['backup.db'])

      const server = await serveHere(node)
      await answered(server.url, credential, keys)
      await server.close()
      expect(refusalOf(await keywright(['move'], moving))).toContain('There is no database in')
    })

    test('kill -9 in the middle of a move leaves nothing of it, and it can be run again; a used database is refused', async () => {
      const { environment, database } = await usedStore()
      const before = rowsOf(database)
      const url = await postgres.createDatabase('cut_off')
      const moving = { ...environment, KEYWRIGHT_DATABASE_URL: url }
      const secrets = {
        KEYWRIGHT_PEPPER_FILE: join(environment.KEYWRIGHT_DATA, 'pepper'),
        KEYWRIGHT_LOG_KEY_FILE: join(environment.KEYWRIGHT_DATA, 'log-key'),
      }
      expect((await keywright(['migrate'], { ...moving, ...secrets })).code).toBe(0)
      await postgres.run(
        `create function stand_still() returns trigger language plpgsql as $$ begin perform pg_sleep(600); return new; end $$;
      create trigger stand_still after insert on keys for each row execute function stand_still()`,
        'cut_off',
      )
      const command = startCommand(['move'], moving)
      const stands = "select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = 'cut_off'"
      await until(
        'the move to be in the middle',
        async () => {
          if (command.told() !== '') throw new Error(command.told())
          return (await postgres.run(stands)).length > 0
        },
        120_000,
      )
      // Nobody else gets at the folder meanwhile.
      expect(refusalOf(await keywright(['move'], moving))).toContain('in use; stop the server first')
      await command.kill()
      await until('the database to notice', async () => (await postgres.run(stands)).length === 0, 60_000)
      expect(await countsOf(postgres, 'cut_off')).toEqual([0, 0, 0, 0, 0, 0])
      expect(rowsOf(database)).toEqual(before)

      await postgres.run('drop trigger stand_still on keys', 'cut_off')
      const moved = await keywright(['move', '--json'], moving)
      expect(moved.code, moved.told).toBe(0)
      const { environment: another } = await usedStore()
      expect(refusalOf(await keywright(['move'], { ...another, KEYWRIGHT_DATABASE_URL: url }))).toContain(
        'There is a store in the database of KEYWRIGHT_DATABASE_URL already',
      )
    })

    test('usage and activity of many weeks lie in parts of their weeks and days after a move, and after a restore', async () => {
      const { environment, database, keys } = await usedStore()
      const [dayMs, weeks] = [86_400_000, 30]
      const file = new DatabaseSync(database)
      const [usage, activity] = [
        file.prepare("insert into usage values (?, ?, 'VALID', 'week', 1)"),
        file.prepare("insert into activity values (?, ?, ?, 'VALID', null, null, null, null)"),
      ]
      for (let week = 1; week <= weeks; week++) {
        const atMs = BigInt(Date.now() - week * 7 * dayMs)
        usage.run(keys[0].id, atMs)
        activity.run(`week-${week}`, keys[0].id, atMs)
      }
      file.close()
      const url = await postgres.createDatabase('weeks')
      const node = {
        ...environment,
        KEYWRIGHT_DATABASE_URL: url,
        KEYWRIGHT_PEPPER_FILE: join(environment.KEYWRIGHT_DATA, 'pepper'),
        KEYWRIGHT_LOG_KEY_FILE: join(environment.KEYWRIGHT_DATA, 'log-key'),
      }
      const expectPlaced = async () => {
        const left =
          'select (select count(*)::int from usage_default) as usage, (select count(*)::int from activity_default) as activity'
        expect(await postgres.run(left, 'weeks')).toEqual([{ usage: 0, activity: 0 }])
        const parts = "select count(distinct tableoid)::int as parts from usage where tag = 'week'"
        expect(await postgres.run(parts, 'weeks')).toEqual([{ parts: weeks }])
      }
      const moved = await keywright(['move'], node)
      expect(moved.code, moved.told).toBe(0)
      await expectPlaced()
      const copy = join(environment.KEYWRIGHT_DATA, 'backup.db')
      expect(await keywright(['backup', copy], node)).toMatchObject({ code: 0 })
      await postgres.run('drop schema public cascade; create schema public', 'weeks')
      for (const parameters of [
        ['restore', copy],
        ['restore', copy, '--replace'],
      ]) {
        const restored = await keywright(parameters, node)
        expect(restored.code, restored.told).toBe(0)
        await expectPlaced()
      }
      // What servers do each hour, with the week that is kept.
      const before = Date.now() - 7 * dayMs
      const [swept] = await postgres.run(`select drop_partitions('activity', ${before}) as dropped`, 'weeks')
      expect(swept?.['dropped']).toBeGreaterThanOrEqual(weeks - 1)
    })

    test('a store whose log was altered, or whose file is damaged, is not moved', async () => {
      const { environment, database } = await usedStore()
      const moving = { ...environment, KEYWRIGHT_DATABASE_URL: await postgres.createDatabase('ill') }
      const file = new DatabaseSync(database)
      file.exec("drop trigger log_entries_unchanged; update log_entries set reason = 'other' where number = 2")
      file.close()
      expect(refusalOf(await keywright(['move'], moving))).toContain('entry 2: the entry was altered')
      truncateSync(database, 10_000)
      expect(refusalOf(await keywright(['move'], moving))).toMatch(/is damaged or no database/)
      expect(await postgres.run("select 1 from pg_tables where schemaname = 'public'", 'ill')).toEqual([])
    })
  },
)

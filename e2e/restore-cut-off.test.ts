import { randomBytes } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import type { TestPostgres } from '../packages/server/src/storage/testing-postgres.ts'
import { bodyOf, callsWith } from './support/calls.ts'
import { startCommand } from './support/child-server.ts'
import { temporaryFolder } from './support/cleanup.ts'
import { configFile } from './support/everything.config.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'
import { until } from './support/poll.ts'
import { installationOn, ownPostgres } from './support/postgres.ts'
import { commandHere, serveHere } from './support/store-commands.ts'
import { rowsOf } from './support/stored-rows.ts'

type Environment = Readonly<Record<string, string>> & { readonly KEYWRIGHT_DATA: string }
type Secrets = readonly { readonly secret: string }[]

const preload = new URL('./support/standing-still.ts', import.meta.url).href
/** More steps than any restore makes. */
const stepsMax = 60
const withinMs = 60_000

async function done(parameters: readonly string[], environment: Environment): Promise<string> {
  const { code, out, told } = await commandHere(parameters, environment)
  expect(code, `${parameters.join(' ')}: ${told}${out}`).toBe(0)
  return out
}

const codesOf = (url: string, credential: string, keys: Secrets): Promise<readonly unknown[]> =>
  Promise.all(
    keys.map(async ({ secret }) => {
      const answer = await callsWith(url, credential)<{ code: string }>('POST', '/v1/verify', { body: { key: secret } })
      return answer.status === 200 ? answer.body.code : answer.status
    }),
  )

/** A store with three keys: one that stays, one that is revoked after a backup, and one that is made after it; and a checkpoint of that. */
async function usedStore(environment: Environment) {
  const server = await serveHere(environment)
  const operator = callsWith(server.url, environment['KEYWRIGHT_OPERATOR_KEY'] ?? '')
  const account = await createAccount(operator, 'Example')
  const make = (name: string) => createKey(operator, account.id, { name })
  const [kept, revoked] = [await make('Kept'), await make('Revoked later')]
  const credential = await createVerifyCredential(operator, { environment: 'live', audiences: ['shop'] })
  const backup = join(environment.KEYWRIGHT_DATA, 'backup.db')
  await done(['backup', backup], environment)
  await bodyOf(operator('POST', `/v1/keys/${revoked.id}/revoke`))
  const keys = [kept, revoked, await make('Made later')]
  await server.close()
  await done(['events', 'checkpoint'], environment)
  return { backup, keys, credential }
}

const beforeRestore = ['VALID', 'REVOKED', 'VALID']
const afterRestore = ['VALID', 'REVOKED', 'NOT_FOUND']

/** Waits for the answers: a busy machine may not prove its memory in time, and says so. */
async function expectServed(environment: Environment, credential: string, keys: Secrets, expected: readonly unknown[]) {
  const server = await serveHere(environment)
  await until(
    `the answers ${expected.join(', ')}`,
    async () => isDeepStrictEqual(await codesOf(server.url, credential, keys), expected),
    withinMs,
  )
  await server.close()
}

const stands = /stands still before (.*)\n/

/** Starts a restore and resolves when it stands still before the step of a number, of those that match, or has ended since it made fewer. */
async function standing(environment: Environment, backup: string, number: number, steps: string) {
  const command = startCommand(['restore', backup, '--replace'], {
    ...environment,
    NODE_OPTIONS: `--import ${preload}`,
    STAND_STILL_BEFORE: String(number),
    STAND_STILL_AT: steps,
  })
  await until('the restore to stand still or end', () => command.hasEnded() || stands.test(command.told()), withinMs)
  return command
}

/** Ends a restore before the step of a number and answers which it was; `null`: it made fewer and is done. */
async function cutOff(environment: Environment, backup: string, number: number, steps = '.'): Promise<string | null> {
  const command = await standing(environment, backup, number, steps)
  await command.kill()
  return stands.exec(command.told())?.[1] ?? null
}

/** What a restore that was cut off may leave. */
async function expectConfirmed(environment: Environment, credential: string, keys: Secrets): Promise<void> {
  await done(['restore', '--confirm'], environment)
  expect(JSON.parse(await done(['events', 'verify', '--json'], environment))).toMatchObject({ whole: true })
  await expectServed(environment, credential, keys, afterRestore)
}

describe('kill -9 in the middle of a restore on the embedded database', { timeout: 480_000 }, () => {
  const ownFolder = () => {
    const folder = temporaryFolder()
    return { KEYWRIGHT_DATA: folder, KEYWRIGHT_CONFIG: configFile }
  }

  test('before any of its steps, leaves the store as it was or the restored one, and the restore can be run again', async () => {
    const original = { ...ownFolder(), KEYWRIGHT_OPERATOR_KEY: randomBytes(32).toString('hex') }
    const { backup, keys, credential } = await usedStore(original)
    const before = rowsOf(join(original.KEYWRIGHT_DATA, 'keywright.db'))
    const seen = { old: 0, new: 0 }
    let finished = false
    for (let number = 1; !finished && number <= stepsMax; number++) {
      const environment = { ...original, ...ownFolder() }
      cpSync(original.KEYWRIGHT_DATA, environment.KEYWRIGHT_DATA, { recursive: true })
      const place = await cutOff(environment, backup, number)
      finished = place === null
      const database = join(environment.KEYWRIGHT_DATA, 'keywright.db')
      expect(existsSync(database), place ?? '').toBe(true)
      const rows = rowsOf(database)
      const isOld = isDeepStrictEqual(rows, before)
      seen[isOld ? 'old' : 'new']++
      if (isOld) await expectServed(environment, credential, keys, beforeRestore)
      else {
        expect(rows['restore_marks'], place ?? '').toHaveLength(1)
        await expect(serveHere(environment)).rejects.toThrow(
          /restored from a backup .* run `keywright restore --confirm`/,
        )
        // Also whoever does what the server says, instead of running it again.
        const confirmed = { ...environment, ...ownFolder() }
        cpSync(environment.KEYWRIGHT_DATA, confirmed.KEYWRIGHT_DATA, { recursive: true })
        await expectConfirmed(confirmed, credential, keys)
      }
      await done(['restore', backup, '--replace'], environment)
      await expectConfirmed(environment, credential, keys)
    }
    expect(finished).toBe(true)
    expect(seen.old).toBeGreaterThan(5)
    expect(seen.new).toBeGreaterThan(1)
  })

  test('in a folder without a store leaves none there, and what it left is not taken for its own by the next one', async () => {
    const original = { ...ownFolder(), KEYWRIGHT_OPERATOR_KEY: randomBytes(32).toString('hex') }
    const { backup, keys, credential } = await usedStore(original)
    const environment = { ...original, ...ownFolder() }
    for (const name of ['pepper', 'log-key'])
      cpSync(join(original.KEYWRIGHT_DATA, name), join(environment.KEYWRIGHT_DATA, name))
    await cutOff(environment, backup, 3, 'commit')
    const database = join(environment.KEYWRIGHT_DATA, 'keywright.db')
    expect([existsSync(database), existsSync(`${database}.restoring`)]).toEqual([false, true])
    // The journal of another backup's change that was cut off while it was written back: SQLite would undo it in any database of that name.
    const other = join(temporaryFolder(), 'other.db')
    cpSync(backup, other)
    const changing = new DatabaseSync(other)
    changing.exec('create table other (text); pragma cache_size = 1; begin; drop table other; create table wide (text)')
    changing.exec('insert into wide values (zeroblob(50000))')
    cpSync(`${other}-journal`, `${database}.restoring-journal`)
    changing.close()
    await done(['restore', backup], environment)
    const tables = (path: string) => Object.keys(rowsOf(path))
    expect(tables(database)).toEqual(tables(backup))
    await done(['restore', '--confirm'], environment)
    await expectServed(environment, credential, keys, ['VALID', 'VALID', 'NOT_FOUND'])
  })
})

describe('a database that a restore on the embedded database takes the place of', { timeout: 480_000 }, () => {
  const ownStore = async () => {
    const environment = {
      KEYWRIGHT_DATA: temporaryFolder(),
      KEYWRIGHT_CONFIG: configFile,
      KEYWRIGHT_OPERATOR_KEY: randomBytes(32).toString('hex'),
    }
    return {
      environment,
      database: join(environment.KEYWRIGHT_DATA, 'keywright.db'),
      ...(await usedStore(environment)),
    }
  }

  test('stays where it is when a server was started on it meanwhile', async () => {
    const { environment, database, backup, keys, credential } = await ownStore()
    const command = await standing(environment, backup, 2, 'commit')
    const server = await serveHere(environment)
    writeFileSync(join(environment.KEYWRIGHT_DATA, 'go-on'), '')
    await until('the restore to end', command.hasEnded, withinMs)
    expect(command.told()).toContain(`The database ${database} is in use; stop the server first.`)
    expect(readdirSync(environment.KEYWRIGHT_DATA).filter((name) => name.includes('before-restore'))).toEqual([])
    await server.close()
    await expectServed(environment, credential, keys, beforeRestore)
  })

  test('is kept as it is where it is damaged, and what lay beside it does not come near the new one', async () => {
    const { environment, database, backup, keys, credential } = await ownStore()
    for (const ending of ['', '-wal', '-journal']) writeFileSync(`${database}${ending}`, 'no database')
    const { keptAs, review } = JSON.parse(await done(['restore', backup, '--replace', '--json'], environment))
    expect(readFileSync(keptAs, 'utf8')).toBe('no database')
    expect(review).toEqual([expect.stringContaining('the replaced database cannot be read')])
    expect(readdirSync(environment.KEYWRIGHT_DATA).filter((name) => /-(?:wal|shm|journal)$/.test(name))).toEqual([])
    await done(['restore', '--confirm'], environment)
    // Nothing said what had been revoked.
    await expectServed(environment, credential, keys, ['VALID', 'VALID', 'NOT_FOUND'])
  })
})

describe.skipIf(!process.env['KEYWRIGHT_TEST_POSTGRES'])(
  'kill -9 in the middle of a restore on PostgreSQL',
  { timeout: 480_000 },
  () => {
    let postgres: TestPostgres
    let original: Environment
    let used: Awaited<ReturnType<typeof usedStore>>

    beforeAll(async () => {
      postgres = await ownPostgres('client_connection_check_interval=100')
      const parts = { KEYWRIGHT_CONFIG: configFile, KEYWRIGHT_DATA: temporaryFolder() }
      original = { ...(await installationOn(postgres, 'original', parts)), ...parts }
      used = await usedStore(original)
    }, 240_000)

    /** A copy of the store, and of what lies in the folder of whoever restores. */
    async function copied(name: string): Promise<Environment> {
      await postgres.run(`create database ${name} template original`)
      const environment = { ...original, KEYWRIGHT_DATA: temporaryFolder(), KEYWRIGHT_DATABASE_URL: postgres.url(name) }
      cpSync(original.KEYWRIGHT_DATA, environment.KEYWRIGHT_DATA, { recursive: true })
      return environment
    }

    const storedIn = async (name: string) =>
      (
        await postgres.run(
          `select (select epoch || ' ' || number from log_head) as head, (select count(*)::int from log_entries) as entries,
          (select string_agg(id || ' ' || state, ',' order by id) from keys) as keys, (select count(*)::int from restore_marks) as marks,
          (select count(*)::int from accounts) as accounts, (select count(*)::int from credentials) as credentials`,
          name,
        )
      )[0]

    /** Until somebody has confirmed, a node serves and answers for no key. */
    async function expectHeld(environment: Environment): Promise<void> {
      const server = await serveHere({ ...environment, KEYWRIGHT_DATA: temporaryFolder() })
      expect(await codesOf(server.url, used.credential, used.keys)).toEqual([503, 503, 503])
      const ready = JSON.stringify(await (await fetch(`${server.url}/readyz`)).json())
      expect(ready).toMatch(/restored from a backup .* run `keywright restore --confirm`/)
      await server.close()
    }

    test('while it copies leaves nothing of it, nodes answer as before, and it can be run again', async () => {
      const environment = await copied('copying')
      const before = await storedIn('copying')
      await postgres.run(
        `create function stand_still() returns trigger language plpgsql as $$ begin perform pg_sleep(600); return new; end $$;
        create trigger stand_still after insert on keys for each row execute function stand_still()`,
        'copying',
      )
      const command = startCommand(['restore', used.backup, '--replace'], environment)
      const stands = "select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = 'copying'"
      await until(
        'the restore to be in the middle',
        async () => {
          if (command.told() !== '') throw new Error(command.told())
          return (await postgres.run(stands)).length > 0
        },
        withinMs,
      )
      await command.kill()
      await until('the database to notice', async () => (await postgres.run(stands)).length === 0, withinMs)
      expect(await storedIn('copying')).toEqual(before)
      await postgres.run('drop trigger stand_still on keys', 'copying')
      await expectServed(environment, used.credential, used.keys, beforeRestore)
      await done(['restore', used.backup, '--replace'], environment)
      await expectHeld(environment)
      await expectConfirmed(environment, used.credential, used.keys)
    })

    test('before any of its steps on files, leaves the store as it was or the restored one, and it can be run again', async () => {
      const before = await storedIn('original')
      const seen = { old: 0, new: 0 }
      let finished = false
      for (let number = 1; !finished && number <= stepsMax; number++) {
        const name = `step_${number}`
        const environment = await copied(name)
        const place = await cutOff(environment, used.backup, number, 'Sync')
        finished = place === null
        const stored = await storedIn(name)
        const isOld = isDeepStrictEqual(stored, before)
        seen[isOld ? 'old' : 'new']++
        if (isOld) await expectServed(environment, used.credential, used.keys, beforeRestore)
        else {
          expect(stored?.['marks'], place ?? '').toBe(1)
          await expectHeld(environment)
        }
        await done(['restore', used.backup, '--replace'], environment)
        await expectConfirmed(environment, used.credential, used.keys)
      }
      expect(finished).toBe(true)
      expect(seen.old).toBeGreaterThan(1)
      expect(seen.new).toBeGreaterThan(1)
    })
  },
)

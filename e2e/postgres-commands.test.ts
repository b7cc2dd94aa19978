import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { TestPostgres } from '../packages/server/src/storage/testing-postgres.ts'
import { bodyOf, callsWith } from './support/calls.ts'
import { type Ended, keywright, repository } from './support/child-server.ts'
import { temporaryFolder } from './support/cleanup.ts'
import { namedBlocks } from './support/markdown.ts'
import { createAccount, createKey } from './support/operating.ts'
import { installationOn, ownPostgres, startNodes } from './support/postgres.ts'

/** One plain sentence and nothing of our insides, to a script an exit code. */
function sentenceOf({ code, out, told }: Ended): string {
  expect(code, told).toBe(1)
  expect(out).toBe('')
  expect(told).toMatch(/^[A-Z][^\n]*\n$/)
  expect(told).not.toMatch(/ {4}at |node:internal|Error:|\.ts:\d/)
  return told
}

const guide = (): string => readFileSync(join(repository, 'docs/guides/operate.md'), 'utf8')

/** What the guide has an administrator do first. */
const rolesOfTheGuide = (): readonly string[] =>
  (namedBlocks(guide(), 'sql').get('roles') ?? '').split(';').filter((statement) => statement.trim() !== '')

/** The words of a command of the guide. */
const commandOfTheGuide = (name: string): readonly string[] =>
  (namedBlocks(guide(), 'sh').get(name) ?? '').trim().split(/\s+/).slice(2)

describe.skipIf(!process.env['KEYWRIGHT_TEST_POSTGRES'])('commands on PostgreSQL', { timeout: 60_000 }, () => {
  let postgres: TestPostgres

  beforeAll(async () => {
    postgres = await ownPostgres()
  }, 60_000)

  const run = (parameters: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ended> =>
    keywright(parameters, { KEYWRIGHT_DATA: temporaryFolder(), ...environment })

  test('a start without pepper or log key gives one sentence and leaves an empty database empty', async () => {
    const { KEYWRIGHT_PEPPER, KEYWRIGHT_LOG_KEY, ...rest } = await installationOn(postgres, 'unsecret')
    expect(sentenceOf(await run(['serve', '--port', '0'], rest))).toContain('KEYWRIGHT_PEPPER')
    const withPepper = { ...rest, KEYWRIGHT_PEPPER: KEYWRIGHT_PEPPER ?? '' }
    expect(sentenceOf(await run(['serve', '--port', '0'], withPepper))).toContain('KEYWRIGHT_LOG_KEY')
    expect(await postgres.run("select 1 from pg_tables where schemaname = 'public'", 'unsecret')).toEqual([])
    expect(KEYWRIGHT_LOG_KEY).toBeDefined()
  })

  test('a database that cannot be used is named without its password, with the fix', async () => {
    const installation = await installationOn(postgres, 'wrong_address')
    for (const [url, fix] of [
      [`postgres://postgres:hunter2@127.0.0.1:${postgres.port}/nowhere`, 'there is no such database'],
      [`postgres://nobody:hunter2@127.0.0.1:${postgres.port}/wrong_address`, 'it refuses the user'],
      ['postgres://postgres:hunter2@127.0.0.1:1/keys', 'nobody listens there'],
    ] as const) {
      const told = sentenceOf(await run(['serve', '--port', '0'], { ...installation, KEYWRIGHT_DATABASE_URL: url }))
      expect(told).toContain(fix)
      expect(told).toContain('KEYWRIGHT_DATABASE_URL')
      expect(told).not.toContain('hunter2')
    }
  })

  test('an empty database has nothing to back up, and a restore names the file that is not there', async () => {
    const installation = await installationOn(postgres, 'elsewhere')
    const file = join(temporaryFolder(), 'copy')
    expect(sentenceOf(await run(['backup', file], installation))).toContain('holds no Keywright store')
    expect(sentenceOf(await run(['restore', file], installation))).toContain(`There is no file ${file}`)
  })

  test('U6: as the guide says, the owner migrates and prunes, servers run as a role that cannot touch the log, and doctor and the log say so', async () => {
    const installation = await installationOn(postgres, 'unused')
    for (const statement of rolesOfTheGuide()) await postgres.run(statement)
    const owner = { ...installation, KEYWRIGHT_DATABASE_URL: postgres.url('keywright', 'keywright_owner') }
    const serving = { ...installation, KEYWRIGHT_DATABASE_URL: postgres.url('keywright', 'keywright_server') }
    expect(sentenceOf(await run(['serve', '--port', '0'], serving))).toContain('keywright migrate')

    const migrated = await run([...commandOfTheGuide('migrate'), '--json'], owner)
    expect(migrated.code, migrated.told).toBe(0)
    expect(JSON.parse(migrated.out)).toMatchObject({ applicationRole: 'keywright_server' })
    expect(sentenceOf(await run(['migrate', '--application-role', 'keywright_owner'], owner))).toContain(
      'owns the tables',
    )

    const [server] = await startNodes(serving, 1)
    const operator = callsWith(server?.url ?? '', installation.KEYWRIGHT_OPERATOR_KEY)
    const key = await createKey(operator, (await createAccount(operator, 'Acme')).id, { name: 'First' })
    await bodyOf(operator('POST', `/v1/keys/${key.id}/revoke`))

    const folder = temporaryFolder()
    const checkpoint = await run(['events', 'checkpoint'], { ...serving, KEYWRIGHT_DATA: folder })
    expect(checkpoint.code, checkpoint.told).toBe(0)
    expect(readFileSync(join(folder, 'checkpoints.jsonl'), 'utf8')).toContain('"number"')
    const prune = ['events', 'prune', '--before', '2100-01-01']
    expect(sentenceOf(await run(prune, serving))).toContain('owns the tables')
    const pruned = await run([...prune, '--json'], { ...owner, KEYWRIGHT_DATA: folder })
    expect(pruned.code, pruned.told).toBe(0)
    const verified = await run(['events', 'verify', '--json'], { ...serving, KEYWRIGHT_DATA: folder })
    expect(verified.code, verified.told).toBe(0)
    expect(JSON.parse(verified.out)).toMatchObject({ whole: true, faults: [], outsideCheckpoints: 2 })

    const healthy = await run(['doctor', '--json', '--port', '0'], serving)
    expect(healthy.code, healthy.out).toBe(0)
    expect(healthy.out).toContain('may add to the log and not change it')
    expect(healthy.out).toContain('have their partitions')
    const other = randomBytes(32).toString('hex')
    const ill = await run(['doctor', '--json', '--port', '0'], { ...serving, KEYWRIGHT_PEPPER: other })
    expect(ill.code).toBe(1)
    expect(JSON.parse(ill.out).findings).toContainEqual(
      expect.objectContaining({ ok: false, subject: 'pepper, log key' }),
    )
    expect(await server?.stop()).toBe(0)
  })
})

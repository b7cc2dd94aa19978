import { randomBytes } from 'node:crypto'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import type { TestPostgres } from '../packages/server/src/storage/testing-postgres.ts'
import { bodyOf, callsWith } from './support/calls.ts'
import type { Ended } from './support/child-server.ts'
import { temporaryFolder } from './support/cleanup.ts'
import { configFile } from './support/everything.config.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'
import { until } from './support/poll.ts'
import { type Installation, installationOn, ownPostgres } from './support/postgres.ts'
import { commandHere, serveHere } from './support/store-commands.ts'

async function done(parameters: readonly string[], environment: Installation): Promise<string> {
  const { code, out, told } = await commandHere(parameters, environment)
  expect(code, `${parameters.join(' ')}: ${told}${out}`).toBe(0)
  return out
}

function refusalOf({ code, out, told }: Ended): string {
  expect(code, told).toBe(1)
  expect(out).toBe('')
  expect(told).toMatch(/^[/A-Z][^\n]*\n$/)
  return told
}

/** A node in this process, what it says of keys, and whether it may serve. */
async function nodeOf(installation: Installation) {
  const { url, close } = await serveHere({ ...installation, KEYWRIGHT_DATA: temporaryFolder() })
  const operator = callsWith(url, installation.KEYWRIGHT_OPERATOR_KEY)
  return {
    url,
    close,
    operator,
    check: async (credential: string, secret: string) => {
      const call = callsWith(url, credential)<{ code: string }>('POST', '/v1/verify', { body: { key: secret } })
      const { status, body } = await call
      return status === 200 ? body.code : status
    },
    ready: async () => await (await fetch(`${url}/readyz`)).json(),
  }
}

/** Waits until keys are answered like that: a busy machine may not prove its memory in time, and says so. */
const answers = (look: () => Promise<readonly unknown[]>, expected: readonly unknown[]): Promise<true> =>
  until(`the answers ${expected.join(', ')}`, async () => isDeepStrictEqual(await look(), expected), 60_000)

/** An installation of two keys that stay, one that is revoked and one that is paused after a backup, and an export of the log after that. */
async function withLaterRevocations(installation: Installation) {
  const folder = installation['KEYWRIGHT_DATA'] ?? ''
  const node = await nodeOf(installation)
  const { operator } = node
  const account = await createAccount(operator, 'Example')
  const make = (name: string) => createKey(operator, account.id, { name })
  const keys = { kept: await make('Kept'), revoked: await make('Revoked'), paused: await make('Paused') }
  const credential = await createVerifyCredential(operator, { environment: 'live', audiences: ['shop'] })
  const backup = join(folder, 'backup.db')
  await done(['backup', backup], installation)
  await bodyOf(operator('POST', `/v1/keys/${keys.revoked.id}/revoke`))
  await bodyOf(operator('POST', `/v1/keys/${keys.paused.id}/pause`))
  const made = await make('Made later')
  const exported = join(folder, 'later.jsonl')
  await done(['events', 'export', exported], installation)
  const codes = async (other = node) => [
    await other.check(credential, keys.kept.secret),
    await other.check(credential, keys.revoked.secret),
    await other.check(credential, keys.paused.secret),
    await other.check(credential, made.secret),
  ]
  await answers(codes, ['VALID', 'REVOKED', 'PAUSED', 'VALID'])
  return { node, keys, made, credential, backup, exported, codes }
}

describe.skipIf(!process.env['KEYWRIGHT_TEST_POSTGRES'])('a backup on PostgreSQL', { timeout: 480_000 }, () => {
  let postgres: TestPostgres

  beforeAll(async () => {
    postgres = await ownPostgres()
  }, 240_000)

  const installed = (name: string): Promise<Installation> =>
    // A grace would let nodes answer from what they remember while the log proves nothing.
    installationOn(postgres, name, {
      KEYWRIGHT_CONFIG: configFile,
      KEYWRIGHT_DATA: temporaryFolder(),
      KEYWRIGHT_OUTAGE_GRACE_MS: '60000',
    })

  test('T16: put back under running nodes, none of them answers until it is confirmed, and what was revoked since stays revoked', async () => {
    const installation = await installed('replaced')
    const { node, keys, backup, codes } = await withLaterRevocations(installation)
    expect(refusalOf(await commandHere(['restore', backup], installation))).toContain('add --replace')
    const restored = JSON.parse(await done(['restore', backup, '--replace', '--json'], installation))
    expect(restored.carried.sort()).toEqual(
      [`key ${keys.paused.id} was paused: pause`, `key ${keys.revoked.id} was revoked: revoke`].sort(),
    )
    expect(restored.review).toEqual(['1 keys were made after the backup and are not in it'])
    expect(
      new DatabaseSync(restored.keptAs, { readOnly: true }).prepare('select count(*) as n from keys').get(),
    ).toEqual({ n: 4 })

    await until('the running node to see it', async () =>
      /restored from a backup/.test(JSON.stringify(await node.ready())),
    )
    expect(await node.ready()).toMatchObject({ ready: false })
    expect(await codes()).toEqual([503, 503, 503, 503])
    const another = await nodeOf(installation)
    expect(await codes(another)).toEqual([503, 503, 503, 503])
    expect(await another.ready()).toMatchObject({ ready: false })
    const ill = await commandHere(['doctor', '--json', '--port', '0'], installation)
    expect(ill.out).toContain('waits for `keywright restore --confirm`')

    await done(['restore', '--confirm'], installation)
    for (const each of [node, another]) {
      await answers(() => codes(each), ['VALID', 'REVOKED', 'PAUSED', 'NOT_FOUND'])
    }
    expect(refusalOf(await commandHere(['restore', '--confirm'], installation))).toContain('No restore waits')
    expect(JSON.parse(await done(['events', 'verify', '--json'], installation))).toMatchObject({ whole: true })
    await another.close()
    await node.close()
  })

  test('into an empty database, a later export of the log takes away again what it says, and the role of the servers works', async () => {
    const installation = await installed('left_behind')
    const { node, keys, backup, exported, codes } = await withLaterRevocations(installation)
    await node.close()
    const empty = { ...installation, KEYWRIGHT_DATABASE_URL: await postgres.createDatabase('arrived') }
    const restored = JSON.parse(await done(['restore', backup, '--events', exported, '--json'], empty))
    expect(restored).toMatchObject({ keptAs: null, review: ['1 keys were made after the backup and are not in it'] })
    expect(restored.knownThrough).toBeGreaterThan(restored.through)
    expect(restored.carried).toHaveLength(2)

    await postgres.run('create role keywright_server login')
    await done(['migrate', '--application-role', 'keywright_server'], empty)
    const serving = { ...empty, KEYWRIGHT_DATABASE_URL: postgres.url('arrived', 'keywright_server') }
    for (const parameters of [
      ['restore', '--confirm'],
      ['restore', backup, '--replace'],
    ])
      expect(refusalOf(await commandHere(parameters, serving))).toContain('of the user that owns')
    await done(['restore', '--confirm'], empty)
    const other = await nodeOf(serving)
    await answers(() => codes(other), ['VALID', 'REVOKED', 'PAUSED', 'NOT_FOUND'])
    await bodyOf(other.operator('POST', `/v1/keys/${keys.kept.id}/revoke`))
    await done(['backup', join(temporaryFolder(), 'by-the-role.db')], serving)
    await other.close()
  })

  test('a backup that was cut off or altered, and an export that was, are refused and change nothing', async () => {
    const installation = await installed('whole')
    const { node, backup, exported } = await withLaterRevocations(installation)
    await node.close()
    const empty = { ...installation, KEYWRIGHT_DATABASE_URL: await postgres.createDatabase('untouched') }
    const lines = readFileSync(exported, 'utf8').split('\n').slice(0, -1)
    const cut = join(temporaryFolder(), 'cut.jsonl')
    // Whoever takes the newest entries out can say where it ends now, and cannot sign it.
    const [shorter, end] = [lines.slice(0, -2), JSON.parse(lines.at(-1) ?? '') as { readonly end: object }]
    const { number, hash } = JSON.parse(shorter.at(-1) ?? '') as { readonly number: number; readonly hash: string }
    const unsigned = JSON.stringify({ end: { ...end.end, number, hash } })
    for (const [kept, why] of [
      [lines.slice(0, -1), 'was cut off'],
      [[...lines.slice(0, -2), ...lines.slice(-1)], 'does not end as it was signed'],
      [[...shorter, unsigned], 'does not end as it was signed'],
      [lines.map((line) => line.replace('key.revoked', 'key.updated')), 'does not follow from'],
      [lines.slice(-2), 'make one with --after'],
    ] as const) {
      writeFileSync(cut, `${kept.join('\n')}\n`)
      expect(refusalOf(await commandHere(['restore', backup, '--events', cut], empty))).toContain(why)
    }
    const other = { ...empty, KEYWRIGHT_LOG_KEY: randomBytes(32).toString('hex') }
    expect(refusalOf(await commandHere(['restore', backup], other))).toContain('is chained under log key')
    const file = new DatabaseSync(backup)
    file.exec("drop trigger log_entries_unchanged; update log_entries set reason = 'other' where number = 2")
    file.close()
    expect(refusalOf(await commandHere(['restore', backup], empty))).toContain('entry 2: the entry was altered')
    truncateSync(backup, 20_000)
    expect(refusalOf(await commandHere(['restore', backup], empty))).toContain('is no backup of Keywright')
    expect(await postgres.run('select (select count(*)::int from keys) as keys', 'untouched')).toEqual([{ keys: 0 }])
  })
})

test('on the embedded database, too, a later export of the log takes away again what it says', async () => {
  const folder = temporaryFolder()
  const installation = {
    KEYWRIGHT_DATA: folder,
    KEYWRIGHT_CONFIG: configFile,
    KEYWRIGHT_OPERATOR_KEY: randomBytes(32).toString('hex'),
  }
  const server = await serveHere(installation)
  const operator = callsWith(server.url, installation.KEYWRIGHT_OPERATOR_KEY)
  const account = await createAccount(operator, 'Example')
  const other = await createAccount(operator, 'Suspended later')
  const key = await createKey(operator, account.id, { name: 'Deleted later' })
  const backup = join(folder, 'backup.db')
  const through: number = JSON.parse(await done(['backup', backup, '--json'], installation)).number
  await bodyOf(operator('POST', `/v1/keys/${key.id}/revoke`))
  await bodyOf(operator('POST', `/v1/accounts/${other.id}/suspend`))
  const exported = join(folder, 'later.jsonl')
  await done(['events', 'export', exported, '--after', String(through)], installation)
  expect(readFileSync(exported, 'utf8').split('\n').slice(0, -1)).toHaveLength(3)
  await server.close()

  const elsewhere = { ...installation, KEYWRIGHT_DATA: temporaryFolder() }
  for (const name of ['pepper', 'log-key'])
    writeFileSync(join(elsewhere.KEYWRIGHT_DATA, name), readFileSync(join(folder, name)), { mode: 0o600 })
  const restored = JSON.parse(await done(['restore', backup, '--events', exported, '--json'], elsewhere))
  expect(restored).toMatchObject({ through, knownThrough: through + 2, review: [] })
  expect(restored.carried).toEqual([`account ${other.id} was suspended: suspend`, `key ${key.id} was revoked: revoke`])
}, 480_000)

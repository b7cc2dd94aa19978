import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { databaseFile, openInstallation, type Settings } from 'keywright/embedding'
import { benchConfig } from './engine-setup.ts'
import { type BenchServer, benchEnvironment, serveForBench, settingsOf } from './installation.ts'
import { type Figure, median } from './measure.ts'

const keyCount = 100_000
const rounds = 21
const aimMs = 100
const dayMs = 86_400_000

/** What a page of the console asks of an account with 100,000 keys, each as median and 95th percentile of the time until the whole answer is there. */
export async function benchConsoleLists(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'))
  const environment = benchEnvironment(folder, randomBytes(32).toString('hex'))
  const account = await fill(settingsOf(environment))
  const server = await serveForBench(folder)
  try {
    const figures: Figure[] = []
    for (const [name, path] of requests(`/v1/accounts/${account}/keys`))
      figures.push(...(await measure(server, name, path)))
    return figures
  } finally {
    await server.close()
    rmSync(folder, { recursive: true })
  }
}

/** Makes a store whose one account has so many keys; answers the account's id. */
async function fill(settings: Settings): Promise<string> {
  const storage = await openInstallation(settings, { config: benchConfig() })
  const caller = { actor: { kind: 'operator', id: 'bench' }, requestId: 'bench' } as const
  const account = await storage.accounts.create(caller, { name: 'Bench' })
  if ('problem' in account) throw new Error(account.problem)
  const input = { name: 'Bench key', environment: 'production', preset: 'read' }
  const key = await storage.keys.create(caller, account.record.id, input)
  if ('problem' in key) throw new Error(key.problem)
  await storage.close()
  multiply(databaseFile(settings.dataFolder))
  return account.record.id
}

function requests(keys: string): readonly (readonly [name: string, path: string])[] {
  const at = (offsetMs: number) => encodeURIComponent(new Date(Date.now() + offsetMs).toISOString())
  const sorts = ['-created', 'name', '-lastUsed', 'lastUsed', 'expires'].map(
    (sort) => [`first page by ${sort}`, `${keys}?sort=${sort}`] as const,
  )
  return [
    ...sorts,
    ['search that most keys fit', `${keys}?search=key`],
    ['search that few keys fit', `${keys}?search=number%20777`],
    ['search that no key fits', `${keys}?search=nothing%20like%20it`],
    ['search that few keys fit, by name', `${keys}?search=number%20777&sort=name`],
    ['filter by state', `${keys}?state=revoked`],
    ['filter unused for 90 days', `${keys}?state=active&unusedSince=${at(-90 * dayMs)}`],
    ['filter unrestricted', `${keys}?state=active&unrestricted=true`],
    ['filter expiring in 7 days', `${keys}?state=active&expiresBefore=${at(7 * dayMs)}`],
    ['filter rotating (none)', `${keys}?state=active&rotating=true`],
    ['filter by a permission that few keys hold', `${keys}?permission=jobs.create`],
    ['filter by an owner who has none', `${keys}?owner=mem_00000000000000000000`],
    ['summary', `${keys}/summary`],
  ]
}

/** Fills the account with copies of its one key: names, states, ends, grants and last uses vary. */
function multiply(path: string): void {
  const database = new DatabaseSync(path)
  database.exec('pragma busy_timeout = 5000; pragma foreign_keys = off; begin immediate')
  const key = rowOf(database, 'keys')
  const lineage = rowOf(database, 'lineages')
  const insertKey = insertion(database, 'keys', key)
  const insertLineage = insertion(database, 'lineages', lineage)
  const insertUse = database.prepare(
    'insert into key_last_used (key_id, at_ms, network, user_agent) values (?, ?, ?, ?)',
  )
  const nowMs = Date.now()
  for (let index = 1; index < keyCount; index++) {
    const id = randomBytes(15).toString('hex').slice(0, 20)
    const name = `Bench key number ${index}`
    const createdMs = nowMs - index * 100_000
    const expiresMs = index % 10 === 0 ? nowMs + (index - keyCount / 4) * 60_000 : null
    insertLineage.run({ ...lineage, id: `lin_${id}` })
    insertKey.run({
      ...key,
      id: `key_${id}`,
      lineage_id: `lin_${id}`,
      digest: randomBytes(32).toString('base64url'),
      name,
      name_search: name.toLowerCase(),
      state: index % 20 === 0 ? 'revoked' : index % 50 === 1 ? 'paused' : 'active',
      grant_json: grantOf(index),
      expires_at_ms: expiresMs,
      ends_at_ms: expiresMs,
      created_at_ms: createdMs,
      updated_at_ms: createdMs,
    })
    if (index % 3 !== 0) insertUse.run(`key_${id}`, nowMs - ((index * 7_919) % (120 * dayMs)), '192.0.2.0', 'curl/8')
  }
  database.exec('commit')
  database.close()
}

function grantOf(index: number): string {
  if (index % 40 === 3) return '"unrestricted"'
  return index % 1_000 === 7 ? '{"permissions":["jobs.create","jobs.view"]}' : '{"permissions":["jobs.view"]}'
}

type Row = Record<string, string | number | null>

const rowOf = (database: DatabaseSync, table: string): Row =>
  database.prepare(`select * from ${table} limit 1`).get() as Row

function insertion(database: DatabaseSync, table: string, row: Row): StatementSync {
  const names = Object.keys(row)
  return database.prepare(
    `insert into ${table} (${names.join(', ')}) values (${names.map((name) => `:${name}`).join(', ')})`,
  )
}

async function measure(server: BenchServer, name: string, path: string): Promise<readonly Figure[]> {
  await server.call('GET', path)
  const timesMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now()
    await server.call('GET', path)
    timesMs.push(performance.now() - startMs)
  }
  const sorted = [...timesMs].sort((a, b) => a - b)
  const p95Ms = sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN
  const about = { unit: 'ms', aim: `≤ ${aimMs} ms` }
  return [
    { name: `${keyCount} keys, ${name}: median`, ...about, value: median(timesMs), met: median(timesMs) <= aimMs },
    { name: `${keyCount} keys, ${name}: 95th percentile`, ...about, value: p95Ms, met: p95Ms <= aimMs },
  ]
}

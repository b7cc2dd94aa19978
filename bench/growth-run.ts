import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openInstallation } from 'keywright/embedding'
import pg from 'pg'
import { benchConfig } from './engine-setup.ts'
import { benchEnvironment, settingsOf } from './installation.ts'

/**
 * What PostgreSQL keeps, in bytes, for each key, entry of the log, usage row and line of activity, indexes included:
 * `node bench/growth-run.ts postgres://user@host/an-empty-database [keys]`. Tables are measured before and after, each time after VACUUM.
 */
const [url = '', given = '2000'] = process.argv.slice(2)
const keys = Number(given)
const usageHours = 4

const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'))
const secret = () => randomBytes(32).toString('hex')
const environment = {
  ...benchEnvironment(folder, secret()),
  KEYWRIGHT_DATABASE_URL: url,
  KEYWRIGHT_PEPPER: secret(),
  KEYWRIGHT_LOG_KEY: secret(),
}
const client = new pg.Client({ connectionString: url })
await client.connect()

/** The bytes of each table with its indexes and partitions, and what of them are indexes. */
async function sizes(): Promise<ReadonlyMap<string, readonly [bytes: number, indexes: number]>> {
  await client.query('vacuum')
  const { rows } = await client.query<{ name: string; bytes: string; indexes: string }>(`
    select coalesce(root.relname, c.relname) as name, sum(pg_total_relation_size(c.oid)) as bytes, sum(pg_indexes_size(c.oid)) as indexes
    from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
    left join pg_inherits i on i.inhrelid = c.oid left join pg_class root on root.oid = i.inhparent
    where c.relkind = 'r' group by 1`)
  return new Map(rows.map(({ name, bytes, indexes }) => [name, [Number(bytes), Number(indexes)]]))
}

const storage = await openInstallation(settingsOf(environment), { config: benchConfig() })
const before = await sizes()
const caller = { actor: { kind: 'operator', id: 'bench' }, requestId: 'bench-request' } as const
const account = await storage.accounts.create(caller, { name: 'Bench' })
if ('problem' in account) throw new Error(account.problem)
const ids: string[] = []
while (ids.length < keys) {
  const made = await Promise.all(
    Array.from({ length: 4 }, () =>
      storage.keys.create(caller, account.record.id, { name: 'Bench key', environment: 'production', preset: 'read' }),
    ),
  )
  for (const key of made) {
    if ('problem' in key) throw new Error(key.problem)
    ids.push(key.record.id)
  }
}
const hourMs = Math.floor(Date.now() / 3_600_000) * 3_600_000
for (let number = 1; number <= usageHours; number++) {
  const network = '203.0.113.0/24'
  const line = { code: 'VALID', tag: null, permission: 'jobs.view', network, userAgent: 'curl/8.5.0' }
  await storage.usage.store({
    process: 'bench',
    number,
    usage: ids.map((keyId) => ({ keyId, hourMs: hourMs - number * 3_600_000, code: 'VALID', tag: '', count: 7 })),
    lastUsed: [],
    activity: ids.map((keyId) => ({ keyId, atMs: hourMs - number, ...line })),
    refusals: [],
  })
}
const after = await sizes()
const counted = {
  keys: ids.length,
  lineages: ids.length,
  log_entries: ids.length,
  usage: ids.length * usageHours,
  activity: ids.length * usageHours,
}
for (const [name, [bytes, indexes]] of [...after].sort(([left], [right]) => left.localeCompare(right))) {
  const [bytesBefore, indexesBefore] = before.get(name) ?? [0, 0]
  if (bytes - bytesBefore < 65_536) continue
  const rows = counted[name as keyof typeof counted] ?? ids.length
  const each = (grown: number) => Math.round(grown / rows)
  console.log(
    `${name}: ${rows} rows, ${each(bytes - bytesBefore)} bytes each, of these indexes ${each(indexes - indexesBefore)}`,
  )
}
await storage.close()
await client.end()
rmSync(folder, { recursive: true })

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgres, type TestPostgres } from '../../packages/server/src/storage/testing-postgres.ts'
import {
  type ColdStore,
  coldSettings,
  coldStoreOf,
  countCalls,
  makePattern,
  type Sample,
  sampleKeys,
} from './cold-store.ts'
import { withoutIndexes } from './indexes.ts'

/** As many as a node has for cold checks. */
const connections = 2

/** PostgreSQL for a store that is filled once and then only read. */
const serverSettings = [
  'shared_buffers=2GB',
  'maintenance_work_mem=1GB',
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_wal_size=16GB',
  'full_page_writes=off',
  'autovacuum=off',
]

/** One PostgreSQL with a database for each number of keys. */
export async function coldPostgres(
  counts: readonly number[],
): Promise<{ readonly stores: readonly ColdStore[]; readonly close: () => Promise<void> }> {
  process.env['KEYWRIGHT_TEST_POSTGRES'] ??= '/usr/lib/postgresql/15/bin'
  const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'))
  const postgres = await startPostgres(...serverSettings)
  const stores: ColdStore[] = []
  const close = async () => {
    for (const store of stores) await store.close()
    await postgres.stop()
    rmSync(folder, { recursive: true })
  }
  try {
    for (const keys of counts) stores.push(await openFilled(postgres, folder, keys))
    return { stores, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openFilled(postgres: TestPostgres, folder: string, keys: number): Promise<ColdStore> {
  const url = await postgres.createDatabase(`keys_${keys}`)
  const settings = coldSettings(folder, { KEYWRIGHT_DATABASE_URL: url })
  await makePattern(settings)
  const sample = sampleKeys(keys)
  const filler = new pg.Client({ connectionString: url })
  await filler.connect()
  await withoutIndexes(filler, ['keys', 'lineages'], () => fill(filler, keys, sample))
  await filler.query('vacuum (analyze)')
  await filler.end()
  const clients = Array.from({ length: connections }, () => new pg.Client({ connectionString: url, pipeline: true }))
  for (const client of clients) await client.connect()
  let turn = 0
  return await coldStoreOf({
    name: 'PostgreSQL',
    keys,
    settings,
    sample,
    read: async (digest) => {
      const client = clients[turn++ % connections] as pg.Client
      const text = 'select * from keys where digest = $1'
      const { rowCount } = await client.query({ name: 'read', text, values: [digest] })
      if (rowCount !== 1) throw new Error('a row of the bench is not there')
    },
    countStatements: (work) => countCalls(pg.Client.prototype, ['query'], work),
    close: async () => {
      for (const client of clients) await client.end()
    },
  })
}

/** Copies the one key and its lineage; the rows of the sample lie evenly among the others. */
async function fill(client: pg.Client, keys: number, { digests }: Sample): Promise<void> {
  const columns = async (table: string): Promise<readonly string[]> => {
    const text = 'select column_name from information_schema.columns where table_schema = $1 and table_name = $2'
    return (await client.query<{ column_name: string }>(text, ['public', table])).rows.map((row) => row.column_name)
  }
  const copy = async (table: string, changed: Readonly<Record<string, string>>) => {
    const names = await columns(table)
    await client.query(`insert into ${table} (${names.join(', ')})
      select ${names.map((name) => changed[name] ?? `pattern.${name}`).join(', ')}
      from (select * from ${table} limit 1) pattern cross join generate_series(1, ${keys}) n left join sample on place = n`)
  }
  await client.query('create temp table sample (place bigint primary key, digest text)')
  await client.query('insert into sample select * from unnest($1::bigint[], $2::text[])', [
    digests.map((_, index) => Math.floor(index * (keys / digests.length)) + 1),
    digests,
  ])
  await client.query('analyze sample')
  const lineage = "'lin_' || substr(md5('lineage' || n), 1, 20)"
  await copy('lineages', { id: lineage })
  await copy('keys', {
    id: "'key_' || substr(md5('key' || n), 1, 20)",
    lineage_id: lineage,
    digest: "coalesce(sample.digest, translate(substr(encode(sha256(n::text::bytea), 'base64'), 1, 43), '+/', '-_'))",
  })
}

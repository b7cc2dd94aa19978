import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, StatementSync } from 'node:sqlite'
import { databaseFile } from 'keywright/embedding'
import {
  type ColdStore,
  coldSettings,
  coldStoreOf,
  countCalls,
  makePattern,
  type Sample,
  sampleKeys,
} from './cold-store.ts'

/** An embedded database with so many keys. */
export async function coldSqlite(keys: number): Promise<ColdStore> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'))
  const settings = coldSettings(folder)
  await makePattern(settings)
  const path = databaseFile(settings.dataFolder)
  const sample = sampleKeys(keys)
  fill(path, keys, sample)
  const reader = new DatabaseSync(path, { readOnly: true })
  // As much as the server's own reader has.
  reader.exec('pragma query_only = on; pragma cache_size = -65536')
  const statement = reader.prepare('select * from keys where digest = ?')
  return await coldStoreOf({
    name: 'SQLite',
    keys,
    settings,
    sample,
    read: async (digest) => {
      if (statement.get(digest) === undefined) throw new Error('a row of the bench is not there')
    },
    countStatements: (work) => countCalls(StatementSync.prototype, ['all', 'get', 'run', 'iterate'], work),
    close: async () => {
      reader.close()
      rmSync(folder, { recursive: true })
    },
  })
}

/** Copies the one key and its lineage; the rows of the sample lie evenly among the others. */
function fill(path: string, keys: number, { digests }: Sample): void {
  const database = new DatabaseSync(path)
  const columns = (table: string) =>
    database
      .prepare('select name from pragma_table_info(?)')
      .all(table)
      .map((row) => String(row['name']))
  const selected = (table: string, changed: Readonly<Record<string, string>>) =>
    columns(table)
      .map((name) => changed[name] ?? `pattern.${name}`)
      .join(', ')
  const id = 'lower(hex(randomblob(10)))'
  database.exec('pragma foreign_keys = off; pragma synchronous = off; pragma cache_size = -524288')
  database.exec('create temp table sample (place integer primary key, digest text)')
  const insert = database.prepare('insert into sample values (?, ?)')
  const every = keys / digests.length
  database.exec('begin')
  for (const [index, digest] of digests.entries()) insert.run(Math.floor(index * every) + 1, digest)
  database.exec(`create temp table pattern as select * from keys limit 1`)
  database.exec(`with recursive series(n) as (select 1 union all select n + 1 from series where n < ${keys})
    insert into keys (${columns('keys').join(', ')}) select ${selected('keys', {
      id: `'key_' || ${id}`,
      lineage_id: `'lin_' || ${id}`,
      digest: 'coalesce(sample.digest, substr(hex(randomblob(22)), 1, 43))',
    })} from series cross join pattern left join sample on sample.place = series.n`)
  database.exec(`insert into lineages (${columns('lineages').join(', ')})
    select ${selected('lineages', { id: 'keys.lineage_id' })} from keys
    cross join (select * from lineages limit 1) pattern where keys.lineage_id <> pattern.id`)
  database.exec('commit; analyze')
  database.close()
}

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openInstallation } from 'keywright/embedding'
import pg from 'pg'
import { benchConfig } from './engine-setup.ts'
import { benchEnvironment, settingsOf } from './installation.ts'
import { type Comparison, compare, perSecondLater } from './measure.ts'
import { startShared } from './shared.ts'

const lanes = [1, 32]
const rounds = 7
const roundMs = 1_000
/** As many as a node has for changes. */
const connections = 10

/** Creation of keys on PostgreSQL against bare durable inserts: one prepared statement that inserts the same row, each in a commit of its own. */
export async function benchCreationOnPostgres(): Promise<readonly Comparison[]> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'))
  const shared = await startShared()
  const environment = { ...benchEnvironment(folder, randomBytes(32).toString('hex')), ...shared.environment }
  const storage = await openInstallation(settingsOf(environment), { config: benchConfig() })
  const caller = { actor: { kind: 'operator', id: 'bench' }, requestId: 'bench' } as const
  try {
    const accounts: string[] = []
    for (let index = 0; index < Math.max(...lanes); index++) {
      const account = await storage.accounts.create(caller, { name: `Bench ${index}` })
      if ('problem' in account) throw new Error(account.problem)
      accounts.push(account.record.id)
    }
    const create = async (index: number) => {
      const input = { name: 'Bench key', environment: 'production', preset: 'read' }
      // Creations for one account wait for each other, since its cap is counted.
      const key = await storage.keys.create(caller, accounts[index % accounts.length] as string, input)
      if ('problem' in key) throw new Error(key.problem)
    }
    await create(0)
    const bare = await openBare(shared.url)
    const results: Comparison[] = []
    for (const atOnce of lanes) {
      const about = atOnce === 1 ? 'one after the other' : `${atOnce} at a time`
      const name = `creation of keys on PostgreSQL, ${about}, against bare durable inserts of the row`
      results.push(
        await compare(
          { name, unit: 'keys/s', rounds },
          () => perSecondLater(roundMs, atOnce, bare.insert),
          () => perSecondLater(roundMs, atOnce, create),
        ),
      )
    }
    await bare.close()
    return results
  } finally {
    await storage.close()
    await shared.stop()
    rmSync(folder, { recursive: true })
  }
}

/** A table with the columns and indexes of `keys` that takes copies of a real row and nothing else. */
async function openBare(url: string) {
  const pool = new pg.Pool({ connectionString: url, max: connections })
  await pool.query('create table bare_keys (like keys including all)')
  const { rows } = await pool.query<Readonly<Record<string, unknown>>>('select * from keys limit 1')
  const row = rows[0] ?? {}
  const names = Object.keys(row)
  const places = names.map((_, index) => `$${index + 1}`)
  const text = `insert into bare_keys (${names.join(', ')}) values (${places.join(', ')})`
  return {
    insert: async () => {
      const id = randomBytes(15).toString('base64url')
      const copy = { ...row, id: `key_${id}`, lineage_id: `lin_${id}`, digest: randomBytes(32).toString('base64url') }
      await pool.query({ name: 'bare', text, values: Object.values(copy) })
    },
    close: () => pool.end(),
  }
}

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { databaseFile, openInstallation, type Settings } from 'keywright/embedding'
import { benchConfig } from './engine-setup.ts'
import { benchEnvironment, settingsOf } from './installation.ts'
import { compare, type Result } from './measure.ts'

const inFlight = 32
const perRound = 640

/** Creation of keys against bare durable inserts: one statement that inserts the same row of `keys`, each in a commit of its own. */
export async function benchCreation(): Promise<readonly Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'))
  const settings = settingsOf(benchEnvironment(folder, randomBytes(32).toString('hex')))
  const storage = await openInstallation(settings, { config: benchConfig() })
  try {
    const caller = { actor: { kind: 'operator', id: 'bench' }, requestId: 'bench' } as const
    const account = await storage.accounts.create(caller, { name: 'Bench' })
    if ('problem' in account) throw new Error(account.problem)
    const create = async () => {
      const input = { name: 'Bench key', environment: 'production', preset: 'read' }
      const key = await storage.keys.create(caller, account.record.id, input)
      if ('problem' in key) throw new Error(key.problem)
    }
    await create()
    const bare = await openBare(settings, join(folder, 'bare.db'))
    const insertRate = async () => rate(perRound, async () => bare.insert())
    const results = [
      await compare(
        {
          name: `creation of keys, ${inFlight} at a time, against bare durable inserts of the row`,
          unit: 'keys/s',
          aimRatio: 0.5,
          rounds: 7,
        },
        insertRate,
        () => concurrentRate(create),
      ),
      await compare(
        {
          name: 'creation of keys, one after the other, against bare durable inserts of the row',
          unit: 'keys/s',
          aimRatio: 0.5,
          rounds: 7,
        },
        insertRate,
        () => rate(perRound, create),
      ),
    ]
    bare.close()
    return results
  } finally {
    await storage.close()
    rmSync(folder, { recursive: true })
  }
}

/** A copy of the store whose `keys` table, with the same columns and indexes, takes copies of a real row and nothing else. */
async function openBare(settings: Settings, path: string) {
  const original = new DatabaseSync(databaseFile(settings.dataFolder))
  await backup(original, path)
  original.close()
  const database = new DatabaseSync(path)
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = off')
  const row = database.prepare('select * from keys limit 1').get() as Record<string, string | number | null>
  const names = Object.keys(row)
  const statement = database.prepare(
    `insert into keys (${names.join(', ')}) values (${names.map((name) => `:${name}`).join(', ')})`,
  )
  return {
    insert: () => {
      const id = randomBytes(15).toString('base64url')
      statement.run({ ...row, id: `key_${id}`, lineage_id: `lin_${id}`, digest: randomBytes(32).toString('base64url') })
    },
    close: () => database.close(),
  }
}

async function rate(count: number, body: () => Promise<void>): Promise<number> {
  const start = performance.now()
  for (let index = 0; index < count; index++) await body()
  return count / ((performance.now() - start) / 1_000)
}

async function concurrentRate(body: () => Promise<void>): Promise<number> {
  const start = performance.now()
  const lane = async () => {
    for (let index = 0; index < perRound / inFlight; index++) await body()
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  return perRound / ((performance.now() - start) / 1_000)
}

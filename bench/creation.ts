import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openInstallation } from 'keywright/embedding'
import { benchConfig } from './engine-setup.ts'
import { benchEnvironment, settingsOf } from './installation.ts'
import { compare, type Result } from './measure.ts'

const inFlight = 32
const perRound = 640

/** Creation of keys, 32 at a time, against bare durable inserts of one row each. */
export async function benchCreation(): Promise<readonly Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'))
  const bare = openBare(join(folder, 'bare.db'))
  const settings = settingsOf(benchEnvironment(folder, randomBytes(32).toString('hex')))
  const storage = await openInstallation(settings, { config: benchConfig() })
  try {
    const caller = { actor: { kind: 'operator', id: 'bench' }, requestId: 'bench' } as const
    const account = await storage.accounts.create(caller, { name: 'Bench' })
    if ('problem' in account) throw new Error(account.problem)
    const create = async () => {
      const key = await storage.keys.create(caller, account.record.id, {
        name: 'Bench key',
        environment: 'production',
        preset: 'read',
      })
      if ('problem' in key) throw new Error(key.problem)
    }
    const insertRate = async () => rate(perRound, async () => bare.insert())
    return [
      await compare(
        {
          name: `creation of keys, ${inFlight} at a time, against bare durable inserts`,
          unit: 'keys/s',
          aimRatio: 0.5,
          rounds: 5,
        },
        insertRate,
        () => concurrentRate(create),
      ),
      await compare(
        {
          name: 'creation of keys, one after the other, against bare durable inserts',
          unit: 'keys/s',
          aimRatio: 0.5,
          rounds: 5,
        },
        insertRate,
        () => rate(perRound, create),
      ),
    ]
  } finally {
    await storage.close()
    bare.close()
    rmSync(folder, { recursive: true })
  }
}

function openBare(path: string) {
  const database = new DatabaseSync(path)
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = full; create table keys (id text primary key, digest text unique, name text)',
  )
  const statement = database.prepare('insert into keys values (?, ?, ?)')
  return {
    insert: () => {
      statement.run(randomBytes(15).toString('base64url'), randomBytes(32).toString('base64url'), 'Bench key')
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

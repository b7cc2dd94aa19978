import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { databaseFile, openInstallation } from 'keywright/embedding'
import { benchConfig } from './engine-setup.ts'
import { benchEnvironment, settingsOf } from './installation.ts'
import { type Figure, median } from './measure.ts'

const keyCount = 1_000_000
const secondsMax = 1.5

/** From spawning the server to the first 200 of `/readyz`, with a million keys in its store. */
export async function benchStart(): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'))
  try {
    const environment = benchEnvironment(folder, randomBytes(32).toString('hex'))
    await fill(environment)
    const times: number[] = []
    for (let round = 0; round < 5; round++)
      times.push(await startOnce({ ...environment, KEYWRIGHT_PORT: String(20_000 + round) }))
    const value = median(times)
    return {
      name: 'from spawn to /readyz with 1,000,000 stored keys',
      unit: 's',
      value,
      aim: `≤ ${secondsMax} s`,
      met: value <= secondsMax,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Fills a store by copying one real key under other ids and digests, which starting does not look at. */
async function fill(environment: Readonly<Record<string, string>>): Promise<void> {
  const settings = settingsOf(environment)
  const storage = await openInstallation(settings, { config: benchConfig() })
  const caller = { actor: { kind: 'operator', id: 'bench' }, requestId: 'bench' } as const
  const account = await storage.accounts.create(caller, { name: 'Bench' })
  if ('problem' in account) throw new Error(account.problem)
  await storage.keys.create(caller, account.record.id, { name: 'Bench key', environment: 'production', preset: 'read' })
  await storage.close()
  const database = new DatabaseSync(databaseFile(settings.dataFolder))
  const columns = (table: string) =>
    database
      .prepare('select name from pragma_table_info(?)')
      .all(table)
      .map((row) => String(row['name']))
  const copied = (table: string, changed: Readonly<Record<string, string>>) => {
    const names = columns(table)
    return `insert into ${table} (${names.join(', ')}) select ${names.map((name) => changed[name] ?? name).join(', ')} from (select * from ${table} limit 1), series`
  }
  const series = `with recursive series(n) as (select 1 union all select n + 1 from series where n < ${keyCount})`
  database.exec('pragma synchronous = off')
  database.exec(`${series} ${copied('lineages', { id: "'lin_bench' || n" })}`)
  database.exec(
    `${series} ${copied('keys', { id: "'key_bench' || n", lineage_id: "'lin_bench' || n", digest: "'bench' || n" })}`,
  )
  database.close()
}

async function startOnce(environment: Readonly<Record<string, string>>): Promise<number> {
  const main = fileURLToPath(new URL('../packages/server/src/cli/main.ts', import.meta.url))
  const start = performance.now()
  const child = spawn(process.execPath, [main, 'serve'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    for (;;) {
      const ready = await fetch(`http://127.0.0.1:${environment['KEYWRIGHT_PORT']}/readyz`).then(
        (response) => response.ok,
        () => false,
      )
      if (ready) return (performance.now() - start) / 1_000
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  } finally {
    child.kill('SIGTERM')
    await new Promise((resolve) => child.once('exit', resolve))
  }
}

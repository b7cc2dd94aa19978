import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

/** A PostgreSQL server of a test's own, in a temporary folder and on a free port. Nobody needs a password. */
export interface TestPostgres {
  readonly port: number
  /** The address of a database in it, for its superuser or for a role. */
  url(database: string, user?: string): string
  /** Makes an empty database and answers its address. */
  createDatabase(name: string): Promise<string>
  /** Runs statements as the superuser. */
  run(sql: string, database?: string): Promise<readonly pg.QueryResultRow[]>
  /** Ends it: SIGINT in order, SIGQUIT at once; its data stay. SIGSTOP and SIGCONT pause the process that takes connections. */
  signal(name: 'SIGINT' | 'SIGQUIT' | 'SIGSTOP' | 'SIGCONT'): Promise<void>
  /** Starts it again on the same port, with the same data and, where they are given, with other settings. */
  restart(...settings: readonly string[]): Promise<void>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/** The variable that says in which folder the programs of PostgreSQL are. */
const programs = (): string => {
  const folder = process.env['KEYWRIGHT_TEST_POSTGRES']
  if (folder === undefined) throw new Error('KEYWRIGHT_TEST_POSTGRES does not say where PostgreSQL is')
  return folder
}

/** PostgreSQL refuses to run as root: there it runs as the user that its package made. */
function userOf(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

const triesMax = 10
const readyWithinMs = 20_000

interface Place {
  readonly folder: string
  readonly port: number
  readonly settings: readonly string[]
}

/** Starts a server with more settings (`name=value`) than a test needs anyway. What is written survives its end, but not that of the machine. */
export const startPostgres = (...settings: readonly string[]): Promise<TestPostgres> => {
  const initial = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  return startFrom('initdb', initial, settings)
}

/** Starts a standby of a server, under a name by which the server can be told to wait for it. */
export const startStandby = (primary: TestPostgres, name: string): Promise<TestPostgres> => {
  const source = `host=127.0.0.1 port=${primary.port} user=postgres application_name=${name}`
  const copying = ['--write-recovery-conf', '--checkpoint=fast', '--wal-method=stream', '--no-sync']
  return startFrom('pg_basebackup', [`--dbname=${source}`, ...copying], [])
}

async function startFrom(
  program: string,
  parameters: readonly string[],
  settings: readonly string[],
): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-postgres-'))
  const user = userOf()
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid)
  execFileSync(join(programs(), program), [...parameters, `--pgdata=${join(folder, 'data')}`], {
    ...user,
    cwd: folder,
    stdio: 'ignore',
  })
  for (let tries = 0; tries < triesMax; tries++) {
    // Below the ports that outgoing connections take.
    const place = { folder, port: randomInt(20_000, 32_768), settings }
    const child = await launch(place)
    if (child !== undefined) return serverOf(child, place)
  }
  throw new Error(`PostgreSQL found no free port in ${triesMax} tries`)
}

const urlOf = (port: number, database: string, user = 'postgres'): string =>
  `postgres://${user}@127.0.0.1:${port}/${database}`

/** Resolves when it takes connections; `undefined` where it ended before. */
async function launch({ folder, port, settings }: Place): Promise<ChildProcess | undefined> {
  const always = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${folder}`, 'fsync=off']
  const parameters = [...always, 'max_connections=150', ...settings].flatMap((setting) => ['-c', setting])
  const child = spawn(join(programs(), 'postgres'), ['-D', join(folder, 'data'), ...parameters], {
    ...userOf(),
    cwd: folder,
    stdio: 'ignore',
  })
  const deadlineMs = performance.now() + readyWithinMs
  while (child.exitCode === null && performance.now() < deadlineMs) {
    if (await answers(port)) return child.exitCode === null ? child : undefined
    await pause(20)
  }
  if (child.exitCode === null) throw new Error('PostgreSQL does not take connections')
  return undefined
}

async function answers(port: number): Promise<boolean> {
  try {
    await runOn(urlOf(port, 'postgres'), 'select 1')
    return true
  } catch {
    return false
  }
}

/** Runs statements in the database of an address, on a connection of their own. */
export async function runOn(url: string, sql: string): Promise<readonly pg.QueryResultRow[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

function serverOf(first: ChildProcess, place: Place): TestPostgres {
  const { port, folder } = place
  let child = first
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const end = async (name: NodeJS.Signals) => {
    if (hasEnded()) return
    const exited = once(child, 'exit')
    child.kill(name)
    await exited
  }
  const run: TestPostgres['run'] = (sql, database = 'postgres') => runOn(urlOf(port, database), sql)
  return {
    port,
    url: (database, user) => urlOf(port, database, user),
    run,
    createDatabase: async (name) => {
      await run(`create database ${name}`)
      return urlOf(port, name)
    },
    signal: async (name) => {
      if (name === 'SIGSTOP' || name === 'SIGCONT') child.kill(name)
      else await end(name)
    },
    restart: async (...settings) => {
      const changed = settings.length > 0 ? { ...place, settings } : place
      const again = hasEnded() ? await launch(changed) : undefined
      if (again === undefined) throw new Error('PostgreSQL could not be started again')
      child = again
    },
    stop: async () => {
      child.kill('SIGCONT')
      await end('SIGQUIT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { systemClock } from '../clock.ts'
import { loadConfigFile } from '../config-file.ts'
import { Digests, LogSigner } from '../crypto.ts'
import { databaseFile, installationKeys } from '../installation.ts'
import type { Settings } from '../setting-table.ts'
import { readSettings, type SettingsSource } from '../settings.ts'
import { StartError } from '../start-error.ts'
import { chainsInUse } from '../storage/installation.ts'
import { migrations } from '../storage/migrations/all.ts'
import { openSqliteToRead } from '../storage/sqlite.ts'
import { storeUse } from '../storage/store-use.ts'
import { readCheckpointFile } from './checkpoint-file.ts'
import { examineServer } from './examine-server.ts'
import { type Finding, newerByCompatibleSteps, ok, problem, unconfirmedRestore } from './finding.ts'
import { inspectDatabase } from './inspect-database.ts'

/** Looks at everything that a server needs, and changes nothing. */
export async function examine(source: SettingsSource): Promise<readonly Finding[]> {
  const node = ok('Node', `${process.versions.node}`)
  const result = readSettings(source)
  if (!result.ok) return [node, ...result.problems.map((each) => problem('settings', each))]
  const { settings } = result
  return [
    node,
    ok('settings', 'every KEYWRIGHT_ variable is known and valid'),
    await examineConfig(settings),
    ...(settings.databaseUrl === null ? await examineEmbedded(settings) : await examineServer(settings)),
    examineCheckpoints(settings),
    await examinePort(settings),
    ...(await examineFreshness(settings)),
  ]
}

const examineEmbedded = async (settings: Settings): Promise<readonly Finding[]> => [
  examineFolder(settings),
  ...(await examineDatabase(settings)),
  ...examineModes(settings),
]

async function examineConfig({ configFile }: Settings): Promise<Finding> {
  const loaded = await loadConfigFile(configFile)
  return loaded.ok
    ? ok('configuration', `${loaded.name} is valid`)
    : problem('configuration', loaded.problems.join('\n'))
}

function examineFolder({ dataFolder }: Settings): Finding {
  if (!existsSync(dataFolder)) {
    let parent = dirname(dataFolder)
    while (!existsSync(parent)) parent = dirname(parent)
    return mayWrite(parent)
      ? ok('data folder', `${dataFolder} is not there yet; the first start makes it`)
      : problem(
          'data folder',
          `${dataFolder} cannot be made, since this user may not write in ${parent}; choose another with KEYWRIGHT_DATA`,
        )
  }
  if (!statSync(dataFolder).isDirectory())
    return problem('data folder', `${dataFolder} is not a folder; name one with KEYWRIGHT_DATA`)
  return mayWrite(dataFolder)
    ? ok('data folder', `${dataFolder} can be written`)
    : problem(
        'data folder',
        `this user may not write in ${dataFolder}; give it the folder, or choose another with KEYWRIGHT_DATA`,
      )
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function examineDatabase(settings: Settings): Promise<readonly Finding[]> {
  const path = databaseFile(settings.dataFolder)
  if (!existsSync(path))
    return [ok('database', 'there is none yet; the first start makes it, with its pepper and log key')]
  const { fault, schemaVersion, compatibleFrom, newest, restoredThrough, keys, accounts } = inspectDatabase(path)
  if (fault !== null) return [problem('database', `${path} is damaged or no database (${fault}); restore a backup`)]
  if (compatibleFrom > migrations.length) {
    return [
      problem(
        'database',
        `its schema is version ${schemaVersion}, newer than this program knows (${migrations.length}); start the newer Keywright`,
      ),
    ]
  }
  const version = schemaVersion ?? 0
  const behind = version < migrations.length ? '; the next start brings its schema up to date' : ''
  const ahead = version > migrations.length ? `; its schema ${newerByCompatibleSteps(version)}` : ''
  const findings = [ok('database', `${path} is sound, with ${accounts} accounts and ${keys} keys${behind}${ahead}`)]
  if (schemaVersion !== null && behind === '')
    findings.push(await examineSecrets(settings, path, newest?.logKeyId ?? null))
  if (newest !== null) findings.push(examineClock(newest.atMs))
  if (restoredThrough !== null) findings.push(unconfirmedRestore(restoredThrough))
  return findings
}

async function examineSecrets(settings: Settings, path: string, logKeyId: string | null): Promise<Finding> {
  const subject = 'pepper, log key'
  const database = openSqliteToRead(path)
  try {
    const use = await storeUse(database)
    const there = (file: string, given: unknown) => given !== null || existsSync(join(settings.dataFolder, file))
    // Asked only where nothing would be made, since looking changes nothing.
    if (!(use.digests || there('pepper', settings.pepper)) || !(use.log || there('log-key', settings.logKey))) {
      return ok(subject, 'nothing depends on them yet; the first start makes them')
    }
    const keys = await installationKeys(settings, database)
    new Digests(keys.peppers, await chainsInUse(database.read))
    if (logKeyId !== null && !new LogSigner(keys.logKeys).knows(logKeyId)) {
      return problem(
        subject,
        `the log is chained under the log key ${logKeyId}, which is not the one given; give that one (KEYWRIGHT_LOG_KEY or the file log-key)`,
      )
    }
    return ok(subject, 'are there and fit what is stored')
  } catch (error) {
    if (error instanceof StartError) return problem(subject, error.message)
    throw error
  } finally {
    await database.close()
  }
}

function examineClock(newestMs: number): Finding {
  const behindMs = newestMs - systemClock.wallMs()
  return behindMs > 1_000
    ? problem(
        'clock',
        `it is ${Math.ceil(behindMs / 1_000)} seconds behind the newest entry of the log; set the machine's clock`,
      )
    : ok('clock', 'is not behind the newest entry of the log')
}

function examineModes(settings: Settings): readonly Finding[] {
  const open = ['pepper', 'log-key', 'keywright.db'].filter((name) => {
    const path = join(settings.dataFolder, name)
    return existsSync(path) && (statSync(path).mode & 0o077) !== 0
  })
  return open.map((name) =>
    problem('file modes', `${name} can be read by other users; run: chmod 600 ${join(settings.dataFolder, name)}`),
  )
}

function examineCheckpoints({ checkpointFile }: Settings): Finding {
  try {
    const { checkpoints, faults } = readCheckpointFile(checkpointFile)
    if (faults.length > 0) return problem('checkpoints', faults.join('\n'))
    return ok(
      'checkpoints',
      `${checkpoints.length} outside the database${checkpoints.length === 0 ? '; take one with `keywright events checkpoint`' : ''}`,
    )
  } catch (error) {
    return problem('checkpoints', error instanceof Error ? error.message : 'unreadable')
  }
}

async function examinePort({ port, host }: Settings): Promise<Finding> {
  const code = await new Promise<string | null>((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    server.listen(port, host, () => server.close(() => resolve(null)))
  })
  if (code === null) return ok('port', `${port} of ${host} is free`)
  if (code === 'EADDRINUSE') {
    const answer = await ask({ port, host }, 'healthz')
    if (answer?.status === 200) return ok('port', `a server answers on ${port} of ${host}`)
    return problem(
      'port',
      `${port} of ${host} is taken by another program; stop that one, or choose another with KEYWRIGHT_PORT`,
    )
  }
  return problem(
    'port',
    `this user cannot listen on ${port} of ${host} (${code}); correct KEYWRIGHT_PORT or KEYWRIGHT_HOST`,
  )
}

async function examineFreshness(settings: Settings): Promise<readonly Finding[]> {
  const { freshnessMs, outageGraceMs } = settings
  const grace = outageGraceMs === 0 ? '' : `, and ${outageGraceMs} ms longer while the store cannot be reached`
  const answer = settings.port === 0 ? undefined : await ask(settings, 'readyz')
  if (answer === undefined)
    return [ok('freshness', `memory may answer for ${freshnessMs} ms${grace}; no server runs here that could be asked`)]
  if (answer.status === 200)
    return [ok('freshness', `the running server is ready; memory may answer for ${freshnessMs} ms${grace}`)]
  return [problem('freshness', `the running server is not ready: ${(await answer.text()).slice(0, 500)}`)]
}

async function ask({ port, host }: Pick<Settings, 'port' | 'host'>, path: string): Promise<Response | undefined> {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  try {
    return await fetch(`http://${name.includes(':') ? `[${name}]` : name}:${port}/${path}`, {
      signal: AbortSignal.timeout(3_000),
      redirect: 'manual',
    })
  } catch {
    return undefined
  }
}

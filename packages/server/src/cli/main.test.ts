import { type ChildProcess, spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { command } from './testing.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'keywright-cli-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folder = ''
let data = ''
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'))
  data = join(folder, 'data')
  writeFileSync(
    join(folder, 'keywright.config.json'),
    JSON.stringify({
      product: { name: 'Example' },
      types: [{ id: 'key', prefix: 'exa', label: 'Key', audiences: ['api'] }],
      resources: [
        { id: 'jobs', label: 'Jobs', verbs: ['view'], levels: [{ id: 'read', label: 'Read', verbs: ['view'] }] },
      ],
      presets: [{ id: 'read-only', label: 'Read only', grant: { jobs: 'read' } }],
      roles: [{ id: 'admin', label: 'Administrator', may: ['view'] }],
    }),
  )
})

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Starts the program as a process of its own, with nothing of this one's environment. */
function start(given: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [main, ...given], {
    cwd: folder,
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  children.push(child)
  let output = ''
  let complaints = ''
  const first = new Promise<string>((resolve) =>
    child.stdout.on('data', (part) => {
      output += part
      if (output.includes('\n')) resolve(output)
    }),
  )
  child.stderr.on('data', (part) => {
    complaints += part
  })
  const ended = new Promise<{ code: number | null; output: string; complaints: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, output, complaints })),
  )
  return { child, first, ended }
}

interface Served {
  readonly url: string
  readonly setupLink: string | null
}

async function startServer(environment: Readonly<Record<string, string>> = {}) {
  const process = start(['serve', '--port', '0', '--data', data, '--json'], environment)
  const text = await Promise.race([
    process.first,
    process.ended.then(({ complaints }) => Promise.reject(new Error(complaints))),
  ])
  return { ...process, served: JSON.parse(text) as Served }
}

async function setUp({ setupLink }: Served): Promise<string> {
  const answer = await fetch(setupLink ?? '', { method: 'POST' })
  return ((await answer.json()) as { secret: string }).secret
}

const here = (...given: readonly string[]) => command(given, { folder, environment: { KEYWRIGHT_DATA: data } })

describe('one server, by the command line alone', () => {
  test('a key lives its life, the log verifies beside the server, a backup comes back, and a stop loses nothing', async () => {
    const { child, served, ended } = await startServer()
    const credential = await setUp(served)
    const environment = { KEYWRIGHT_URL: served.url, KEYWRIGHT_CREDENTIAL: credential }
    const ask = async (given: readonly string[], input?: string) =>
      await command(given, { environment, ...(input === undefined ? {} : { input }) })
    const json = async (...given: readonly string[]) => {
      const { code, output, complaints } = await ask([...given, '--json'])
      if (code !== 0) throw new Error(`${given.join(' ')}: ${code} ${complaints}`)
      return JSON.parse(output) as Record<string, never> & { id: string; items: readonly Record<string, unknown>[] }
    }

    // Accounts, members, credentials.
    const account = await json('accounts', 'create', '--name', 'Acme', '--external-id', 'a-1')
    expect((await json('accounts', 'list', '--external-id', 'a-1')).items).toHaveLength(1)
    expect(await json('accounts', 'update', account.id, '--clear', 'externalId')).toMatchObject({ externalId: null })
    expect(await json('accounts', 'suspend', account.id, '--reason', 'unpaid')).toMatchObject({ state: 'suspended' })
    expect(await json('accounts', 'resume', account.id)).toMatchObject({ state: 'active' })
    const member = await json('members', 'add', account.id, 'admin', '--name', 'Ada')
    expect(await json('members', 'update', account.id, member.id, '--state', 'suspended')).toMatchObject({
      state: 'suspended',
    })
    expect((await ask(['members', 'remove', account.id, member.id])).code).toBe(0)
    const verifier = await ask(['credentials', 'create', 'verify', 'gateway', '--audience', 'api'])
    expect(verifier.output).toMatch(/^\S{40,}\n$/)

    // A key, as a process of its own: its secret and nothing else is on standard output.
    const creation = await start(
      ['keys', 'create', account.id, '--name', 'build', '--preset', 'read-only', '--quota', '5/month'],
      environment,
    ).ended
    expect(creation).toMatchObject({ code: 0, output: expect.stringMatching(/^exa_[0-9A-Za-z]{38}\n$/) })
    expect(creation.complaints).not.toContain(creation.output.trim())
    const secret = creation.output
    const [key] = (await json('keys', 'list', account.id, '--search', 'build')).items
    const id = String(key?.['id'])
    const check = async () =>
      await command(['keys', 'verify', '--permission', 'jobs.view', '--json'], {
        environment: { ...environment, KEYWRIGHT_CREDENTIAL: verifier.output },
        input: secret,
      })
    expect(await check()).toMatchObject({ code: 0, output: expect.stringContaining('"VALID"') })
    expect(await json('keys', 'update', id, '--description', 'for the build')).toMatchObject({
      description: 'for the build',
    })
    expect(
      await json('keys', 'override', id, '--rate', 'requests:5/60', '--quota', '9', '--until', '2099-01-01'),
    ).toMatchObject({ overrides: { quota: { limit: 9 } } })
    expect(await json('keys', 'override', id, '--remove')).not.toHaveProperty('overrides')
    const rotated = await json('keys', 'rotate', id, '--overlap', '3600')
    expect(await check()).toMatchObject({ code: 0 })

    // A backup from before the revocation.
    expect(await here('events', 'checkpoint')).toMatchObject({ code: 0 })
    const copy = join(folder, 'backup.db')
    expect(await here('backup', copy)).toMatchObject({ code: 0, output: `${copy}\n` })
    expect(readdirSync(folder).filter((name) => name.startsWith('backup'))).toEqual(['backup.db'])
    expect(statSync(copy).mode & 0o777).toBe(0o600)
    expect(await here('backup', copy)).toMatchObject({
      code: 1,
      complaints: expect.stringContaining('is not overwritten'),
    })

    expect(await json('keys', 'batch', 'revoke', '--account', account.id, '--dry-run')).toEqual({
      matched: 2,
      wouldChange: 2,
      skipped: [],
    })
    expect(await json('keys', 'revoke', id, '--reason', 'leaked')).toMatchObject({ state: 'revoked' })
    expect(await check()).toMatchObject({ code: 1, output: expect.stringContaining('"REVOKED"') })
    expect(await json('keys', 'batch', 'revoke', '--account', account.id, '--state', 'active', '--yes')).toMatchObject({
      changed: 1,
    })
    expect((await json('keys', 'events', rotated.id)).items.map(({ type }) => type)).toContain('key.revoked')
    expect((await json('events', 'list', '--type', 'account.suspended')).items).toMatchObject([{ reason: 'unpaid' }])
    expect(await json('config', 'show')).toHaveProperty('types')
    expect(await here('doctor', '--port', new URL(served.url).port)).toMatchObject({
      code: 0,
      output: expect.stringContaining('the running server is ready'),
    })
    const verified = await here('events', 'verify', '--json')
    expect(JSON.parse(verified.output)).toMatchObject({ whole: true, from: 1, outsideCheckpoints: 1, faults: [] })
    expect(await here('restore', copy, '--replace')).toMatchObject({
      code: 1,
      complaints: expect.stringContaining('stop the server first'),
    })

    child.kill('SIGTERM')
    const { code, complaints, output } = await ended
    expect(code).toBe(0)
    for (const text of [secret.trim(), credential, readFileSync(join(data, 'pepper'), 'utf8').trim()])
      expect(complaints + output.replace(served.setupLink ?? '', '')).not.toContain(text)

    // What a stop would lose is there: the usage of the check just before it.
    const usage = new DatabaseSync(join(data, 'keywright.db'), { readOnly: true })
    expect(usage.prepare("select sum(count) as n from usage where code = 'VALID'").get()).toEqual({ n: 2 })
    usage.close()

    // Restore: refused over data, revocations carried over, and no key accepted before it is confirmed.
    expect(await here('restore', copy)).toMatchObject({ code: 1, complaints: expect.stringContaining('--replace') })
    const restored = await here('restore', copy, '--replace', '--json')
    expect(JSON.parse(restored.output)).toMatchObject({
      carried: [expect.stringContaining(`key ${id} was revoked`), expect.stringContaining(rotated.id)],
    })
    expect(await here('doctor', '--port', '0')).toMatchObject({
      code: 1,
      output: expect.stringContaining('restore --confirm'),
    })
    expect(await here('serve', '--port', '0')).toMatchObject({
      code: 1,
      complaints: expect.stringContaining('restored from a backup'),
    })
    expect(await here('restore', '--confirm')).toMatchObject({ code: 0 })
    expect(await here('restore', '--confirm')).toMatchObject({ code: 1 })
    expect(await here('events', 'verify')).toMatchObject({ code: 0 })
    const again = await startServer()
    expect(again.served.setupLink).toBeNull()
    const refused = await command(['keys', 'verify', '--json'], {
      environment: { KEYWRIGHT_URL: again.served.url, KEYWRIGHT_CREDENTIAL: verifier.output },
      input: secret,
    })
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('"REVOKED"') })
  }, 60_000)
})

test('a backup of another installation takes nothing away, and one whose log was altered is refused', async () => {
  for (const name of ['first', 'second']) {
    data = join(folder, name)
    const { child, served, ended } = await startServer()
    await command(['accounts', 'create', '--name', name], {
      environment: { KEYWRIGHT_URL: served.url, KEYWRIGHT_CREDENTIAL: await setUp(served) },
    })
    child.kill('SIGTERM')
    await ended
  }
  const other = join(folder, 'first', 'keywright.db')
  const mine = join(folder, 'second', 'keywright.db')
  const copyOf = (path: string, statement: string) => {
    const copy = join(folder, 'copy.db')
    copyFileSync(path, copy)
    const database = new DatabaseSync(copy)
    database.exec(statement)
    database.close()
    return copy
  }
  expect(await here('restore', other, '--replace')).toMatchObject({
    code: 1,
    complaints: expect.stringContaining('which was not given'),
  })
  const altered = copyOf(
    mine,
    "drop trigger log_entries_unchanged; update log_entries set reason = 'other' where number = 2",
  )
  expect(await here('restore', altered, '--replace')).toMatchObject({
    code: 1,
    complaints: expect.stringContaining('entry 2: '),
  })
  expect(readdirSync(data).sort()).toEqual(['keywright.db', 'log-key', 'pepper'])
  for (const name of ['pepper', 'log-key']) copyFileSync(join(folder, 'first', name), join(data, name))
  const { output } = await here('restore', other, '--replace', '--json')
  expect(JSON.parse(output)).toMatchObject({
    carried: [],
    review: [expect.stringContaining('does not have the history of the backup')],
  })
})

test('a second signal ends the server at once, whatever it waits for', async () => {
  const { child, served, ended } = await startServer()
  const { hostname, port } = new URL(served.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.write('POST /v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n')
  socket.write('{')
  const stopping = new Promise<void>((resolve) =>
    child.stderr.on('data', (part) => String(part).includes('Stopping') && resolve()),
  )
  await fetch(`${served.url}/healthz`)
  child.kill('SIGTERM')
  await stopping
  child.kill('SIGINT')
  expect((await ended).code).toBe(130)
  socket.destroy()
})

test('npm start: Ctrl-C, which npm passes on once more, still loses nothing', async () => {
  const { child, served, ended } = await startServer({ npm_lifecycle_event: 'start' })
  await fetch(`${served.url}/healthz`)
  const stopping = new Promise<void>((resolve) =>
    child.stderr.on('data', (part) => String(part).includes('Stopping') && resolve()),
  )
  child.kill('SIGINT')
  await stopping
  child.kill('SIGINT')
  expect(await ended).toMatchObject({ code: 0, complaints: expect.stringContaining('Stopped.') })
})

test('npm start runs the server in the place of the shell, so that a signal to npm reaches it', () => {
  const { scripts } = JSON.parse(
    readFileSync(fileURLToPath(new URL('../../../../package.json', import.meta.url)), 'utf8'),
  ) as { scripts: Record<string, string> }
  expect(scripts['start']).toMatch(/^exec node /)
})

test('an older Node is told in one sentence what is needed', async () => {
  const older = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '20.19.0' } })`
  const child = spawn(process.execPath, ['--import', older, main, 'serve'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let complaints = ''
  child.stderr.on('data', (part) => {
    complaints += part
  })
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1)
  expect(complaints).toMatch(/^Keywright needs Node 24 or newer; this is Node 20\.19\.0\..*\n$/)
})

describe('the log', () => {
  const change = (statement: string) => {
    const database = new DatabaseSync(join(data, 'keywright.db'))
    database.exec('drop trigger log_entries_unchanged; drop trigger log_entries_kept')
    database.exec(statement)
    database.close()
  }

  async function filled(): Promise<void> {
    const { child, served, ended } = await startServer()
    const environment = { KEYWRIGHT_URL: served.url, KEYWRIGHT_CREDENTIAL: await setUp(served) }
    for (const name of ['one', 'two', 'three']) await command(['accounts', 'create', '--name', name], { environment })
    child.kill('SIGTERM')
    await ended
  }

  test('an altered entry is named with its number, and a cut end by the outside checkpoint', async () => {
    await filled()
    const { output } = await here('events', 'checkpoint', '--json')
    const { number } = JSON.parse(output) as { number: number }
    change(
      `update log_entries set after_json = '{"name":"other"}' where number = ${number - 1}; delete from log_entries where number = ${number}; update log_head set number = ${number - 1}`,
    )
    const { code, output: text, complaints } = await here('events', 'verify')
    expect(code).toBe(1)
    expect(text).toMatch(/^whole +false$/m)
    expect(complaints).toContain(`entry ${number - 1}: `)
    expect(complaints).toContain(`entry ${number}: `)
  })

  test('verify and doctor write nothing: no secret is made, no schema is touched, and a newer one is named', async () => {
    await filled()
    const database = new DatabaseSync(join(data, 'keywright.db'))
    database.exec('pragma journal_mode = delete')
    database.close()
    const pepper = readFileSync(join(data, 'pepper'))
    const contents = () =>
      readdirSync(data)
        .sort()
        .map((name) => [name, readFileSync(join(data, name)).toString('base64')])
    rmSync(join(data, 'pepper'))
    const before = contents()
    expect(await here('events', 'verify')).toMatchObject({ code: 0 })
    expect(await here('doctor', '--port', '0')).toMatchObject({
      code: 1,
      output: expect.stringContaining('its pepper'),
    })
    expect(contents()).toEqual(before)
    writeFileSync(join(data, 'pepper'), pepper)
    renameSync(join(data, 'log-key'), join(folder, 'log-key'))
    expect(await here('events', 'verify')).toMatchObject({
      code: 1,
      complaints: expect.stringContaining('cannot be verified without its log key'),
    })
    expect(existsSync(join(data, 'log-key'))).toBe(false)
    renameSync(join(folder, 'log-key'), join(data, 'log-key'))
    change("insert into schema_versions (version, name, applied_at_ms) values (99, 'later', 0)")
    const newer = contents()
    for (const given of [
      ['events', 'verify'],
      ['doctor', '--port', '0'],
    ]) {
      const { code, output, complaints } = await here(...given)
      expect([code, output + complaints]).toEqual([1, expect.stringMatching(/version 99.*newer/)])
    }
    expect(contents()).toEqual(newer)
  })

  test('pruned entries leave a checkpoint in the database and outside it; a damaged outside file is named', async () => {
    await filled()
    expect(await here('events', 'prune')).toMatchObject({ code: 2 })
    expect(await here('events', 'prune', '--before', '2000-01-01')).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^removed +0$/m),
    })
    const pruned = await here('events', 'prune', '--before', '2999-01-01', '--json')
    const { removed, through } = JSON.parse(pruned.output) as { removed: number; through: number }
    expect(removed).toBe(through)
    expect(JSON.parse((await here('events', 'verify', '--json')).output)).toMatchObject({
      whole: true,
      from: through + 1,
    })
    writeFileSync(join(data, 'checkpoints.jsonl'), '{"number":1}\n', { flag: 'a' })
    expect(await here('events', 'verify')).toMatchObject({ code: 1, complaints: expect.stringContaining('line 3 of') })
  })
})

describe('what keeps a server from starting is one clear sentence and exit code 1', () => {
  const refusal = async (
    environment: Readonly<Record<string, string>>,
    sentence: RegExp,
    ...flags: readonly string[]
  ) => {
    const { code, output, complaints } = await command(['serve', ...flags], {
      folder,
      environment: { KEYWRIGHT_DATA: data, KEYWRIGHT_PORT: '0', ...environment },
    })
    expect({ code, output }).toEqual({ code: 1, output: '' })
    expect(complaints).toMatch(sentence)
    expect(complaints).not.toMatch(/\n +at /)
  }

  test('an occupied port', async () => {
    const other = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    await refusal({ KEYWRIGHT_PORT: String(port) }, new RegExp(`^Port ${port} of 127\\.0\\.0\\.1 is taken .*\n$`))
    expect(await here('doctor', '--port', String(port))).toMatchObject({
      code: 1,
      output: expect.stringContaining('taken by another program'),
    })
    other.close()
  })

  test('a data folder that cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '')
    await refusal({ KEYWRIGHT_DATA: join(folder, 'file', 'data') }, /^The data folder .* cannot be made.*\n$/)
    writeFileSync(join(folder, 'taken'), '')
    expect(await here('doctor', '--data', join(folder, 'taken'), '--port', '0')).toMatchObject({
      code: 1,
      output: expect.stringContaining('is not a folder'),
    })
  })

  test('wrong settings, all of them', async () => {
    await refusal(
      { KEYWRIGHT_PROT: '1', KEYWRIGHT_WORKERS: '0' },
      /^KEYWRIGHT_PROT is not a setting.*\nKEYWRIGHT_WORKERS is "0".*\n$/,
    )
  })

  test('a wrong configuration', async () => {
    writeFileSync(join(folder, 'wrong.json'), '{"product":{"name":"x"},"types":[]}')
    await refusal(
      {},
      /wrong\.json: types must not be empty \(found: an empty list\)\.\n {2}To mend it: /,
      '--config',
      'wrong.json',
    )
    await refusal({ KEYWRIGHT_CONFIG: 'nowhere.ts' }, /nowhere\.ts: there is no such file\./)
  })

  test('a newer schema, and stored keys without their pepper', async () => {
    const { child, served, ended } = await startServer()
    await setUp(served)
    child.kill('SIGTERM')
    await ended
    renameSync(join(data, 'pepper'), join(folder, 'pepper'))
    await refusal({}, /^The database in .* needs its pepper, and there is none.*\n$/)
    expect(await here('doctor', '--port', '0')).toMatchObject({
      code: 1,
      output: expect.stringContaining('needs its pepper'),
    })
    expect(existsSync(join(data, 'pepper'))).toBe(false)
    await refusal(
      { KEYWRIGHT_PEPPER: '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c' },
      /^The database holds keys whose digests need the pepper .*\n$/,
    )
    renameSync(join(folder, 'pepper'), join(data, 'pepper'))
    const database = new DatabaseSync(join(data, 'keywright.db'))
    database.exec("insert into schema_versions (version, name, applied_at_ms) values (9999, 'later', 0)")
    database.close()
    await refusal({}, /^The database has schema version 9999, made by a newer Keywright.*\n$/)
    expect(await here('migrate')).toMatchObject({ code: 1, complaints: expect.stringContaining('newer Keywright') })
    expect(await here('doctor', '--port', '0')).toMatchObject({
      code: 1,
      output: expect.stringContaining('newer than this program knows'),
    })
  })
})

test('migrate makes the schema once; commands about a store that is not there say so and make none', async () => {
  for (const given of [
    ['backup', 'x.db'],
    ['events', 'verify'],
    ['events', 'checkpoint'],
  ]) {
    expect(await here(...given)).toMatchObject({ code: 1, complaints: expect.stringContaining('There is no database') })
  }
  expect(existsSync(data)).toBe(false)
  expect(await here('doctor', '--port', '0')).toMatchObject({ code: 0 })
  expect(existsSync(data)).toBe(false)
  expect(await here('migrate')).toMatchObject({ code: 0, output: expect.stringMatching(/^Applied /) })
  expect(await here('migrate')).toMatchObject({ code: 0, output: 'The schema is up to date.\n' })
  writeFileSync(join(folder, 'no.db'), 'this is no database, however long it may be')
  expect(
    await command(['restore', 'no.db', '--replace'], { folder, environment: { KEYWRIGHT_DATA: data } }),
  ).toMatchObject({ code: 1, complaints: expect.stringContaining('is no backup of Keywright') })
})

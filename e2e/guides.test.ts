import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { repository } from './support/child-server.ts'
import { temporaryFolder } from './support/cleanup.ts'
import { namedBlocks } from './support/markdown.ts'
import { until } from './support/poll.ts'
import { freePort } from './support/ports.ts'
import { openShell } from './support/shell.ts'

const text = (name: string): string => readFileSync(join(repository, 'docs/guides', name), 'utf8')
const [protect, operate, keys] = [text('protect-an-api.md'), text('operate.md'), text('keys-over-the-api.md')]

/** A folder as an adopter's, with the guide's configuration and API. */
const project = temporaryFolder()
symlinkSync(join(repository, 'node_modules'), join(project, 'node_modules'))
writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
const compilerOptions = { lib: ['es2024', 'dom', 'dom.iterable'], types: ['node'] }
writeFileSync(
  join(project, 'tsconfig.json'),
  JSON.stringify({ extends: join(repository, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] }),
)
for (const [name, source] of namedBlocks(protect, 'ts')) writeFileSync(join(project, name), source)

/** Where things listen and lie: all that differs from what a reader has. */
async function surroundings() {
  const [port, apiPort] = [await freePort(), await freePort()]
  return {
    KEYWRIGHT_DATA: temporaryFolder(),
    KEYWRIGHT_CONFIG: join(project, 'keywright.config.ts'),
    KEYWRIGHT_PORT: String(port),
    KEYWRIGHT_URL: `http://127.0.0.1:${port}`,
    PORT: String(apiPort),
  }
}

/** The blocks of a guide by name; asking for one that is not there is an error. */
function blocksOf(markdown: string, names: readonly string[]): (name: string) => string {
  const blocks = namedBlocks(markdown, 'sh')
  expect([...blocks.keys()]).toEqual(names)
  return (name) => blocks.get(name) ?? ''
}

test('U6: the snippets of the guide compile', () => {
  const { stdout, error } = spawnSync(join(repository, 'node_modules/.bin/tsc'), ['-p', project], { encoding: 'utf8' })
  expect(error).toBeUndefined()
  expect(stdout.split('\n').filter((line) => line.includes(basename(project)))).toEqual([])
})

test('U6: the commands that protect an API, and those that manage its keys, do what the guides say', async () => {
  const block = blocksOf(protect, ['doctor', 'start', 'link', 'credentials', 'verify', 'call'])
  const environment = await surroundings()
  const shell = openShell(environment)
  expect(await shell.type(block('doctor'))).toMatch(/^ok +configuration +\S+ is valid$/m)
  const server = openShell(environment).leaveRunning(block('start'))
  const link = await until('the set-up link', () => /^ {4}(http\S+\/setup\/\S+)$/m.exec(server())?.[1], 20_000)
  await shell.type(`${block('link').trim()}\n${link}`)
  await shell.type(block('credentials'))
  await shell.type(`(cd ${project} && KEYWRIGHT_CREDENTIAL=$VERIFY ${process.execPath} api.ts) &`)
  expect(await shell.type(block('verify'))).toMatch(/"valid":true,"code":"VALID"/)
  const called = await shell.type(block('call'))
  expect([...called.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '403', '403', '401'])
  expect(called).toMatch(/^ratelimit: "requests";r=\d+, "account"/im)
  expect(called).toContain('"mayReport":false')
  expect(called).toContain('"missing":["tides.report"]')
  expect(called).toContain('"missing":["stations.use:north"]')

  const step = blocksOf(keys, [
    'begin',
    'account',
    'member',
    'create',
    'rotate',
    'leak',
    'batch',
    'override',
    'managing',
  ])
  expect(await shell.type(step('begin'))).toBe('')
  expect(await shell.type(step('account'))).toContain('"name":"Acme Ltd"')
  expect(await shell.type(step('member'))).toMatch(/^key_\w+\n$/)
  const created = await shell.type(step('create'))
  expect(created).toContain('"allowedNetworks":["192.0.2.0/24"]')
  expect(created).toContain('"type":"key.created"')
  expect(await shell.type(step('rotate'))).toMatch(/^\{"items":\[\]/)
  const leak = await shell.type(step('leak'))
  expect(leak).toContain('"state":"revoked"')
  expect(await shell.type('echo "$LEAKED"')).toMatch(/^key_\w+\n$/)
  const batch = await shell.type(step('batch'))
  expect([...batch.matchAll(/"changed":(\d)/g)].map(([, count]) => count)).toEqual(['2', '2'])
  const override = await shell.type(step('override'))
  expect(override).toContain('"overrides":{"limits":[{"name":"requests","limit":6000')
  const managing = await shell.type(step('managing'))
  expect(managing).toMatch(/^key_\w+$/m)
  expect(managing).toContain('"code":"exceeds_creator"')
}, 120_000)

test('U6: the commands that operate a server do what the guide says', async () => {
  const block = blocksOf(operate, [
    'secrets',
    'start',
    'client',
    'migrate',
    'move',
    'watch',
    'doctor',
    'backup',
    'export',
    'restore',
    'verify',
  ])
  const environment = await surroundings()
  const terminal = openShell(environment)
  await terminal.type(block('secrets'))
  const server = terminal.leaveRunning(`${block('start').trim()} &`)
  await until('the server to serve', () => /serves at /.exec(server()) ?? undefined, 20_000)
  const shell = openShell(environment)
  expect(await shell.type(block('client'))).toMatch(/ operator /)
  const watched = await shell.type(block('watch'))
  expect(watched).toContain('{"status":"ok"}\n{"ready":true,"reasons":[]}\n')
  expect(watched).toMatch(/^keywright_usage_at_stake 0$/m)
  const named = [...operate.matchAll(/^\| `(keywright_\w+)`/gm)].map(([, name]) => name as string)
  expect(named.length).toBeGreaterThan(10)
  expect((await shell.type(`${block('watch')}\n`)).length).toBeGreaterThan(0)
  expect(await shell.type(block('doctor'))).not.toMatch(/^problem/m)
  await shell.type(block('backup'))
  const backups = join(environment.KEYWRIGHT_DATA, 'backups')
  expect(readdirSync(backups)).toHaveLength(1)
  expect(await shell.type(block('export'))).toMatch(/^through +\d+$/m)
  expect(dirname(backups)).toBe(environment.KEYWRIGHT_DATA)

  await terminal.type('kill %1; wait %1')
  expect(server()).toContain('Stopped.')
  const restored = await shell.type(block('restore'))
  expect(restored).toContain('a new epoch has begun')
  expect(restored).toContain('Confirmed.')
  expect(await shell.type(block('verify'))).toMatch(/^whole +true$/m)
}, 120_000)

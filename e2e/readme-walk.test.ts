import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { callsWith } from './support/calls.ts'
import { keywright, repository } from './support/child-server.ts'
import { temporaryFolder } from './support/cleanup.ts'
import { namedBlocks } from './support/markdown.ts'
import { until } from './support/poll.ts'
import { freePort } from './support/ports.ts'
import { openShell } from './support/shell.ts'

const readme = readFileSync(join(repository, 'README.md'), 'utf8')
const blocks = namedBlocks(readme, 'sh')

test('U6: the walk of the README does what it says, typed as it stands', async () => {
  expect([...blocks.keys()]).toEqual(['start', 'link', 'make', 'api', 'call', 'revoke', 'look'])
  const block = (name: string): string => blocks.get(name) ?? ''
  const [port, apiPort] = [await freePort(), await freePort()]
  // Only where things listen and lie differs from what a reader has.
  const environment = {
    KEYWRIGHT_DATA: temporaryFolder(),
    KEYWRIGHT_PORT: String(port),
    KEYWRIGHT_URL: `http://127.0.0.1:${port}`,
    PORT: String(apiPort),
  }

  const server = openShell(environment).leaveRunning(block('start'))
  const link = await until('the set-up link', () => /^ {4}(http\S+\/setup\/\S+)$/m.exec(server())?.[1], 20_000)
  const shell = openShell(environment)
  await shell.type(`${block('link').trim()}\n${link}`)
  const made = await shell.type(block('make'))
  expect(made).toContain('Careers page')
  expect(made).toMatch(/active/)

  await shell.type(block('api'))
  const called = await shell.type(block('call'))
  expect(called).toMatch(/^HTTP\/1\.1 200 /m)
  expect(called).toMatch(/^ratelimit: "requests";r=59/im)
  expect(called).toContain('{"jobs":[]}')

  const revoked = await shell.type(block('revoke'))
  expect(revoked).toMatch(/^HTTP\/1\.1 401 /m)
  expect(revoked).toContain('"title":"Invalid API Key"')
  expect(revoked).toContain('"check":["Verify that the key is copied whole and without extra spaces."')

  const operator = callsWith(environment.KEYWRIGHT_URL, (await shell.type('echo "$KEYWRIGHT_CREDENTIAL"')).trim())
  await until('usage to be stored', async () =>
    /^keywright_usage_at_stake 0$/m.test((await operator('GET', '/metrics')).text),
  )
  const looked = await shell.type(block('look'))
  expect(looked).toMatch(/^lastUsedAt +20\d\d-/m)
  expect(looked).toMatch(/^totals +accepted=1 refused=1$/m)
  expect(looked).toMatch(/VALID +jobs\.view +127\.0\.0\.0\/24/)
  expect(looked).toMatch(/key\.revoked +.*Trying it out/)
  expect(looked).toMatch(/^whole +true$/m)
}, 60_000)

test('U6: the snippets of the README compile, and the configuration is one', () => {
  const folder = temporaryFolder()
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const compilerOptions = { lib: ['es2024', 'dom', 'dom.iterable'], types: ['node'] }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(repository, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] }),
  )
  const snippets = namedBlocks(readme, 'ts')
  expect([...snippets.keys()]).toEqual(['keywright.config.ts', 'api.ts'])
  for (const [name, text] of snippets) writeFileSync(join(folder, name), text)
  // Whether the packages themselves compile is another check.
  const complaints = () =>
    spawnSync(join(repository, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((line) => line.includes(basename(folder)))
  expect(complaints()).toEqual([])
  writeFileSync(join(folder, 'wrong.ts'), "import { requires } from '@keywright/sdk/express'\nrequires(7)\n")
  expect(complaints()).toEqual([expect.stringContaining('wrong.ts(2,10)')])
})

test('the configuration of the README is accepted', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'keywright.config.ts')
  writeFileSync(file, namedBlocks(readme, 'ts').get('keywright.config.ts') ?? '')
  const { code, told } = await keywright(['config', 'check', file], {})
  expect(code, told).toBe(0)
})

/** What a document links to, or names as a test, that is not there. */
function missingFrom(document: string): readonly string[] {
  const folder = dirname(join(repository, document))
  const text = readFileSync(join(repository, document), 'utf8')
  const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => join(folder, path as string))
  const shorthands = new Map(
    [...text.matchAll(/`(\w+\/)` is `([^`]+)`/g)].map(([, short, long]) => [short, long] as const),
  )
  const tests = [...text.matchAll(/`([^`\s]+\.test\.ts)`/g)].map(([, path]) => {
    const [, first = '', rest = ''] = /^(\w+\/)(.*)$/.exec(path as string) ?? []
    return join(repository, (shorthands.get(first) ?? first) + rest)
  })
  return [...links, ...tests].filter((path) => globSync(path).length === 0)
}

const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'THREATS.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'examples/README.md',
  'packages/sdk/README.md',
]

test.each([...documents, ...globSync('examples/*/README.md', { cwd: repository })])(
  '%s names no file that is not there',
  (document) => {
    expect(missingFrom(document)).toEqual([])
  },
)

test('a document that names a file that is not there is found', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'wrong.md'), '[a](nothing.md) `e2e/nothing.test.ts`')
  expect(missingFrom(relative(repository, join(folder, 'wrong.md')))).toHaveLength(2)
})

import { spawnSync } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { repository } from './support/child-server.ts'
import { temporaryFolder } from './support/cleanup.ts'
import { namedBlocks } from './support/markdown.ts'
import { until } from './support/poll.ts'
import { freePort } from './support/ports.ts'
import { openShell } from './support/shell.ts'

const text = (name: string): string => readFileSync(join(repository, 'docs/guides', name), 'utf8')
const [protect, local] = [text('protect-an-api.md'), text('check-in-your-process.md')]

const project = temporaryFolder()
symlinkSync(join(repository, 'node_modules'), join(project, 'node_modules'))
writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
const compilerOptions = { lib: ['es2024', 'dom', 'dom.iterable'], types: ['node'] }
writeFileSync(
  join(project, 'tsconfig.json'),
  JSON.stringify({ extends: join(repository, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] }),
)
for (const [name, source] of [...namedBlocks(protect, 'ts'), ...namedBlocks(local, 'ts')])
  writeFileSync(join(project, name), source)

test('U6: the snippet of the guide compiles', () => {
  const { stdout, error } = spawnSync(join(repository, 'node_modules/.bin/tsc'), ['-p', project], { encoding: 'utf8' })
  expect(error).toBeUndefined()
  expect(stdout.split('\n').filter((line) => line.includes(basename(project)))).toEqual([])
})

test('U6: the commands that check keys in the process of an API do what the guide says', async () => {
  const before = namedBlocks(protect, 'sh')
  const block = namedBlocks(local, 'sh')
  expect([...block.keys()]).toEqual(['call', 'revoke'])
  const [port, apiPort] = [await freePort(), await freePort()]
  const environment = {
    KEYWRIGHT_DATA: temporaryFolder(),
    KEYWRIGHT_CONFIG: join(project, 'keywright.config.ts'),
    KEYWRIGHT_PORT: String(port),
    KEYWRIGHT_URL: `http://127.0.0.1:${port}`,
    PORT: String(apiPort),
  }
  const shell = openShell(environment)
  const server = openShell(environment).leaveRunning(before.get('start') ?? '')
  const link = await until('the set-up link', () => /^ {4}(http\S+\/setup\/\S+)$/m.exec(server())?.[1], 20_000)
  await shell.type(`${before.get('link')?.trim()}\n${link}`)
  for (const name of ['credentials', 'verify']) await shell.type(before.get(name) ?? '')
  await shell.type(
    `(cd ${project} && KEYWRIGHT_CREDENTIAL=$VERIFY exec ${process.execPath} local-api.ts) & API_PROCESS=$!`,
  )
  const called = await shell.type(block.get('call') ?? '')
  expect(called).toMatch(/^200\n200\n\{"mode":"local",/m)
  expect(called).toContain('"keys":1,')
  expect(called).toContain('"lastError":null')
  expect(await shell.type(block.get('revoke') ?? '')).toContain('"code":"invalid_token"')
  // What was counted has reached the server when the process has ended.
  await shell.type('kill "$API_PROCESS"; wait "$API_PROCESS"')
  // One of the first guide's check, two of this one's calls, and the refused one.
  const usage = await shell.type('npx keywright keys usage "$ID" --json')
  expect(usage).toMatch(/"accepted": 3,\s+"refused": 1\b/)
}, 120_000)

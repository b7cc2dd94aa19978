import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { repository, run } from '../run.ts'

// Each of these tests starts real tools, which takes its time where other tests run beside it.
vi.setConfig({ testTimeout: 90_000 })

const folder = mkdtempSync(join(tmpdir(), 'keywright-house-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(path: string, text: string): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

/** A small repository in an empty folder, with the real settings of every tool. */
function copySettings(): void {
  for (const path of ['biome.json', '.oxlintrc.json', 'tsconfig.base.json', 'scripts/house/pure-core.grit']) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    cpSync(join(repository, path), join(folder, path))
  }
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'))
  write('tsconfig.json', '{ "extends": "./tsconfig.base.json", "include": ["packages", "scripts"] }')
}
copySettings()
write('package.json', '{ "type": "module" }')

const outsideOfCore = {
  process: 'export const found = process.env',
  fetch: "export const found = fetch('https://example.com')",
  Buffer: "export const found = Buffer.from('x')",
  crypto: 'export const found = crypto.randomUUID()',
  console: "console.log('x')\nexport {}",
  setTimeout: 'export const found = setTimeout(() => {}, 1)',
  'node:crypto': "export { hash } from 'node:crypto'",
}

test('core does not compile with what belongs to a platform', async () => {
  for (const [name, text] of Object.entries(outsideOfCore)) write(`core/${name.replace(':', '-')}.ts`, text)
  write('core/allowed.ts', 'export const found = new Date(5).toISOString() + Date.UTC(2026, 1)')
  const project = { extends: join(repository, 'packages/core/tsconfig.json'), include: ['*.ts'] }
  write('core/tsconfig.json', JSON.stringify(project))
  const { code, output } = await run('tsc', ['-p', join(folder, 'core'), '--pretty', 'false'], join(folder, 'core'))
  expect(code).not.toBe(0)
  for (const name of Object.keys(outsideOfCore)) {
    expect(output).toMatch(new RegExp(`${name.replace(':', '-')}\\.ts\\(\\d+,\\d+\\): error TS\\d+: .*'${name}'`))
  }
  expect(output).not.toContain('allowed.ts')
})

const badForBiome: Readonly<Record<string, readonly [path: string, text: string]>> = {
  'lint/style/noDefaultExport': ['packages/server/src/default.ts', 'export default 1\n'],
  'lint/style/noNonNullAssertion': ['packages/server/src/bang.ts', 'export const a = (x?: string): string => x!\n'],
  'lint/suspicious/noExplicitAny': ['packages/server/src/any.ts', 'export const a = (x: any): string => x\n'],
  'lint/suspicious/noImportCycles': [
    'packages/server/src/one.ts',
    "import { two } from './two.ts'\n\nexport const one = () => two()\n",
  ],
  'lint/nursery/noFloatingPromises': [
    'packages/server/src/float.ts',
    'const work = async (): Promise<void> => {}\nwork()\n',
  ],
  'lint/nursery/useExhaustiveSwitchCases': [
    'packages/server/src/cases.ts',
    "export function which(kind: 'a' | 'b'): number {\n  switch (kind) {\n    case 'a':\n      return 1\n  }\n  return 0\n}\n",
  ],
  'lint/style/noRestrictedImports': [
    'packages/core/src/node.ts',
    "import { hash } from 'node:crypto'\n\nexport const a = hash\n",
  ],
  format: ['packages/server/src/format.ts', 'export const a = "x";\n'],
}

const impure = ['Math.random()', 'Date.now()', 'new Date()', 'Date()', '[1].map(Math.random)']

interface Diagnostic {
  readonly category?: string
  readonly code?: string
  readonly location?: { readonly path: string }
  readonly filename?: string
}

const diagnostics = (output: string): readonly Diagnostic[] =>
  (
    JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1)) as {
      readonly diagnostics: readonly Diagnostic[]
    }
  ).diagnostics

test('biome rejects a bad sample of each rule, and randomness and the clock in core', async () => {
  for (const [path, text] of Object.values(badForBiome)) write(path, text)
  write('packages/server/src/two.ts', "import { one } from './one.ts'\n\nexport const two = (): unknown => one()\n")
  for (const [index, expression] of impure.entries())
    write(`packages/core/src/impure-${index}.ts`, `export const a = ${expression}\n`)
  write('packages/core/src/pure.ts', 'export const a = [new Date(5), Date.UTC(2026, 1)]\n')
  write('packages/server/src/random.ts', 'export const a = [Math.random(), Date.now()]\n')
  const parameters = ['check', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', 'packages']
  const { code, output } = await run('biome', parameters, folder)
  const found = diagnostics(output).map((each) => `${each.category} ${each.location?.path}`)
  expect(code).not.toBe(0)
  for (const [rule, [path]] of Object.entries(badForBiome)) expect(found).toContain(`${rule} ${path}`)
  for (const index of impure.keys()) expect(found).toContain(`plugin packages/core/src/impure-${index}.ts`)
  expect(found.filter((each) => each.includes('pure.ts') || each.includes('random.ts'))).toEqual([])
})

test('biome accepts a default export where a tool demands it', async () => {
  write('examples/system/keywright.config.ts', 'export default 1\n')
  const { code } = await run('biome', ['lint', '--vcs-enabled=false', 'examples'], folder)
  expect(code).toBe(0)
})

test('oxlint rejects floating promises, missing cases and import cycles', async () => {
  const of = (rule: string) => badForBiome[rule] as readonly [string, string]
  write(...of('lint/nursery/noFloatingPromises'))
  write(...of('lint/nursery/useExhaustiveSwitchCases'))
  write(...of('lint/suspicious/noImportCycles'))
  write('packages/server/src/two.ts', "import { one } from './one.ts'\n\nexport const two = (): unknown => one()\n")
  const { code, output } = await run('oxlint', ['--type-aware', '--format=json', 'packages/server'], folder)
  const found = diagnostics(output).map((each) => `${each.code} ${each.filename}`)
  expect(code).not.toBe(0)
  expect(found).toContain('typescript(no-floating-promises) packages/server/src/float.ts')
  expect(found).toContain('typescript(switch-exhaustiveness-check) packages/server/src/cases.ts')
  expect(found).toContain('import(no-cycle) packages/server/src/one.ts')
})

test('an unhandled rejection fails the test run', async () => {
  cpSync(join(repository, 'vitest.config.ts'), join(folder, 'vitest.config.ts'))
  const rejecting =
    "import { test } from 'vitest'\n\ntest('passes', () => void Promise.reject(new Error('nobody waits')))\n"
  write('scripts/rejecting.test.ts', rejecting)
  write('scripts/passing.test.ts', "import { test } from 'vitest'\n\ntest('passes', () => {})\n")
  const start = (name: string) => run('vitest', ['run', '--root', folder, '--project', 'house', name], folder)
  const [bad, good] = await Promise.all([start('rejecting'), start('passing')])
  expect(good.code, good.output).toBe(0)
  expect(bad.code).not.toBe(0)
  expect(bad.output).toContain('nobody waits')
})

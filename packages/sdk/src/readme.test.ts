import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const home = fileURLToPath(new URL('..', import.meta.url))
const modules = join(home, '../../node_modules')
const project = mkdtempSync(join(tmpdir(), 'keywright-readme-'))
afterAll(() => rmSync(project, { recursive: true }))

symlinkSync(modules, join(project, 'node_modules'))
const tsconfig = {
  extends: join(home, '../../tsconfig.base.json'),
  compilerOptions: { lib: ['es2024', 'dom'], types: ['node'], experimentalDecorators: true, erasableSyntaxOnly: false },
  include: ['*.ts'],
}
writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(tsconfig))
writeFileSync(join(project, 'package.json'), '{ "type": "module" }')

/** What the compiler says about the snippets; whether the packages themselves compile is another check. */
const complaints = () => {
  const { stdout, error } = spawnSync(join(modules, '.bin/tsc'), ['-p', project], { encoding: 'utf8' })
  if (error !== undefined) throw error
  return stdout.split('\n').filter((line) => line.includes(basename(project)))
}

test('every snippet of the README compiles against the package as it is', () => {
  const readme = readFileSync(join(home, 'README.md'), 'utf8')
  const snippets = [...readme.matchAll(/^```ts\n\/\/ (\S+?\.ts)\b.*\n([\s\S]*?)^```$/gm)]
  expect(snippets).toHaveLength([...readme.matchAll(/^```ts$/gm)].length)
  expect(snippets.map(([, name]) => name).sort()).toEqual([
    'express.ts',
    'fastify.ts',
    'fetch.ts',
    'hono.ts',
    'keywright.ts',
    'koa.ts',
    'local.ts',
    'manage.ts',
    'nest.ts',
    'next.ts',
  ])
  for (const [, name, text] of snippets) writeFileSync(join(project, name ?? ''), text ?? '')
  expect(complaints()).toEqual([])
  writeFileSync(join(project, 'wrong.ts'), "import { requires } from '@keywright/sdk/express'\nrequires(7)\n")
  expect(complaints()).toEqual([expect.stringContaining('wrong.ts(2,10)')])
}, 60_000)

/** What would tie the package to Node, or to an installed framework. */
function ties(source: string): string[] {
  const imports = [...source.matchAll(/^(?:import (?!type\b)|export (?:\{|\*))[^'"]*['"]([^'"]+)['"]/gm)].map(
    ([, target]) => target ?? '',
  )
  const globals = [...source.matchAll(/(?<![.\w'`-])(?:process|Buffer|__dirname|require)(?=[.(])/g)].map(
    ([name]) => name,
  )
  return [...imports.filter((target) => !target.startsWith('.') && target !== '@keywright/core'), ...globals]
}

test('nothing is imported at run time, and nothing of Node alone is used, so that Bun, Deno and workers run it too', () => {
  expect(
    ties(
      "import { hash } from 'node:crypto'\nimport express from 'express'\nprocess.env.A\nimport type { B } from 'koa'",
    ),
  ).toEqual(['node:crypto', 'express', 'process'])
  const sources = globSync('src/**/*.ts', {
    cwd: home,
    exclude: ['src/fixtures', 'src/**/*.test.ts', 'src/middleware/cases.testing.ts'],
  })
  expect(sources.length).toBeGreaterThan(20)
  for (const path of sources) {
    const source = readFileSync(join(home, path), 'utf8')
    expect([path, ...ties(source)]).toEqual([path])
  }
})

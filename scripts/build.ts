import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { build } from 'tsdown'
import { foreignImports, importFromEmptyProject } from './packed.ts'
import { repository } from './run.ts'

const home = join(repository, 'packages/sdk')
/** Where it is built to; tests name a folder of their own. */
const out = resolve(process.argv[2] ?? join(home, 'dist'))
const frameworks = ['fetch', 'express', 'fastify', 'hono', 'koa', 'next', 'nest']
/** What is built: the name of the output, and its source in the package. All lie side by side, since the types are written without folders. */
const entries: Readonly<Record<string, string>> = {
  main: 'src/main.ts',
  ...Object.fromEntries(frameworks.map((name) => [name, `src/middleware/${name}.ts`])),
}

function fail(sentence: string): never {
  console.error(`build failed: ${sentence}`)
  process.exit(1)
}

const missing = Object.values(entries).filter((path) => !existsSync(join(home, path)))
if (missing.length > 0) fail(`these entries are missing in packages/sdk: ${missing.join(', ')}`)

await build({
  cwd: home,
  config: false,
  entry: { ...entries },
  outDir: out,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  fixedExtension: false,
  dts: { tsconfig: join(repository, 'packages/tsconfig.build.json') },
  clean: true,
  // The types name what can be disposed of, which libraries of other years do not know.
  banner: { dts: '/// <reference lib="esnext.disposable" />' },
  deps: { alwaysBundle: ['@keywright/core'], neverBundle: [/^(?!@keywright\/core(?:\/|$))[^./]/] },
  logLevel: 'warn',
})

const file = (entry: string) => ({ types: `./${entry}.d.ts`, default: `./${entry}.js` })
const source = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Record<string, unknown>
const manifest = {
  name: source['name'],
  version: source['version'],
  description: source['description'],
  license: source['license'],
  type: 'module',
  engines: { node: '>=20' },
  sideEffects: false,
  exports: Object.fromEntries([['.', file('main')], ...frameworks.map((name) => [`./${name}`, file(name)])]),
}
writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
copyFileSync(join(repository, 'LICENSE'), join(out, 'LICENSE'))

const foreign = foreignImports(out)
if (foreign.length > 0) fail(`the SDK may have no dependency, but ${foreign.join('; ')}`)

const { messages, pkg } = await publint({ pkgDir: out, strict: true })
if (messages.length > 0) fail(messages.map((message) => formatMessage(message, pkg)).join('; '))

const name = String(source['name'])
const { code, output } = await importFromEmptyProject(out, [name, ...frameworks.map((each) => `${name}/${each}`)], name)
console.log(output.trimEnd())
if (code !== 0) fail('the built SDK cannot be imported from an empty project')
console.log(`built ${relative(repository, out)}: no dependency, every entry imported from an empty project`)

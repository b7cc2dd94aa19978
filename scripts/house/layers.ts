import { posix } from 'node:path'
import type { SourceFile } from './repository.ts'

/** What one layer may reach: layers of this repository, packages at run time, and packages of which it may take types only. */
interface Layer {
  readonly layers: readonly string[]
  readonly packages: readonly string[]
  readonly types?: readonly string[]
}

const base = ['core', 'base']

/**
 * The direction of imports. A layer may import itself and what its row names, nothing else. `node:*` stands for all modules of Node.
 * `base` are the other single files of the server, which lie at its bottom (clock, crypto, log, settings); `server` is `server.ts`, which wires everything, with the files that only it is made of.
 */
export const layers: Readonly<Record<string, Layer>> = {
  core: { layers: [], packages: [] },
  base: { layers: ['core'], packages: ['node:*', 'pino'] },
  storage: { layers: base, packages: ['node:*', 'kysely', 'pg', '@electric-sql/pglite'] },
  people: {
    layers: [...base, 'storage'],
    packages: ['node:*', 'better-auth', '@better-auth/core', '@better-auth/passkey', '@better-auth/utils'],
  },
  redis: { layers: base, packages: ['node:*', 'ioredis'] },
  outbox: { layers: [...base, 'storage'], packages: ['node:*', 'nodemailer', 'standardwebhooks'] },
  http: {
    layers: [...base, 'storage', 'people'],
    packages: ['node:*', 'hono', '@hono/node-server', 'zod'],
  },
  tracing: { layers: base, packages: ['node:*', '@opentelemetry/*'] },
  cluster: { layers: base, packages: ['node:*'] },
  server: {
    layers: [...base, 'storage', 'redis', 'people', 'outbox', 'http', 'cluster', 'tracing'],
    packages: ['node:*', '@hono/node-server', 'prom-client'],
  },
  cli: { layers: [...base, 'storage', 'http', 'server'], packages: ['node:*', 'commander'] },
  entry: { layers: [...base, 'server'], packages: [] },
  sdk: { layers: ['core'], packages: ['node:*'] },
  'sdk/express': { layers: ['core', 'sdk'], packages: ['node:*'], types: ['express'] },
  'sdk/fastify': { layers: ['core', 'sdk'], packages: ['node:*'], types: ['fastify'] },
  'sdk/fetch': { layers: ['core', 'sdk'], packages: ['node:*'] },
  'sdk/hono': { layers: ['core', 'sdk', 'sdk/fetch'], packages: ['node:*'], types: ['hono'] },
  'sdk/koa': { layers: ['core', 'sdk'], packages: ['node:*'], types: ['koa'] },
  'sdk/nest': {
    layers: ['core', 'sdk', 'sdk/express'],
    packages: ['node:*'],
    types: ['@nestjs/common', 'express', 'fastify'],
  },
  'sdk/next': { layers: ['core', 'sdk', 'sdk/fetch'], packages: ['node:*'], types: ['next'] },
  react: { layers: ['core', 'sdk'], packages: ['react', 'react-dom'] },
  console: {
    layers: ['core', 'sdk', 'react'],
    packages: [
      'react',
      'react-dom',
      '@tanstack/*',
      '@mantine/*',
      '@tabler/icons-react',
      '@fontsource-variable/*',
      '@simplewebauthn/browser',
      'get-nonce',
      'uqr',
    ],
  },
}

/** The files of which the wiring consists; nothing below may import them. */
const wiring = [
  'server.ts',
  'background.ts',
  'configuration.ts',
  'embedding.ts',
  'engine.ts',
  'identity.ts',
  'installation.ts',
  'open-database.ts',
  'listening.ts',
  'metrics.ts',
  'readiness.ts',
  'restore-mark.ts',
  'traced-reads.ts',
  'workers.ts',
]

/** The layer that a file belongs to; `undefined` for files outside the layered sources (scripts, examples, tests' own rooms). */
export function layerOf(path: string): string | undefined {
  const [root, name, source, ...rest] = path.split('/')
  if (root === 'apps') {
    // The file that builds it is a tool beside the sources.
    if (source !== 'src') return undefined
    return name === 'console' ? 'console' : `unknown app ${name}`
  }
  if (root !== 'packages') return undefined
  if (name === 'core' || name === 'react') return name
  if (name === 'sdk') return rest[0] === 'middleware' ? sdkLayer(rest) : 'sdk'
  if (name !== 'server') return `unknown package ${name}`
  const first = rest[0] as string
  if (rest.length > 1) return first in layers ? first : `unknown folder ${first}`
  if (wiring.includes(first)) return 'server'
  if (first === 'main.ts') return 'entry'
  return 'base'
}

function sdkLayer(rest: readonly string[]): string {
  const layer = `sdk/${(rest[1] as string).replace(/\.ts$/, '')}`
  return layer in layers ? layer : 'sdk'
}

/** One import or re-export: its target as written, and whether only types come with it. */
export interface Import {
  readonly target: string
  readonly typeOnly: boolean
}

const statement =
  /^[ \t]*(?:import|export)\b([^'"`;]*?)\bfrom\s*['"]([^'"]+)['"]|^[ \t]*import\s*['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]|\btypeof import\(\s*['"]([^'"]+)['"]/gm

/** Every import of a source text: static, re-exported, for its effect, dynamic, and in a type. */
export function importsOf(text: string): readonly Import[] {
  return [...text.matchAll(statement)].map((match) => ({
    target: (match[2] ?? match[3] ?? match[4] ?? match[5]) as string,
    typeOnly: /^\s*type\b/.test(match[1] ?? ''),
  }))
}

const workspaces: Readonly<Record<string, string>> = {
  '@keywright/core': 'core',
  '@keywright/sdk': 'sdk',
  '@keywright/react': 'react',
  keywright: 'entry',
}

const packageOf = (target: string): string =>
  target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : (target.split('/')[0] as string)

function listed(list: readonly string[], target: string): boolean {
  const name = packageOf(target)
  return list.some((entry) => {
    if (entry === 'node:*') return target.startsWith('node:')
    return entry.endsWith('/*') ? name.startsWith(entry.slice(0, -1)) : entry === name
  })
}

function targetLayer(path: string, target: string): string | undefined {
  if (target.startsWith('.')) return layerOf(posix.join(posix.dirname(path), target)) ?? 'outside the packages'
  return workspaces[packageOf(target)]
}

/** What in a file goes against the direction, one line each; a file of an unknown layer is a violation itself. */
export function violations(file: SourceFile): string[] {
  const layer = layerOf(file.path)
  if (layer === undefined) return []
  const allowed = layers[layer]
  if (allowed === undefined) return [`${file.path}: ${layer} has no row in scripts/house/layers.ts`]
  return importsOf(file.text).flatMap(({ target, typeOnly }) => {
    const to = targetLayer(file.path, target)
    if (to !== undefined)
      return to === layer || allowed.layers.includes(to) ? [] : [`${file.path}: ${layer} imports ${to} (${target})`]
    if (listed(allowed.packages, target) || (typeOnly && listed(allowed.types ?? [], target))) return []
    const how = listed(allowed.types ?? [], target)
      ? 'at run time, of which it may take types only'
      : 'which its row does not name'
    return [`${file.path}: ${layer} imports ${target}, ${how}`]
  })
}

/** A relative import that leaves its own package, which has to go by the package's name instead. */
export function crossings(file: SourceFile): string[] {
  const [root, name] = file.path.split('/')
  if (root !== 'packages' && root !== 'apps') return []
  const home = `${root}/${name}/`
  return importsOf(file.text)
    .filter(({ target }) => target.startsWith('.') && !posix.join(posix.dirname(file.path), target).startsWith(home))
    .map(({ target }) => `${file.path}: ${target} leaves the package`)
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { basename, join } from 'node:path'
import { repository } from './child-server.ts'
import { afterwards, temporaryFolder } from './cleanup.ts'
import { until } from './poll.ts'

/** A program that runs JavaScript. */
export interface Runtime {
  readonly name: string
  /** How it says its version, so that no other one runs in its place. */
  readonly version: RegExp
  /** Where npm put it, by system; the first that is there is this machine's. */
  readonly places: readonly string[]
  /** The program of `support/runtimes` that serves an API as people do on it, and the paths that it guards. */
  readonly api: string
  readonly paths: readonly string[]
  /** What stands before a script that asks the server at this address. */
  parameters(address: string): readonly string[]
}

const variables = ['KEYWRIGHT_URL', 'KEYWRIGHT_CREDENTIAL', 'FRESHNESS_MS', 'REVOKED_KEY', 'KEPT_KEY']

/** The runtimes in which the guide says that memory answers, as `e2e/package.json` brings them; of Node the oldest. */
export const runtimes: readonly Runtime[] = [
  {
    name: 'Node 20',
    version: /^v20\.0\.0$/m,
    places: ['e2e/node_modules/node/bin/node'],
    api: 'api-node.js',
    paths: ['/express/jobs'],
    parameters: () => [],
  },
  {
    name: 'Bun',
    version: /^1\.\d+\.\d+$/m,
    places: ['linux-x64', 'linux-aarch64', 'darwin-aarch64'].map((on) => `node_modules/@oven/bun-${on}/bin/bun`),
    api: 'api-bun.js',
    paths: ['/fetch/jobs', '/hono/jobs'],
    parameters: () => ['run', '--no-install'],
  },
  {
    name: 'Deno',
    version: /^deno 2\./m,
    places: ['linux-x64-glibc', 'linux-arm64-glibc', 'darwin-arm64'].map((on) => `node_modules/@deno/${on}/deno`),
    api: 'api-deno.js',
    paths: ['/fetch/jobs', '/hono/jobs'],
    parameters: (address) => [
      'run',
      '--no-prompt',
      '--no-remote',
      '--cached-only',
      // The second one is to listen at.
      `--allow-net=${address},127.0.0.1:0`,
      `--allow-env=${variables.join()}`,
    ],
  },
]

/** Where a runtime is; `undefined` where npm brings none for this system. */
export function programOf({ name, places }: Runtime): string | undefined {
  const found = places.map((place) => join(repository, place)).find((place) => existsSync(place))
  if (found === undefined && process.env['CI'] === 'true') throw new Error(`CI=true, and npm has brought no ${name}`)
  return found
}

/** Runs a program to its end and answers what it printed; throws where it fails. */
export async function printedBy(command: string, ...parameters: readonly string[]): Promise<string> {
  const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'] })
  const parts: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => parts.push(part))
  const [code] = (await once(child, 'close')) as [number | null]
  const text = Buffer.concat(parts).toString('utf8')
  if (code !== 0) throw new Error(`${command} ${parameters.join(' ')} ended with ${code}:\n${text}`)
  return text
}

/** Makes a project that has the SDK as it is published, and the programs of `support/runtimes` as plain JavaScript. */
export async function makeProject(): Promise<string> {
  const project = temporaryFolder()
  await printedBy(process.execPath, join(repository, 'scripts/build.ts'), join(project, 'node_modules/@keywright/sdk'))
  for (const name of ['express', 'hono'])
    symlinkSync(join(repository, 'node_modules', name), join(project, 'node_modules', name))
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  for (const path of globSync(join(import.meta.dirname, 'runtimes/*.ts'))) {
    const text = stripTypeScriptTypes(readFileSync(path, 'utf8')).replaceAll(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'")
    writeFileSync(join(project, basename(path).replace(/\.ts$/, '.js')), text)
  }
  return project
}

/** A step that a program has told of, with what it saw there. */
export interface Step {
  readonly step: string
  readonly atMs: number
  readonly [fact: string]: unknown
}

/** A program that runs in some runtime. */
export interface Running {
  /** The next step that it tells of; throws where it ends before, or tells of another one. */
  next(step: string): Promise<Step>
  /** Resolves with its exit code when it has ended by itself; throws when it goes on. */
  end(withinMs: number): Promise<number | null>
  stop(): void
  /** All that it printed so far. */
  printed(): string
}

/** Runs a script of the project in a runtime, with nothing of this environment but a home of its own. */
export function startIn(
  runtime: Runtime,
  project: string,
  script: string,
  environment: Readonly<Record<string, string>> & { readonly KEYWRIGHT_URL: string },
): Running {
  const home = temporaryFolder()
  const { host } = new URL(environment.KEYWRIGHT_URL)
  const nowhere = 'http://127.0.0.1:9/'
  const child = spawn(programOf(runtime) ?? runtime.name, [...runtime.parameters(host), script], {
    cwd: project,
    // Whatever would be fetched from a registry fails.
    env: { HOME: home, DENO_DIR: home, DENO_NO_UPDATE_CHECK: '1', NPM_CONFIG_REGISTRY: nowhere, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close')
  const [out, all]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (part: Buffer) => void out.push(part))
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => void all.push(part))
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  afterwards(async () => {
    if (hasEnded()) return
    child.kill('SIGKILL')
    await closed
  })
  const printed = () => Buffer.concat(all).toString('utf8')
  const steps = (): Step[] =>
    Buffer.concat(out)
      .toString('utf8')
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Step)
  let seen = 0
  return {
    next: async (step) => {
      const found = await until(
        `${runtime.name} to reach "${step}"`,
        () => {
          const told = steps()[seen]
          if (told === undefined && hasEnded())
            throw new Error(`${runtime.name} has ended before "${step}":\n${printed()}`)
          return told
        },
        30_000,
      )
      seen++
      if (found.step !== step) throw new Error(`${runtime.name} is at "${found.step}", not at "${step}"`)
      return found
    },
    end: async (withinMs) => {
      await until(`${runtime.name} to end by itself; it printed:\n${printed()}`, hasEnded, withinMs)
      await closed
      return child.exitCode
    },
    stop: () => void child.kill('SIGTERM'),
    printed,
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { afterwards } from './cleanup.ts'
import { until } from './poll.ts'

/** The folder of the repository. */
export const repository = resolve(import.meta.dirname, '../..')

const program = resolve(repository, 'packages/server/src/cli/main.ts')

/** What a program left when it ended. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly told: string
}

/** Where Node keeps compiled sources from one start to the next; most of a start is compiling. */
export const compileCache = { NODE_COMPILE_CACHE: resolve(repository, 'node_modules/.cache/keywright-e2e') }

/** Variables of this process that a child may see; none of Keywright's own, and none by which it would take itself for a program under npm. */
const plainEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:KEYWRIGHT|npm)_/.test(name)))

function start(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
  prefix: readonly string[] = [],
): { child: ChildProcess; out: () => string; told: () => string } {
  const [command, ...rest] = [...prefix, process.execPath, program, ...parameters] as [string, ...string[]]
  const child = spawn(command, rest, {
    cwd: environment['KEYWRIGHT_DATA'] ?? repository,
    env: { ...plainEnvironment(), ...compileCache, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const [out, told]: [Buffer[], Buffer[]] = [[], []]
  child.stdout?.on('data', (part: Buffer) => out.push(part))
  child.stderr?.on('data', (part: Buffer) => told.push(part))
  return { child, out: () => Buffer.concat(out).toString('utf8'), told: () => Buffer.concat(told).toString('utf8') }
}

/** Runs one command of the command line to its end. */
export async function keywright(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
  input = '',
): Promise<Ended> {
  const { child, out, told } = start(parameters, environment)
  child.stdin?.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out: out(), told: told() }
}

/** A command that was started. */
export interface StartedCommand {
  /** All that it has written to standard error so far. */
  readonly told: () => string
  /** Whether it has ended by itself, or was ended. */
  readonly hasEnded: () => boolean
  /** Ends it as a power cut does. */
  kill(): Promise<void>
}

/** Starts one command and answers at once. */
export function startCommand(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
): StartedCommand {
  const { child, told } = start(parameters, environment)
  const closed = once(child, 'close')
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const kill = async () => {
    child.kill('SIGKILL')
    await closed
  }
  afterwards(() => (hasEnded() ? undefined : kill()))
  return { told, hasEnded, kill }
}

/** A server in a process of its own. */
export interface ChildServer {
  /** Of the process that was started. */
  readonly pid: number
  readonly url: string
  /** All that it has written to standard output and to standard error so far. */
  readonly out: () => string
  readonly told: () => string
  /** Ends it as an operator does, and resolves with its exit code. */
  stop(): Promise<number | null>
  /** Ends it as a power cut does. */
  kill(): Promise<void>
}

/** A machine that starts several at once beside other work needs long; what has failed says so at once. */
const startWithinMs = 60_000

/** Starts `keywright serve` on a free port and resolves when it serves. `prefix` is what it is started with, such as another network namespace. */
export async function startServer(
  environment: Readonly<Record<string, string>>,
  prefix?: readonly string[],
): Promise<ChildServer> {
  const { child, out, told } = start(['serve'], { KEYWRIGHT_PORT: '0', ...environment }, prefix)
  const closed = once(child, 'close') as Promise<[number | null]>
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    return (await closed)[0]
  }
  afterwards(() => (child.exitCode === null && child.signalCode === null ? end('SIGKILL') : undefined))
  const url = await until(
    'the server to serve',
    () => {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${told()}`)
      return /serves at (\S+)/.exec(out())?.[1]
    },
    startWithinMs,
  )
  return {
    pid: child.pid ?? 0,
    url,
    out,
    told,
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL')
    },
  }
}

/** The set-up link that a server printed; null where it printed none. */
export const setupLinkOf = ({ out }: ChildServer): string | null =>
  /^ {4}(http\S+\/setup\/\S+)$/m.exec(out())?.[1] ?? null

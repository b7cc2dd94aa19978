import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The folder of the repository, without a slash at its end. */
export const repository = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** What a finished program left: its exit code (1 where a signal ended it), all that it printed, and how long it took. */
export interface Finished {
  readonly code: number
  readonly output: string
  readonly elapsedMs: number
}

/** The environment in which the tools of this repository are found: its own `node_modules/.bin` comes first. */
export const toolEnvironment = (extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${repository}/node_modules/.bin:${process.env['PATH'] ?? ''}`,
  ...extra,
})

/** Runs a program to its end in the repository (or in `folder`) and keeps its output; a program that cannot be started counts as failed. */
export function run(command: string, parameters: readonly string[], folder: string = repository): Promise<Finished> {
  const began = performance.now()
  return new Promise((resolve) => {
    const child = spawn(command, parameters, { cwd: folder, env: toolEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] })
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => parts.push(part))
    child.stderr.on('data', (part: Buffer) => parts.push(part))
    const finish = (code: number, more = '') =>
      resolve({ code, output: Buffer.concat(parts).toString() + more, elapsedMs: performance.now() - began })
    child.once('error', (error) => finish(1, `${command} could not be started: ${error.message}`))
    child.once('close', (code) => finish(code ?? 1))
  })
}

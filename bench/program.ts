import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { atExit } from './endings.ts'

/** What Node is told where the program is started as it is installed: by its first line, or by `npm start`. */
export const nodeFlags = ['--max-semi-space-size=16', '--no-allocation-site-pretenuring']
const main = fileURLToPath(new URL('../packages/server/src/cli/main.ts', import.meta.url))
const startMsMax = 30_000

/** The shipped program in a process of its own. */
export interface RunningProgram {
  readonly pid: number
  readonly url: string
  stop(): Promise<void>
}

/** Starts `keywright serve` on a free port and resolves when it serves. */
export async function startProgram(environment: Readonly<Record<string, string>>): Promise<RunningProgram> {
  const child = spawn(process.execPath, [...nodeFlags, main, 'serve'], {
    env: { ...process.env, KEYWRIGHT_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const forget = atExit(() => child.kill('SIGKILL'))
  child.once('exit', forget)
  const url = await addressOf(child)
  return {
    pid: child.pid ?? 0,
    url,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** The address that the program says it serves at. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = ''
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error('the server did not start in time'))
    }, startMsMax)
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text
      const url = /serves at (\S+)/.exec(out)?.[1]
      if (url === undefined) return
      clearTimeout(timer)
      resolve(url)
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`the server ended with ${code} before it served`))
    })
  })
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { atExit } from '../endings.ts'
import type { News, Order, Report } from './messages.ts'

const file = fileURLToPath(new URL('./checker.ts', import.meta.url))

/** A process that checks keys in a tight loop. */
export interface CheckerProcess {
  readonly pid: number
  /** Which worker of the server answers it; empty where it checks in its own memory. */
  readonly worker: string
  /** Watches other keys; resolves when each was accepted once. */
  watch(keys: readonly string[]): Promise<void>
  report(): Promise<Report>
  stop(): Promise<void>
}

/** How a checking process checks. */
export interface CheckerOptions {
  readonly kind: 'sdk' | 'worker'
  readonly url: string
  readonly credential: string
  readonly freshnessMs: number
  /** What it is started with, such as another network namespace. */
  readonly prefix?: readonly string[]
}

/** Starts a checking process; resolves when it can check. */
export async function startChecker(options: CheckerOptions): Promise<CheckerProcess> {
  const { kind, url, credential, freshnessMs, prefix = [] } = options
  const command = [...prefix, process.execPath, file, kind, url, credential, String(freshnessMs)]
  const child = spawn(command[0] as string, command.slice(1), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  child.once(
    'exit',
    atExit(() => child.kill('SIGKILL')),
  )
  const order = (said: Order) => void child.send(said)
  const ready = await newsOf(child, 'ready')
  return {
    pid: child.pid ?? 0,
    worker: ready.worker,
    watch: async (keys) => {
      const warm = newsOf(child, 'warm')
      order({ order: 'watch', keys })
      await warm
    },
    report: async () => {
      const told = newsOf(child, 'report')
      order({ order: 'report' })
      return (await told).report
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** The next news of a kind; rejects where the process ends before. */
function newsOf<Kind extends News['news']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<News, { readonly news: Kind }>> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`the checking process ended with ${code}`))
    const heard = (message: unknown) => {
      const news = message as News
      if (news.news !== kind) return
      child.off('message', heard)
      child.off('exit', ended)
      resolve(news as Extract<News, { readonly news: Kind }>)
    }
    child.on('message', heard)
    child.once('exit', ended)
  })
}

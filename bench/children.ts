import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { atExit } from './endings.ts'

/** A process that was started for the bench and told its port. */
export interface Child {
  readonly port: number
  readonly pid: number
  readonly message: Readonly<Record<string, unknown>>
  /** Processor time that it has used, microseconds; only of files that call `reportsCpu`. */
  cpuMicroseconds(): Promise<number>
  /** Waits for its next message and ends it. */
  last(): Promise<Readonly<Record<string, unknown>>>
  stop(): Promise<void>
}

/** Starts a file of this folder in a process of its own and waits for its first message. */
export async function startChild(
  file: string,
  args: readonly string[] = [],
  execArgv: readonly string[] = [],
): Promise<Child> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [...args], {
    execArgv: [...execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.once(
    'exit',
    atExit(() => child.kill('SIGKILL')),
  )
  const message = await nextMessage(child, file)
  const stop = () =>
    new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
      child.kill('SIGTERM')
    })
  return {
    port: Number(message['port']),
    pid: child.pid ?? 0,
    message,
    cpuMicroseconds: async () => {
      const answer = nextMessage(child, file)
      child.send('cpu')
      return Number((await answer)['cpuMicroseconds'])
    },
    last: async () => {
      const last = await nextMessage(child, file)
      await stop()
      return last
    },
    stop,
  }
}

function nextMessage(child: ChildProcess, file: string): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`${file} ended with ${code} before it answered`))
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message as Readonly<Record<string, unknown>>)
    })
    child.once('exit', ended)
  })
}

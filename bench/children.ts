import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A process that was started for the bench and told its port. */
export interface Child {
  readonly port: number
  readonly message: Readonly<Record<string, unknown>>
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
  const message = await firstMessage(child, file)
  return {
    port: Number(message['port']),
    message,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.kill('SIGTERM')
      }),
  }
}

function firstMessage(child: ChildProcess, file: string): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Readonly<Record<string, unknown>>))
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it was ready`)))
  })
}

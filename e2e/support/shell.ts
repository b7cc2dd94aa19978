import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter } from 'node:path'
import { compileCache, repository } from './child-server.ts'
import { afterwards } from './cleanup.ts'
import { until } from './poll.ts'

/** A terminal in which somebody types. */
export interface Shell {
  /** Types a block, waits until the prompt would be back, and answers all that was printed. */
  type(block: string): Promise<string>
  /** Types a block that goes on running, and answers a way to see what it has printed so far. */
  leaveRunning(block: string): () => string
}

/** The environment of a person who has just cloned the repository: its own programs are not on the path. */
function personEnvironment(): NodeJS.ProcessEnv {
  const plain = Object.entries(process.env).filter(([name]) => !/^(?:KEYWRIGHT_|npm_|VITEST|NODE_)/.test(name))
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  return { ...Object.fromEntries(plain), PATH: path.join(delimiter) }
}

const isOver = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

/** Opens a shell in the repository; what it started ends with the file's tests. */
export function openShell(environment: Readonly<Record<string, string>>): Shell {
  // A group of its own, so that what it started in the background can be ended with it.
  const child = spawn('bash', [], {
    cwd: repository,
    env: { ...personEnvironment(), ...compileCache, ...environment },
    detached: true,
  })
  const parts: Buffer[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part))
  child.stderr.on('data', (part: Buffer) => parts.push(part))
  afterwards(async () => {
    if (child.pid === undefined || isOver(child)) return
    const closed = once(child, 'close')
    process.kill(-child.pid, 'SIGTERM')
    await closed
  })
  const printed = () => Buffer.concat(parts).toString('utf8')
  let blocks = 0
  return {
    type: async (block) => {
      const from = printed().length
      const mark = `block-${blocks++}-is-over`
      child.stdin.write(`${block}\necho ${mark}\n`)
      await until(`the end of:\n${block}\nprinted so far:`, () => printed().slice(from).includes(mark), 30_000).catch(
        (error: Error) => {
          throw new Error(`${error.message}\n${printed().slice(from)}`)
        },
      )
      return printed().slice(from).replace(`${mark}\n`, '')
    },
    leaveRunning: (block) => {
      const from = printed().length
      child.stdin.write(`${block}\n`)
      return () => printed().slice(from)
    },
  }
}

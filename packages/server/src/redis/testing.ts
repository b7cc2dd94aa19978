import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** A Redis of a test's own, in a temporary folder and on a free port. It keeps nothing on disk: started again, it is empty. */
export interface TestRedis {
  readonly port: number
  readonly url: string
  /** A client of the test's own, for looking at what is stored. */
  readonly client: Redis
  /** Sends a signal: SIGSTOP and SIGCONT pause it, SIGKILL ends it. Resolves, where it ends, when it has. */
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): Promise<void>
  /** Starts it anew on the same port. */
  restart(): Promise<void>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

const triesMax = 10

/** Starts redis-server with more parameters than a test needs anyway; `KEYWRIGHT_TEST_REDIS` says where it is. */
export async function startRedis(...parameters: readonly string[]): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-redis-'))
  for (let tries = 0; tries < triesMax; tries++) {
    // Below the ports that outgoing connections take.
    const port = randomInt(20_000, 32_768)
    const child = await launch(folder, port, parameters)
    if (child !== undefined) return testRedis(child, { folder, port, parameters })
  }
  throw new Error(`redis-server found no free port in ${triesMax} tries`)
}

interface Place {
  readonly folder: string
  readonly port: number
  readonly parameters: readonly string[]
}

function testRedis(first: ChildProcess, { folder, port, parameters }: Place): TestRedis {
  let child = first
  const client = new Redis({ port, lazyConnect: true, retryStrategy: () => 50 })
  client.on('error', () => {})
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    client,
    signal: async (name) => {
      if (name === 'SIGKILL') await end()
      else child.kill(name)
    },
    restart: async () => {
      await end()
      const next = await launch(folder, port, parameters)
      if (next === undefined) throw new Error(`redis-server could not be started again on port ${port}`)
      child = next
    },
    stop: async () => {
      client.disconnect()
      await end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves when it serves; with `undefined` where somebody else has the port. */
async function launch(folder: string, port: number, parameters: readonly string[]): Promise<ChildProcess | undefined> {
  const program = process.env['KEYWRIGHT_TEST_REDIS']
  if (program === undefined) throw new Error('KEYWRIGHT_TEST_REDIS does not say where redis-server is')
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  const child = spawn(program, [...own, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] })
  let told = ''
  return await new Promise((resolve, reject) => {
    child.stdout?.on('data', (part: Buffer) => {
      told += part.toString('utf8')
      if (/ready to accept connections/i.test(told)) resolve(child)
    })
    child.once('error', reject)
    child.once('exit', () => {
      if (/Address already in use|bind:/i.test(told)) resolve(undefined)
      else reject(new Error(`redis-server ended: ${told}`))
    })
  })
}

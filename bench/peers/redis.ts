import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { atExit } from '../endings.ts'

/** A Redis server of our own, reached through a socket in a temporary folder. */
export interface OwnRedis {
  readonly client: Redis
  close(): Promise<void>
}

/** Starts a Redis server; `undefined` where none is installed. */
export async function startRedis(): Promise<OwnRedis | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'))
  const path = join(folder, 'redis.sock')
  const settings = ['--port', '0', '--unixsocket', path, '--save', '', '--appendonly', 'no', '--dir', folder]
  const child = spawn(process.env['REDIS_SERVER_PATH'] ?? 'redis-server', settings, { stdio: 'ignore' })
  child.once(
    'exit',
    atExit(() => child.kill('SIGKILL')),
  )
  const started = await new Promise<boolean>((resolve) => {
    child.once('spawn', () => resolve(true))
    child.once('error', () => resolve(false))
  })
  if (!started) {
    rmSync(folder, { recursive: true })
    return undefined
  }
  const client = new Redis({ path, lazyConnect: true, retryStrategy: () => null })
  client.on('error', () => {})
  while (
    !(await client.connect().then(
      () => true,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
    await wait(20)
  }
  return {
    client,
    close: async () => {
      client.disconnect()
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

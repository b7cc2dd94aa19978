import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLogger, readSettings, type Settings, serve } from 'keywright/embedding'
import { benchConfig } from './engine-setup.ts'

/** A running server with a call that an operator makes. */
export interface BenchServer {
  readonly url: string
  call(method: string, path: string, body?: object): Promise<Readonly<Record<string, unknown>>>
  close(): Promise<void>
}

/** The environment that a bench's server is started with. */
export function benchEnvironment(folder: string, operatorKey: string): Readonly<Record<string, string>> {
  const file = join(folder, 'keywright.config.json')
  writeFileSync(file, JSON.stringify(benchConfig().source))
  return {
    KEYWRIGHT_PORT: '0',
    KEYWRIGHT_DATA: join(folder, 'data'),
    KEYWRIGHT_CONFIG: file,
    KEYWRIGHT_OPERATOR_KEY: operatorKey,
    KEYWRIGHT_LOG_LEVEL: 'error',
  }
}

/** The settings that an environment gives, or an error that names what is wrong. */
export function settingsOf(environment: Readonly<Record<string, string>>): Settings {
  const read = readSettings({ environment, flags: {}, folder: process.cwd() })
  if (!read.ok) throw new Error(read.problems.join('\n'))
  return read.settings
}

/** Starts a server in this process. */
export async function serveForBench(folder: string): Promise<BenchServer> {
  const operatorKey = randomBytes(32).toString('hex')
  const settings = settingsOf(benchEnvironment(folder, operatorKey))
  const server = await serve(settings, {
    log: createLogger({ level: 'error', write: (line) => process.stderr.write(line) }),
  })
  return {
    url: server.url,
    call: async (method, path, body) => {
      const response = await fetch(server.url + path, {
        method,
        headers: { Authorization: `Bearer ${operatorKey}`, 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const answer = (await response.json()) as Record<string, unknown>
      if (!response.ok) throw new Error(`${method} ${path} answered ${response.status} ${String(answer['code'])}`)
      return answer
    },
    close: () => server.close(),
  }
}

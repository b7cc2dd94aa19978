import { randomBytes } from 'node:crypto'
import { createLogger } from '../../packages/server/src/log.ts'
import { serve } from '../../packages/server/src/server.ts'
import { readSettings } from '../../packages/server/src/settings.ts'
import type { TraceSettings } from '../../packages/server/src/trace-settings.ts'
import { type Call, callsWith } from './calls.ts'
import { afterwards, temporaryFolder } from './cleanup.ts'
import type { MovedClock } from './moved-clock.ts'
import { ownStore } from './own-store.ts'

export interface InProcess {
  readonly url: string
  readonly operator: Call
  /** The data folder. */
  readonly folder: string
  /** Stops it as a signal does; resolves when it has ended. */
  close(): Promise<void>
  /** The log so far. */
  told(): string
}

export interface InProcessOptions {
  readonly config: string
  readonly clock?: MovedClock
  readonly environment?: Readonly<Record<string, string>>
  readonly traces?: TraceSettings
}

/** Serves in this process on a free port and a store of its own, with an operator credential, until the file's tests are over. */
export async function serveInProcess({
  config,
  clock,
  environment = {},
  traces,
}: InProcessOptions): Promise<InProcess> {
  const folder = temporaryFolder()
  const operatorKey = randomBytes(32).toString('hex')
  const read = readSettings({
    environment: {
      KEYWRIGHT_PORT: '0',
      KEYWRIGHT_DATA: folder,
      KEYWRIGHT_CONFIG: config,
      KEYWRIGHT_OPERATOR_KEY: operatorKey,
      ...(await ownStore(clock)),
      ...environment,
    },
    flags: {},
    folder,
  })
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const lines: string[] = []
  const log = createLogger({ level: 'info', write: (line) => void lines.push(line) })
  const server = await serve(read.settings, { log, traces: traces ?? null, ...(clock === undefined ? {} : { clock }) })
  let closing: Promise<void> | undefined
  const close = () => (closing ??= server.close())
  afterwards(close)
  const operator = callsWith(server.url, operatorKey)
  return { url: server.url, operator, folder, close, told: () => lines.join('') }
}

import { randomBytes } from 'node:crypto'
import type { Clock } from '../../packages/server/src/clock.ts'
import { createLogger } from '../../packages/server/src/log.ts'
import { serve } from '../../packages/server/src/server.ts'
import { readSettings } from '../../packages/server/src/settings.ts'
import type { TraceSettings } from '../../packages/server/src/trace-settings.ts'
import { type Call, callsWith } from './calls.ts'
import { afterwards, temporaryFolder } from './cleanup.ts'

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  advance(ms: number): void
}

/** Makes a clock that begins at a moment (RFC 3339). */
export function manualClock(at: string): ManualClock {
  const beganMs = Date.parse(at)
  let passedMs = 0
  return {
    wallMs: () => beganMs + passedMs,
    monotonicMs: () => 1_000 + passedMs,
    advance: (ms) => {
      passedMs += ms
    },
  }
}

/** The machine's own clock, behind by some time until it is told to catch up. */
export interface LateClock extends Clock {
  catchUp(): void
}

/** Makes a clock that runs as the machine's does, so many milliseconds behind. */
export function lateClock(behindMs: number): LateClock {
  let lateMs = behindMs
  return {
    wallMs: () => Date.now() - lateMs,
    monotonicMs: () => performance.now(),
    catchUp: () => {
      lateMs = 0
    },
  }
}

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
  readonly clock?: Clock
  readonly environment?: Readonly<Record<string, string>>
  readonly traces?: TraceSettings
}

/** Serves in this process on a free port and a folder of its own, with an operator credential, until the file's tests are over. */
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

import { randomBytes } from 'node:crypto'
import {
  Engine,
  type EngineClock,
  type EngineLimiter,
  type MemoryBounds,
  MissGuard,
  type ResolvedConfig,
} from '@keywright/core'
import type { Clock } from './clock.ts'
import { saltedDigest } from './salted-digest.ts'
import type { Storage } from './storage/ports.ts'

/** What an engine is made with besides its store. */
export interface EngineSettings {
  readonly freshnessMs: number
  readonly outageGraceMs: number
}

const bounds: MemoryBounds = { keysMax: 250_000, unknownMax: 65_536, accountsMax: 100_000, credentialsMax: 10_000 }
const linesMax = 100_000

/** The checking engine of a node, over the node's own store. */
export function engineOver(
  storage: Pick<Storage, 'checks' | 'quotas'>,
  config: ResolvedConfig,
  clock: Clock,
  { freshnessMs, outageGraceMs }: EngineSettings,
  limiter?: EngineLimiter,
): Engine {
  const engineClock = engineClockOf(clock)
  return new Engine({
    config,
    source: storage.checks,
    quotas: storage.quotas,
    clock: engineClock,
    limiter,
    missGuard: new MissGuard(engineClock),
    digest: saltedDigest(randomBytes),
    freshnessMs,
    graceMs: outageGraceMs,
    bounds,
    recorder: {
      process: randomBytes(12).toString('base64url'),
      wholeAddresses: config.activity.wholeAddresses,
      linesMax,
    },
  })
}

const engineClockOf = (clock: Clock): EngineClock => ({
  monotonicMs: () => clock.monotonicMs(),
  wallMs: () => clock.wallMs(),
  delay: (ms) => {
    let timer: NodeJS.Timeout | undefined
    const done = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms)
    })
    return { done, cancel: () => clearTimeout(timer) }
  },
})

import { randomBytes } from 'node:crypto'
import {
  type EngineClock,
  type EngineLimiter,
  MissGuard,
  missNetworksMax,
  type NodeBounds,
  NodeEngine,
  type Position,
  type ResolvedConfig,
} from '@keywright/core'
import type { Clock } from './clock.ts'
import type { Gossip } from './gossip.ts'
import { Feed } from './http/data-plane/feed.ts'
import { LogWindow } from './http/data-plane/window.ts'
import { saltedDigest } from './salted-digest.ts'
import { SharedArrivals } from './shared-arrivals.ts'
import type { Storage } from './storage/ports.ts'

/** What an engine is made with besides its store. */
export interface EngineSettings {
  readonly freshnessMs: number
  readonly outageGraceMs: number
}

const bounds: NodeBounds = { keysMax: 250_000, unknownMax: 65_536, accountsMax: 100_000, credentialsMax: 10_000 }
const linesMax = 100_000

/** Other processes on the same store that an engine counts together with. */
export interface EngineMates {
  readonly limiter?: EngineLimiter | undefined
  readonly gossip?: Gossip | undefined
}

/** What an engine reads and takes from, and who hears how far it has come. */
export interface EngineGround extends Pick<Storage, 'checks' | 'quotas'> {
  readonly onApplied?: (position: Position) => void
}

/** A node's engine, with the newest entries of the log as it was told of them, and the feed of what it has applied. */
export interface TellingEngine {
  readonly engine: NodeEngine
  readonly window: LogWindow
  readonly feed: Feed
}

/** The same engine as `engineOver` makes, with what the doors tell others of the log. */
export function tellingEngineOver(
  { checks, quotas }: Pick<Storage, 'checks' | 'quotas'>,
  config: ResolvedConfig,
  clock: Clock,
  settings: EngineSettings,
  mates?: EngineMates,
): TellingEngine {
  const window = new LogWindow()
  let feed: Feed | undefined
  const ground = { checks: window.observing(checks), quotas, onApplied: () => feed?.wake() }
  const engine = engineOver(ground, config, clock, settings, mates)
  feed = new Feed({ window, position: () => engine.state.position })
  return { engine, window, feed }
}

/** The checking engine of a node, over the node's own store. */
export function engineOver(
  storage: EngineGround,
  config: ResolvedConfig,
  clock: Clock,
  { freshnessMs, outageGraceMs }: EngineSettings,
  mates?: EngineMates,
): NodeEngine {
  const engineClock = engineClockOf(clock)
  return new NodeEngine({
    config,
    source: storage.checks,
    quotas: storage.quotas,
    clock: engineClock,
    limiter: mates?.limiter,
    missGuard: new MissGuard(
      engineClock,
      new SharedArrivals(missNetworksMax, { topic: 'misses', clock, gossip: mates?.gossip }),
    ),
    onApplied: storage.onApplied,
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

/** The clocks of an engine, and its wait, by the clocks of the machine. */
export const engineClockOf = (clock: Clock): EngineClock => ({
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

import type { CheckRequest, Decision } from '../../decision.ts'
import type { EngineConfig } from '../config.ts'
import type { NodeBounds } from '../node-engine.ts'
import { SharedLimits } from '../shared-limits.ts'
import type { EngineLimiter } from '../source.ts'
import { testConfig } from '../testing.ts'
import { Network, type Weather } from './network.ts'
import type { ServerNode } from './node.ts'
import type { Planted } from './planted.ts'
import { SimulatedProcess } from './process.ts'
import type { SimulatedStore } from './store.ts'
import type { World } from './world.ts'

/** What every engine here promises. */
export const freshnessMs = 1_000

/** Some are tight, so that things leave memory all the time. */
const boundsToPick: readonly NodeBounds[] = [
  { keysMax: 6, unknownMax: 4, accountsMax: 2, credentialsMax: 2 },
  { keysMax: 50, unknownMax: 50, accountsMax: 50, credentialsMax: 50 },
]
export const config: EngineConfig = testConfig

/** What nodes and adopters' processes have in common. */
export interface Surroundings {
  readonly world: World
  readonly store: SimulatedStore
  /** Between nodes and the store. */
  readonly inside: Network
  /** Between adopters' processes and nodes. */
  readonly outside: Network
  readonly limiter: LimiterPlace | undefined
  readonly graceMs: number
  readonly bounds: NodeBounds
  /** How often engines read the head without being woken or asked. */
  readonly pollMs: number
  /** How old a node's proof may be to be told to others; above that it reads anew. */
  readonly promptMs: number
  readonly planted: Planted | undefined
  /** Asks a node for a verdict, as its door does. */
  readonly verifyAt: (node: ServerNode, request: CheckRequest) => Decision | Promise<Decision>
}

/** Draws how it is around the engines. */
export function drawSurroundings(world: World, planted: Planted | undefined): Omit<Surroundings, 'store' | 'verifyAt'> {
  const inside = new Network(world, drawWeather(world, world.pick([10, 60])))
  const isTogether = world.happens(0.3) || planted === 'each node counts shared limits alone'
  return {
    world,
    planted,
    inside,
    outside: new Network(world, drawWeather(world, world.pick([20, 150]))),
    limiter: isTogether ? new LimiterPlace(world, inside, planted) : undefined,
    graceMs: world.happens(0.15) ? 2_000 : 0,
    bounds: world.pick(boundsToPick),
    pollMs: freshnessMs * world.pick([0.25, 0.25, 0.7, 3]),
    promptMs: freshnessMs * world.pick([0.375, 1]),
  }
}

function drawWeather(world: World, usualMs: number): Weather {
  const chance = (most: number) => (world.happens(0.4) ? 0 : world.random.next() * most)
  return {
    usualMs,
    slowChance: world.pick([0, 0.05, 0.25]),
    toldChance: world.pick([0, 0.5, 1]),
    lossChance: chance(0.05),
    breakChance: chance(0.1),
    repeatChance: chance(0.1),
  }
}

/** The place where several nodes count limits together. */
export class LimiterPlace {
  readonly #process: SimulatedProcess
  readonly #network: Network
  readonly #planted: Planted | undefined
  readonly #limits = new Map<string, SharedLimits>()

  constructor(world: World, network: Network, planted: Planted | undefined) {
    this.#process = new SimulatedProcess(world, 'limiter')
    this.#network = network
    this.#planted = planted
  }

  /** The limiter as one process sees it. */
  from(caller: SimulatedProcess): EngineLimiter {
    const limits = this.#limitsOf(this.#planted === 'each node counts shared limits alone' ? caller.name : '')
    const nowMs = () => this.#process.monotonicMs()
    const ask = <Answer>(handle: () => Answer) =>
      this.#network.ask(caller, () => this.#process, handle, { timeoutMs: 400 })
    return {
      take: (requests, cost) => ask(() => limits.take(requests, cost, nowMs())),
      giveBack: (requests, cost) => ask(() => limits.giveBack(requests, cost, nowMs())),
    }
  }

  #limitsOf(name: string): SharedLimits {
    const limits = this.#limits.get(name) ?? new SharedLimits()
    this.#limits.set(name, limits)
    return limits
  }
}

import type { CheckRequest, Decision } from '../../decision.ts'
import { Adopter } from './adopter.ts'
import { Changes, permissions } from './changes.ts'
import { disturb } from './disturb.ts'
import { ServerNode } from './node.ts'
import { drawSurroundings, freshnessMs, type Surroundings } from './parts.ts'
import type { Planted } from './planted.ts'
import { comeToRest } from './rest.ts'
import { Rule } from './rule.ts'
import { SimulatedStore } from './store.ts'
import { Tally } from './tally.ts'
import { type Drain, World } from './world.ts'

/** What one seed tells. */
export interface Story {
  /** What was not as it must be, with the true time; empty where all was well. */
  readonly violations: readonly string[]
  readonly trace: readonly string[]
  readonly accepted: number
  readonly delegated: number
}

export interface SimulationOptions {
  readonly drain: Drain
  readonly planted?: Planted | undefined
  /** Whether what happens is kept to be read. */
  readonly isTraced?: boolean
  readonly steps?: number
}

/** Where engines are, of either kind. */
export type Engines = ServerNode | Adopter

/** How likely a step of each kind is; drawn for each seed, so that seeds are of different kinds. */
interface Temper {
  readonly gapMs: number
  readonly weights: readonly (readonly [Step, number])[]
}

type Step = 'check' | 'change' | 'credential' | 'disturb' | 'flush' | 'pause'

/**
 * Several shipped engines over one store: server nodes and, behind them, adopters' processes. Everything is drawn from a seed: changes, checks,
 * the weather of the network, stops, restarts, clocks, and a log that goes back.
 */
export class Simulation {
  readonly world: World
  readonly store: SimulatedStore
  readonly changes: Changes
  readonly rule: Rule
  readonly tally: Tally
  readonly nodes: readonly ServerNode[]
  readonly adopters: readonly Adopter[]
  readonly around: Surroundings
  readonly #temper: Temper
  /** Sleep is told by the wall clock alone; one that is set back meanwhile is the stated limit. So a seed has one of both. */
  readonly maySleep: boolean

  constructor(seed: number, { drain, planted, isTraced = false }: SimulationOptions) {
    const world = new World(seed, drain, isTraced)
    this.world = world
    this.changes = new Changes(world)
    this.store = new SimulatedStore(world, this.changes.first(), planted)
    this.rule = new Rule(world, this.store, this.changes.made)
    this.maySleep = world.happens(0.5)
    const verifyAt: Surroundings['verifyAt'] = (node, request) => this.tally.verify(node, request)
    this.around = { ...drawSurroundings(world, planted), store: this.store, verifyAt }
    this.tally = new Tally(this.around, this.rule)
    this.nodes = [1, 2, 3]
      .slice(0, 1 + world.random.below(3))
      .map((number) => new ServerNode(this.around, `node ${number}`, (node) => this.tally.watch(node)))
    const adopters = this.nodes.length === 1 ? 2 : 1 + world.random.below(2)
    this.adopters = [1, 2].slice(0, adopters).map((number) => {
      const settings = {
        isBalanced: world.happens(0.6),
        exactLimits: this.around.limiter !== undefined,
        keepsAccounts: world.happens(0.5),
      }
      const name = `adopter ${number}`
      return new Adopter(this.around, this.nodes, name, settings, (adopter) => this.tally.watch(adopter))
    })
    this.#temper = this.#drawTemper()
  }

  get engines(): readonly Engines[] {
    return [...this.nodes, ...this.adopters]
  }

  /** Runs to the end, or to the first violation. */
  async run(steps = 420): Promise<Story> {
    for (let step = 0; step < steps && this.rule.violations.length === 0; step++) {
      await this.world.advance(-Math.log(1 - this.world.random.next()) * this.#temper.gapMs)
      await this.#step(this.#drawStep())
    }
    if (this.rule.violations.length === 0) await comeToRest(this)
    const { accepted, violations } = this.rule
    return { violations, trace: this.world.trace, accepted, delegated: this.tally.delegated }
  }

  /** Checks a key at a place, when its process runs. */
  check(where: Engines, request: CheckRequest): Promise<Decision> {
    const { promise, resolve } = Promise.withResolvers<Decision>()
    this.world.after(0, () => where.process.deliver(() => resolve(this.tally.verify(where, request))))
    return promise
  }

  /** What a check asks, of a text and for a permission. */
  request(text: string, permission: string, cost?: number): CheckRequest {
    return { key: text, permissions: [permission], environment: null, audiences: ['api'], cost }
  }

  #drawTemper(): Temper {
    const { random } = this.world
    return {
      gapMs: 10 + random.below(50),
      weights: [
        ['check', 30 + random.below(50)],
        ['change', 4 + random.below(20)],
        ['credential', 2],
        ['disturb', random.below(8)],
        ['flush', 3],
        ['pause', 1],
      ],
    }
  }

  #drawStep(): Step {
    const { weights } = this.#temper
    let left = this.world.random.next() * weights.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [step, weight] of weights) {
      left -= weight
      if (left < 0) return step
    }
    return 'check'
  }

  async #step(step: Step): Promise<void> {
    const { world } = this
    switch (step) {
      case 'check':
        return this.#checkSome()
      case 'change':
        return this.#change()
      case 'credential':
        return this.#askCredential()
      case 'disturb':
        return disturb(this)
      case 'flush':
        return this.#flush(world.pick(this.engines))
      case 'pause':
        // Nothing is asked for a while: memories grow old.
        return world.advance(world.random.below(3_000))
    }
  }

  /** A key is often asked at several places, and several times. */
  #checkSome(): void {
    const { world } = this
    const text = this.#drawText()
    const places = world.happens(0.3) ? this.engines : [world.pick(this.engines)]
    const permission = world.pick(permissions)
    const cost = world.pick([undefined, undefined, 0, 2])
    for (const place of places) void this.check(place, this.request(text, permission, cost))
  }

  /** Mostly of the newest keys, sometimes of one that is yet to be made, or that nobody ever makes. */
  #drawText(): string {
    const { world, changes } = this
    const draw = world.random.below(100)
    if (draw < 3) return changes.generateText()
    if (draw < 8) return world.pick(changes.coming)
    const texts = [...changes.made.keys()]
    return world.pick(draw < 50 ? texts : texts.slice(-5))
  }

  #change(): void {
    const { world, store, changes } = this
    const node = world.pick(this.nodes)
    const others = this.engines.filter((each) => each !== node)
    world.after(0, () =>
      node.process.deliver(() => {
        const made = node.change(
          () => {
            const change = changes.draw(store.records)
            if (change?.text !== undefined && world.happens(0.6)) this.#askAround(change.text)
            return change
          },
          (position) => {
            for (const other of others)
              this.around.outside.tell(
                () => other.process,
                () => ('hear' in other ? other.hear(position) : other.engine.wake(position)),
              )
          },
        )
        made.catch(() => {})
      }),
    )
  }

  /** Asks about a key that is about to change: at once, so that it is in memory, and when nobody may accept it as it was any longer. */
  #askAround(text: string): void {
    const { world } = this
    const permission = world.pick(permissions)
    const later = (place: Engines, ms: number, cost: number) =>
      world.after(ms, () =>
        place.process.deliver(() => void this.tally.verify(place, this.request(text, permission, cost))),
      )
    for (const place of this.engines) {
      void this.check(place, this.request(text, permission, 0))
      for (const mostMs of [200, 700]) later(place, freshnessMs + world.random.below(mostMs), 0)
      // Another engine that is asked in time may answer late.
      later(place, world.random.below(freshnessMs), 1)
    }
  }

  #askCredential(): void {
    const { world, rule } = this
    const node = world.pick(this.nodes)
    const text = world.pick(this.changes.credentialTexts)
    world.after(0, () =>
      node.process.deliver(() => {
        const { process } = node
        void (async () => {
          const known = await node.engine.credential(text)
          if (known !== undefined && known !== 'unavailable' && process.isAlive) rule.knows(node, text, freshnessMs)
        })()
      }),
    )
  }

  #flush(where: Engines): void {
    this.world.after(0, () => where.process.deliver(() => void where.flush().catch(() => {})))
  }
}

import type { CheckRequest, Decision } from '../../decision.ts'
import type { Position } from '../../event.ts'
import type { AccountFacts } from '../../facts.ts'
import { Delegation } from '../delegation.ts'
import { Engine } from '../engine.ts'
import type { EngineSource, Head, LoadedFacts } from '../source.ts'
import { testDigest } from '../testing.ts'
import { plain, unavailable } from '../verdict.ts'
import type { ServerNode } from './node.ts'
import { config, freshnessMs, type Surroundings } from './parts.ts'
import { clockWith, sourceWith } from './planted.ts'
import { SimulatedProcess } from './process.ts'

/** How an adopter's process reaches the nodes. */
export interface AdopterSettings {
  /** Whether each request goes to any node, as a load balancer sends it; else all go to one. */
  readonly isBalanced: boolean
  readonly exactLimits: boolean
  /** Whether the account that comes with a key's facts is used. */
  readonly keepsAccounts: boolean
}

/** The process of an adopter: the shipped engine, whose source is the server. */
export class Adopter {
  readonly name: string
  process: SimulatedProcess
  engine: Engine
  restarts = 0
  /** Checks that a node was asked for, and with what it answered. */
  readonly delegated = new WeakMap<CheckRequest, Decision>()
  readonly #around: Surroundings
  readonly #nodes: readonly ServerNode[]
  readonly #settings: AdopterSettings
  readonly #made: (adopter: Adopter) => void
  /** Accounts that came with keys and were not asked for yet. */
  readonly #accounts = new Map<string, LoadedFacts<AccountFacts>>()
  /** Only where that fault is planted. */
  #fed: Position | null = null

  constructor(
    around: Surroundings,
    nodes: readonly ServerNode[],
    name: string,
    settings: AdopterSettings,
    made: (adopter: Adopter) => void,
  ) {
    this.#around = around
    this.#nodes = nodes
    this.name = name
    this.#settings = settings
    this.#made = made
    this.process = new SimulatedProcess(around.world, name)
    this.engine = this.#begin()
  }

  restart(): void {
    this.process.kill()
    this.restarts++
    this.process = new SimulatedProcess(this.#around.world, `${this.name}.${this.restarts}`)
    this.#accounts.clear()
    this.engine = this.#begin()
  }

  /** Checks a key, as the adopter's own program does. */
  verify(request: CheckRequest): Decision | Promise<Decision> {
    const decision = this.engine.verify(request)
    if (this.#around.planted !== 'an answer of a delegate is accepted late' || !(decision instanceof Promise))
      return decision
    return decision.then((judged) => this.delegated.get(request) ?? judged)
  }

  /** Hears an event of the feed. */
  hear(position: Position): void {
    if (this.#around.planted === 'an event of the feed is taken as proof') this.#fed = position
    this.engine.wake(position)
  }

  /** Hands over what was counted here. */
  flush(): Promise<void> {
    return this.engine.flush((batch) => this.#ask((node) => node.usage(batch)))
  }

  #begin(): Engine {
    const { process } = this
    const { planted, graceMs, bounds, pollMs } = this.#around
    const clock = clockWith(planted, process)
    const engine = new Engine({
      config,
      source: sourceWith(planted, clock, this.#source()),
      clock,
      digest: testDigest,
      freshnessMs,
      graceMs,
      bounds,
      recorder: { process: process.name, wholeAddresses: false, linesMax: 10 },
      elsewhere: new Delegation((request) => this.#delegate(request), this.#settings.exactLimits, freshnessMs),
    })
    this.engine = engine
    this.#made(this)
    const poll = async (): Promise<void> => {
      while (process.isAlive) {
        engine.refresh().catch(() => {})
        await process.delay(pollMs).done
      }
    }
    void poll()
    return engine
  }

  #ask<Answer>(handle: (node: ServerNode) => Promise<Answer>, timeoutMs = 900, mayRepeat = true): Promise<Answer> {
    const { outside, world } = this.#around
    const node = (this.#settings.isBalanced ? world.pick(this.#nodes) : this.#nodes[0]) as ServerNode
    return outside.ask(
      this.process,
      () => node.process,
      () => handle(node),
      { timeoutMs, mayRepeat },
    )
  }

  async #delegate(request: CheckRequest): Promise<Decision> {
    try {
      const decision = await this.#ask(async (node) => plain(await this.#around.verifyAt(node, request)), 2_000, false)
      this.delegated.set(request, decision)
      return decision
    } catch {
      return unavailable(freshnessMs)
    }
  }

  #source(): EngineSource {
    return {
      key: async (text) => {
        const { position, key, account } = await this.#ask((node) => node.facts(text))
        if (account !== undefined && this.#settings.keepsAccounts)
          this.#accounts.set(account.id, { position, facts: account })
        return { position, facts: key }
      },
      account: (id) => {
        const kept = this.#accounts.get(id)
        this.#accounts.delete(id)
        return kept === undefined ? this.#ask((node) => node.account(id)) : Promise.resolve(kept)
      },
      head: (after) => this.#headFromFeed(after) ?? this.#ask((node) => node.head(after)),
    }
  }

  /** What must never be: an event that was under way for some time proves nothing of now. */
  #headFromFeed(after: Position | null): Promise<Head> | undefined {
    const fed = this.#fed
    this.#fed = null
    if (fed === null || after === null || after.epoch !== fed.epoch || after.number > fed.number) return undefined
    const { store } = this.#around
    const changes = fed.number <= store.number ? store.head(after, fed.number).changes : []
    if (changes.length !== fed.number - after.number) return undefined
    const storeTimeMs = store.process.wallMs()
    return Promise.resolve({ position: fed, ageMs: 0, storeTimeMs, changes, complete: true, reset: false })
  }
}

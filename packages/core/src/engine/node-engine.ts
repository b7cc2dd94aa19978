import type { Position } from '../event.ts'
import type { AccountFacts, CredentialFacts, KeyFacts } from '../facts.ts'
import { Credentials } from './credentials.ts'
import { Engine, type EngineOptions, type EngineState } from './engine.ts'
import { factsOf } from './entry.ts'
import { inTime } from './in-time.ts'
import { roundsMax } from './knowledge.ts'
import type { MemoryBounds } from './memory.ts'
import type { NodeSource } from './source.ts'
import { Takings, type TakingsOptions } from './takings.ts'

/** How much a node's memory may hold. */
export interface NodeBounds extends MemoryBounds {
  readonly credentialsMax: number
}

export interface NodeEngineOptions extends Omit<EngineOptions, 'elsewhere'>, TakingsOptions {
  readonly source: NodeSource
  readonly bounds: NodeBounds
}

/** Where a node's engine stands. */
export interface NodeEngineState extends EngineState {
  /** Takings of quotas that stay counted although their checks were not accepted, since giving them back failed. */
  readonly quotaGiveBacksFailed: number
  /** The same of limits that are counted elsewhere. */
  readonly limitGiveBacksFailed: number
}

/** All facts of one presented text, as they were at one position of the log. */
export interface FactsAt {
  readonly position: Position
  /** `undefined`: no key answers for the text. */
  readonly key: KeyFacts | undefined
  readonly account: AccountFacts | undefined
}

/** The facts of one account, as they were at one position of the log. */
export interface AccountFactsAt {
  readonly position: Position
  /** `undefined`: there is no such account. */
  readonly account: AccountFacts | undefined
}

/** The engine of a server's node: it takes quotas and shared limits, knows credentials, and tells other engines what it knows. */
export class NodeEngine extends Engine {
  readonly #options: NodeEngineOptions
  readonly #takings: Takings
  readonly #credentials: Credentials

  constructor(options: NodeEngineOptions) {
    const takings = new Takings(options)
    super({ ...options, elsewhere: takings })
    this.#options = options
    this.#takings = takings
    this.#credentials = new Credentials({ ...options, ...options.bounds }, this.knowledge)
  }

  /** Who a program's credential is: its facts, `undefined` where it is unknown, or `'unavailable'` where that cannot be proved now. */
  credential(
    text: string,
  ): CredentialFacts | undefined | 'unavailable' | Promise<CredentialFacts | undefined | 'unavailable'> {
    return this.#credentials.find(this.#options.digest(text), text)
  }

  /**
   * Resolves when this memory has applied the log through a position, so that the change there may be answered. Where that fails or takes
   * longer than `freshnessMs`, everything is forgotten instead, and nothing is answered from memory before the next proof.
   */
  async applied(position: Position): Promise<void> {
    const { clock, freshnessMs } = this.#options
    if (!(await inTime(clock, this.knowledge.freshness.catchUp(position), freshnessMs))) this.forget()
  }

  /** Reads the head, with whoever reads it meanwhile, until the proof is not older than `withinMs`; false where it is not after `waitMs`. */
  prove(withinMs: number, waitMs: number): Promise<boolean> {
    return this.knowledge.freshness.prove(withinMs, waitMs)
  }

  /** All facts of a presented text for another engine, from memory where that is fresh; `'unavailable'` where they cannot be proved now. */
  async facts(text: string): Promise<FactsAt | 'unavailable'> {
    const { clock, freshnessMs } = this.#options
    const digest = this.#options.digest(text)
    const deadlineMs = clock.monotonicMs() + freshnessMs
    for (let round = 0; round < roundsMax; round++) {
      const known = this.knowledge.key(digest)
      const { position } = this.knowledge.freshness
      if (known !== undefined && position !== null) {
        if (known === 'unknown') return { position, key: undefined, account: undefined }
        return { position, key: factsOf(known), account: known.account.facts }
      }
      if ((await this.knowledge.learnKey(digest, text, deadlineMs)) !== 'learned') return 'unavailable'
    }
    return 'unavailable'
  }

  /** The same of one account. */
  async accountFacts(id: string): Promise<AccountFactsAt | 'unavailable'> {
    const { clock, freshnessMs } = this.#options
    const { memory, freshness, loader } = this.knowledge
    const deadlineMs = clock.monotonicMs() + freshnessMs
    for (let round = 0; round < roundsMax; round++) {
      const leftMs = Math.max(0, deadlineMs - clock.monotonicMs())
      if (!this.knowledge.isFresh) {
        if (!(await freshness.prove(freshnessMs, leftMs))) return 'unavailable'
        continue
      }
      const account = memory.accounts.get(id)
      const { position } = freshness
      if (account !== undefined && position !== null) return { position, account: account?.facts }
      if (!(await inTime(clock, loader.account(id), leftMs))) return 'unavailable'
    }
    return 'unavailable'
  }

  override get state(): NodeEngineState {
    return {
      ...super.state,
      quotaGiveBacksFailed: this.#takings.quotas.giveBacksFailed,
      limitGiveBacksFailed: this.#takings.limiters.giveBacksFailed,
    }
  }

  /** The store's time as it is known, epoch milliseconds. */
  storeNowMs(): number {
    return this.knowledge.storeNowMs(this.knowledge.freshness.ageMs(this.#options.clock.monotonicMs()))
  }
}

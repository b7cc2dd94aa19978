import type { AccountFacts, EngineSource, Head, KeyFacts, LoadedFacts, Position } from '@keywright/core'
import { failure, isRefusal, type KeywrightError } from '../error.ts'
import { type Call, nameOf, type Send } from '../transport.ts'
import { ask } from '../wire.ts'
import type { Configurations } from './configurations.ts'
import type { FactsQueue } from './facts-queue.ts'
import { readHead } from './head.ts'
import { formatPosition } from './positions.ts'
import type { TroubleKind, Troubles } from './troubles.ts'

const call: Call = { method: 'GET', path: 'v1/head' }

/** Accounts that came with keys and were not asked for yet. */
const accountsWaitingMax = 1_000

/** What a source over HTTP works with. */
export interface HttpSourceOptions {
  readonly send: Send
  readonly facts: FactsQueue
  readonly configurations: Configurations
  readonly troubles: Troubles
  readonly freshnessMs: number
  /** A new text that nobody can foresee. */
  readonly nonce: () => string
  /** Called when the server does not accept the credential: what memory holds may not be answered any longer. */
  readonly refused: () => void
}

/** Where the engine reads what it does not know: a Keywright server. */
export class HttpSource implements EngineSource {
  readonly #options: HttpSourceOptions
  /** Each with the position of its own snapshot, so that the engine judges whether it still holds. */
  readonly #accounts = new Map<string, LoadedFacts<AccountFacts>>()

  constructor(options: HttpSourceOptions) {
    this.#options = options
  }

  key(text: string): Promise<LoadedFacts<KeyFacts>> {
    return this.#watched('facts', async () => {
      const { position, key, account } = await this.#options.facts.ask('keys', text)
      if (key === null) return { position, facts: undefined }
      if (this.#accounts.size >= accountsWaitingMax) this.#accounts.clear()
      this.#accounts.set(key.accountId, { position, facts: account ?? undefined })
      return { position, facts: key }
    })
  }

  async account(id: string): Promise<LoadedFacts<AccountFacts>> {
    const came = this.#accounts.get(id)
    this.#accounts.delete(id)
    if (came !== undefined) return came
    return this.#watched('facts', async () => {
      const { position, account } = await this.#options.facts.ask('accounts', id)
      return { position, facts: account ?? undefined }
    })
  }

  head(after: Position | null): Promise<Head> {
    const { send, nonce, configurations, troubles, freshnessMs } = this.#options
    return this.#watched('head', async () => {
      const asked = nonce()
      const query = { after: after && formatPosition(after), nonce: asked }
      const head = await ask(send, { ...call, query }, (value) => readHead(value, asked))
      if (head.reset || head.changes.some(({ scopes }) => scopes.includes('all'))) configurations.logTurned()
      if (head.ageMs > freshnessMs) troubles.lasting('head', proofTooOld(head.ageMs, freshnessMs))
      else troubles.mended('head')
      return head
    })
  }

  async #watched<Value>(kind: TroubleKind, work: () => Promise<Value>): Promise<Value> {
    const { troubles, refused } = this.#options
    try {
      const value = await work()
      if (kind !== 'head') troubles.mended(kind)
      return value
    } catch (error) {
      if (isRefusal(error)) refused()
      troubles.lasting(kind, error)
      throw error
    }
  }
}

const proofTooOld = (ageMs: number, freshnessMs: number): KeywrightError =>
  failure(
    nameOf(call),
    'proof_too_old',
    `the server's own proof is ${Math.round(ageMs)} ms old, more than freshnessMs (${freshnessMs}); give more, or run the server with a smaller FRESHNESS_MS`,
    200,
  )

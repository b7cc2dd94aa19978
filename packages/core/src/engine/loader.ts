import type { Position, Scope } from '../event.ts'
import type { KeyFacts } from '../facts.ts'
import { type CompiledGrant, compileGrant, type Grant } from '../grant.ts'
import type { EngineConfig } from './config.ts'
import { AccountEntry, KeyEntry, scopesOf } from './entry.ts'
import { abandonMs, type Freshness } from './freshness.ts'
import type { Memory } from './memory.ts'
import type { RecentChanges } from './recent.ts'
import type { EngineClock, EngineSource, LoadedFacts } from './source.ts'

const grantsMax = 10_000

/** Work under way by name, with when it was begun (monotonic milliseconds). */
type Flights = Map<string, { readonly done: Promise<void>; readonly sentMs: number }>

/** What a loader works with. */
export interface LoaderOptions {
  readonly config: EngineConfig
  readonly source: EngineSource
  readonly clock: EngineClock
}

/** Loads facts from the source into memory, each at most once at a time, and only what nothing overtook meanwhile. */
export class Loader {
  readonly #options: LoaderOptions
  readonly #memory: Memory
  readonly #freshness: Freshness
  readonly #recent: RecentChanges
  readonly #grants = new Map<string, CompiledGrant>()
  readonly #keyFlights: Flights = new Map()
  readonly #accountFlights: Flights = new Map()
  readonly #credentialFlights: Flights = new Map()

  constructor(options: LoaderOptions, memory: Memory, freshness: Freshness, recent: RecentChanges) {
    this.#options = options
    this.#memory = memory
    this.#freshness = freshness
    this.#recent = recent
  }

  /** Loads the key of a presented text, and its account where that is not known. Rejects where the source does. */
  key(digest: string, text: string): Promise<void> {
    return this.#once(this.#keyFlights, digest, async () => {
      const loaded = await this.#options.source.key(text)
      const { facts, position } = loaded
      if (facts === undefined) {
        if (await this.#isCurrent(loaded, ['unknown'])) this.#memory.addUnknown(digest)
        return
      }
      const scopes = scopesOf(facts)
      if (!(await this.#isCurrent(loaded, scopes))) return
      if (this.#memory.accounts.get(facts.accountId) === undefined) await this.account(facts.accountId)
      const account = this.#memory.accounts.get(facts.accountId)
      // While the account was loaded the key may have changed.
      if (!this.#isUntouched(position, scopes)) return
      if (account !== undefined) this.#memory.addKey(digest, this.#entryOf(facts, account))
      // Ids are never used again: a key whose account is gone is nobody's for good.
      else if (this.#memory.isGoneAccount(facts.accountId)) this.#memory.addUnknown(digest)
    })
  }

  /** Loads an account. Rejects where the source does. */
  account(id: string): Promise<void> {
    return this.#once(this.#accountFlights, id, async () => {
      const loaded = await this.#options.source.account(id)
      if (!(await this.#isCurrent(loaded, [`account:${id}`]))) return
      if (loaded.facts === undefined) this.#memory.addGoneAccount(id)
      else this.#memory.addAccount(new AccountEntry(loaded.facts))
    })
  }

  /** Loads the credential of a presented text. Rejects where the source does. */
  credential(digest: string, text: string): Promise<void> {
    return this.#once(this.#credentialFlights, digest, async () => {
      const loaded = await this.#options.source.credential(text)
      const scopes: readonly Scope[] = loaded.facts === undefined ? ['unknown'] : [`credential:${loaded.facts.id}`]
      if (await this.#isCurrent(loaded, scopes)) this.#memory.addCredential(digest, loaded.facts)
    })
  }

  /** At most one load for each name at a time; whoever asks meanwhile waits for the same. */
  #once(flights: Flights, name: string, load: () => Promise<void>): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs()
    const running = flights.get(name)
    // A load that does not come back is no longer waited for; if it does after all, it is looked at like any other.
    if (running !== undefined && nowMs - running.sentMs < abandonMs) return running.done
    const done = load().finally(() => {
      if (flights.get(name)?.done === done) flights.delete(name)
    })
    flights.set(name, { done, sentMs: nowMs })
    return done
  }

  /**
   * Whether what was read may be remembered: nothing that touches it was applied since its snapshot. A load that is ahead of memory makes
   * memory catch up first.
   */
  async #isCurrent({ position }: LoadedFacts<unknown>, scopes: readonly Scope[]): Promise<boolean> {
    await this.#freshness.catchUp(position)
    return this.#isUntouched(position, scopes)
  }

  #isUntouched(position: Position, scopes: readonly Scope[]): boolean {
    // A place that went by unseen may be of another past, whose facts nothing here would ever void.
    return this.#freshness.passed(position) === true && !this.#recent.touchedAfter(position.number, scopes)
  }

  #entryOf(facts: KeyFacts, account: AccountEntry): KeyEntry {
    return new KeyEntry(facts, account, this.#grantOf(facts.grant), this.#options.config)
  }

  /** Equal grants share one compiled form. */
  #grantOf(grant: Grant): CompiledGrant {
    const text = JSON.stringify(grant)
    const known = this.#grants.get(text)
    if (known !== undefined) return known
    if (this.#grants.size >= grantsMax) this.#grants.clear()
    const compiled = compileGrant(grant)
    this.#grants.set(text, compiled)
    return compiled
  }
}

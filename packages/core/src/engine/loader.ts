import type { Position, Scope } from '../event.ts'
import type { KeyFacts } from '../facts.ts'
import { compileGrant } from '../grant.ts'
import type { EngineConfig } from './config.ts'
import { AccountEntry, KeyEntry, scopesOf } from './entry.ts'
import { Equals } from './equals.ts'
import { abandonMs, type Freshness } from './freshness.ts'
import type { Memory } from './memory.ts'
import type { RecentChanges } from './recent.ts'
import type { EngineClock, EngineSource, LoadedFacts, Soon } from './source.ts'

/** Work under way by name, with when it was begun (monotonic milliseconds). */
export type Flights = Map<string, { readonly done: Promise<void>; readonly sentMs: number }>

/** How what was loaded is remembered. */
export interface Keep<Facts> {
  /** What in the log touches it. */
  scopes(loaded: LoadedFacts<Facts>): readonly Scope[]
  /** Loads what it depends on, where that is not known; `undefined`: nothing has to be waited for. */
  prepare?(loaded: LoadedFacts<Facts>): Promise<void> | undefined
  keep(loaded: LoadedFacts<Facts>): void
}

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
  readonly #grants = new Equals(compileGrant)
  readonly #keyFlights: Flights = new Map()
  readonly #accountFlights: Flights = new Map()

  constructor(options: LoaderOptions, memory: Memory, freshness: Freshness, recent: RecentChanges) {
    this.#options = options
    this.#memory = memory
    this.#freshness = freshness
    this.#recent = recent
  }

  /**
   * Loads the key of a presented text, and its account where that is not known. `undefined`: it was there at once, and is remembered. Rejects
   * where the source does.
   */
  key(digest: string, text: string): Promise<void> | undefined {
    return this.once(this.#keyFlights, digest, () => this.#options.source.key(text), {
      scopes: ({ facts }) => (facts === undefined ? ['unknown'] : scopesOf(facts)),
      prepare: ({ facts }) =>
        facts === undefined || this.#memory.accounts.has(facts.accountId) ? undefined : this.account(facts.accountId),
      keep: ({ facts }) => {
        // Ids are never used again: a key whose account is gone is nobody's for good.
        const account = facts === undefined ? null : this.#memory.accounts.get(facts.accountId)
        if (account) this.#memory.addKey(digest, this.#entryOf(facts as KeyFacts, account))
        else if (account === null) this.#memory.addUnknown(digest)
      },
    })
  }

  /** Loads an account, in the same way. */
  account(id: string): Promise<void> | undefined {
    return this.once(this.#accountFlights, id, () => this.#options.source.account(id), {
      scopes: () => [`account:${id}`],
      keep: ({ facts }) => this.#memory.addAccount(id, facts === undefined ? null : new AccountEntry(facts)),
    })
  }

  /** At most one load for each name at a time; whoever asks meanwhile waits for the same. */
  once<Facts>(
    flights: Flights,
    name: string,
    read: () => Soon<LoadedFacts<Facts>>,
    how: Keep<Facts>,
  ): Promise<void> | undefined {
    const nowMs = this.#options.clock.monotonicMs()
    const running = flights.get(name)
    // A load that does not come back is no longer waited for; if it does after all, it is looked at like any other.
    if (running !== undefined && nowMs - running.sentMs < abandonMs) return running.done
    const loading = begun(read)
    if (!(loading instanceof Promise) && this.#keptAtOnce(loading, how)) return undefined
    const flight = { done: this.#keepLater(loading, how), sentMs: nowMs }
    const end = () => {
      if (flights.get(name) === flight) flights.delete(name)
    }
    // A failure is the matter of whoever waits; where nobody does, it is nobody's.
    flight.done.then(end, end)
    flights.set(name, flight)
    return flight.done
  }

  /** Remembers what was read at the very place where memory stands: nothing can have touched it since. */
  #keptAtOnce<Facts>(loaded: LoadedFacts<Facts>, how: Keep<Facts>): boolean {
    if (!this.#freshness.isAt(loaded.position) || how.prepare?.(loaded) !== undefined) return false
    how.keep(loaded)
    return true
  }

  async #keepLater<Facts>(loading: Soon<LoadedFacts<Facts>>, how: Keep<Facts>): Promise<void> {
    const loaded = await loading
    if (this.#keptAtOnce(loaded, how)) return
    const scopes = how.scopes(loaded)
    // A load that is ahead of memory makes memory catch up first.
    await this.#freshness.catchUp(loaded.position)
    if (!this.#isUntouched(loaded.position, scopes)) return
    await how.prepare?.(loaded)
    // While something else was loaded, this may have changed.
    if (this.#isUntouched(loaded.position, scopes)) how.keep(loaded)
  }

  /** Whether what was read may be remembered: nothing that touches it was applied since its snapshot. */
  #isUntouched(position: Position, scopes: readonly Scope[]): boolean {
    // A place that went by unseen may be of another past, whose facts nothing here would ever void.
    return this.#freshness.passed(position) === true && !this.#recent.touchedAfter(position.number, scopes)
  }

  #entryOf(facts: KeyFacts, account: AccountEntry): KeyEntry {
    return new KeyEntry(facts, account, this.#grants.of(facts.grant), this.#options.config)
  }
}

/** What a source answers; an exception, too, is a rejection. */
function begun<Answer>(read: () => Soon<Answer>): Soon<Answer> {
  try {
    return read()
  } catch (error) {
    return Promise.reject(error)
  }
}

import type { Position, Scope } from '../event.ts'
import type { AccountFacts, KeyFacts } from '../facts.ts'
import { type CompiledGrant, compileGrant, type Grant } from '../grant.ts'
import type { EngineConfig } from './config.ts'
import { AccountEntry, KeyEntry, scopesOf } from './entry.ts'
import { abandonMs, type Freshness } from './freshness.ts'
import type { Memory } from './memory.ts'
import type { RecentChanges } from './recent.ts'
import type { EngineClock, EngineSource, LoadedFacts, Soon } from './source.ts'

const grantsMax = 10_000

/** Work under way by name, with when it was begun (monotonic milliseconds). */
type Flights = Map<string, { readonly done: Promise<void>; readonly sentMs: number }>

/** How what was loaded is remembered. */
interface Keep<Facts> {
  /** Where nothing has to be waited for; false: it has, and nothing was done. */
  atOnce(loaded: LoadedFacts<Facts>): boolean
  later(loaded: LoadedFacts<Facts>): Promise<void>
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

  /**
   * Loads the key of a presented text, and its account where that is not known. `undefined`: it was there at once, and is remembered. Rejects
   * where the source does.
   */
  key(digest: string, text: string): Promise<void> | undefined {
    return this.#once(this.#keyFlights, digest, () => this.#options.source.key(text), {
      atOnce: (loaded) => this.#keepKey(digest, loaded),
      later: (loaded) => this.#keepKeyLater(digest, loaded),
    })
  }

  /** Loads an account, in the same way. */
  account(id: string): Promise<void> | undefined {
    return this.#once(this.#accountFlights, id, () => this.#options.source.account(id), {
      atOnce: (loaded) => {
        if (!this.#freshness.isAt(loaded.position)) return false
        this.#keepAccount(id, loaded)
        return true
      },
      later: async (loaded) => {
        if (await this.#isCurrent(loaded, [`account:${id}`])) this.#keepAccount(id, loaded)
      },
    })
  }

  /** Loads the credential of a presented text, in the same way. */
  credential(digest: string, text: string): Promise<void> | undefined {
    return this.#once(this.#credentialFlights, digest, () => this.#options.source.credential(text), {
      atOnce: (loaded) => {
        if (!this.#freshness.isAt(loaded.position)) return false
        this.#memory.addCredential(digest, loaded.facts)
        return true
      },
      later: async (loaded) => {
        const scopes: readonly Scope[] = loaded.facts === undefined ? ['unknown'] : [`credential:${loaded.facts.id}`]
        if (await this.#isCurrent(loaded, scopes)) this.#memory.addCredential(digest, loaded.facts)
      },
    })
  }

  /** At most one load for each name at a time; whoever asks meanwhile waits for the same. */
  #once<Facts>(flights: Flights, name: string, read: () => Soon<LoadedFacts<Facts>>, keep: Keep<Facts>) {
    const nowMs = this.#options.clock.monotonicMs()
    const running = flights.get(name)
    // A load that does not come back is no longer waited for; if it does after all, it is looked at like any other.
    if (running !== undefined && nowMs - running.sentMs < abandonMs) return running.done
    const loading = begun(read)
    if (!(loading instanceof Promise) && keep.atOnce(loading)) return undefined
    const flight = { done: keepWhenThere(loading, keep), sentMs: nowMs }
    const end = () => {
      if (flights.get(name) === flight) flights.delete(name)
    }
    // A failure is the matter of whoever waits; where nobody does, it is nobody's.
    flight.done.then(end, end)
    flights.set(name, flight)
    return flight.done
  }

  /** Remembers a key that was read at the very place where memory stands: nothing can have touched it since. */
  #keepKey(digest: string, { facts, position }: LoadedFacts<KeyFacts>): boolean {
    if (!this.#freshness.isAt(position)) return false
    if (facts === undefined) {
      this.#memory.addUnknown(digest)
      return true
    }
    const account = this.#memory.accounts.get(facts.accountId) ?? this.#accountAtOnce(facts.accountId)
    if (account === undefined) return false
    this.#memory.addKey(digest, this.#entryOf(facts, account))
    return true
  }

  #accountAtOnce(id: string): AccountEntry | undefined {
    return this.account(id) === undefined ? this.#memory.accounts.get(id) : undefined
  }

  async #keepKeyLater(digest: string, loaded: LoadedFacts<KeyFacts>): Promise<void> {
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
  }

  #keepAccount(id: string, { facts }: LoadedFacts<AccountFacts>): void {
    if (facts === undefined) this.#memory.addGoneAccount(id)
    else this.#memory.addAccount(new AccountEntry(facts))
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

/** What a source answers; an exception, too, is a rejection. */
function begun<Answer>(read: () => Soon<Answer>): Soon<Answer> {
  try {
    return read()
  } catch (error) {
    return Promise.reject(error)
  }
}

async function keepWhenThere<Facts>(loading: Soon<LoadedFacts<Facts>>, keep: Keep<Facts>): Promise<void> {
  const loaded = await loading
  if (!keep.atOnce(loaded)) await keep.later(loaded)
}

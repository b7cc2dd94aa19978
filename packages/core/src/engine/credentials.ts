import type { Scope } from '../event.ts'
import type { CredentialFacts } from '../facts.ts'
import { Oldest } from '../oldest.ts'
import { BoundedDigests } from './bounded-digests.ts'
import { inTime } from './in-time.ts'
import { type Knowledge, roundsMax } from './knowledge.ts'
import type { Flights } from './loader.ts'
import type { Remembered } from './memory.ts'
import type { EngineClock, NodeSource } from './source.ts'

/** What credentials are known with. */
export interface CredentialsOptions {
  readonly source: NodeSource
  readonly clock: EngineClock
  readonly freshnessMs: number
  /** How many are remembered, and as many texts that are none. */
  readonly credentialsMax: number
}

/** What is known of the credentials of programs, as fresh as everything else that is known. */
export class Credentials implements Remembered {
  readonly #options: CredentialsOptions
  readonly #knowledge: Knowledge
  readonly #known = new Map<string, CredentialFacts>()
  readonly #oldest = new Oldest(this.#known)
  readonly #unknown: BoundedDigests
  readonly #flights: Flights = new Map()

  constructor(options: CredentialsOptions, knowledge: Knowledge) {
    this.#options = options
    this.#knowledge = knowledge
    this.#unknown = new BoundedDigests(options.credentialsMax)
    knowledge.addRemembered(this)
  }

  /** Who a program's credential is, at once where memory is fresh and knows it. */
  find(
    digest: string,
    text: string,
  ): CredentialFacts | undefined | Promise<CredentialFacts | undefined | 'unavailable'> {
    if (this.#knowledge.isFresh) {
      const known = this.#remembered(digest)
      if (known !== undefined) return known === 'unknown' ? undefined : known
    }
    return this.#findLater(digest, text)
  }

  forget(scope: Scope): void {
    if (scope === 'all') this.forgetAll()
    else if (scope === 'unknown') this.#unknown.clear()
    else if (scope.startsWith('credential:')) {
      for (const [digest, { id }] of this.#known) if (scope === `credential:${id}`) this.#known.delete(digest)
      this.#unknown.clear()
    }
  }

  forgetAll(): void {
    this.#known.clear()
    this.#unknown.clear()
  }

  #remembered(digest: string): CredentialFacts | 'unknown' | undefined {
    return this.#known.get(digest) ?? (this.#unknown.has(digest) ? 'unknown' : undefined)
  }

  async #findLater(digest: string, text: string): Promise<CredentialFacts | undefined | 'unavailable'> {
    const { clock, freshnessMs } = this.#options
    const deadlineMs = clock.monotonicMs() + freshnessMs
    for (let round = 0; round < roundsMax; round++) {
      const leftMs = Math.max(0, deadlineMs - clock.monotonicMs())
      if (!this.#knowledge.isFresh) {
        if (!(await this.#knowledge.freshness.prove(freshnessMs, leftMs))) return 'unavailable'
        continue
      }
      const known = this.#remembered(digest)
      if (known !== undefined) return known === 'unknown' ? undefined : known
      if (!(await inTime(clock, this.#load(digest, text), leftMs))) return 'unavailable'
    }
    return 'unavailable'
  }

  #load(digest: string, text: string): Promise<void> | undefined {
    return this.#knowledge.loader.once(this.#flights, digest, () => this.#options.source.credential(text), {
      scopes: ({ facts }) => (facts === undefined ? ['unknown'] : [`credential:${facts.id}`]),
      keep: ({ facts }) => this.#add(digest, facts),
    })
  }

  #add(digest: string, facts: CredentialFacts | undefined): void {
    if (facts === undefined) {
      this.#unknown.add(digest)
      return
    }
    if (this.#known.size >= this.#options.credentialsMax) {
      const oldest = this.#oldest.next()
      if (oldest !== undefined) this.#known.delete(oldest)
    }
    this.#known.set(digest, facts)
  }
}

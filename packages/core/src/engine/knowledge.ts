import type { Change, Position } from '../event.ts'
import type { KeyEntry } from './entry.ts'
import { Freshness } from './freshness.ts'
import { inTime } from './in-time.ts'
import { Loader, type LoaderOptions } from './loader.ts'
import { type KeyLeft, Memory, type MemoryBounds, type Remembered } from './memory.ts'
import { RecentChanges } from './recent.ts'

/** Rounds of loading before a check gives up on keys that change faster than they can be read. */
export const roundsMax = 8

/** What an engine's knowledge is made with. */
export interface KnowledgeOptions extends LoaderOptions {
  /** A memory older than this is not used. */
  readonly freshnessMs: number
  readonly bounds: MemoryBounds
  /** Told whenever memory has applied the log through another position; it does little and never throws. */
  readonly onApplied?: ((position: Position) => void) | undefined
}

/** What is known: what memory holds, how fresh that is, and how what is lacking is learned. */
export class Knowledge {
  readonly memory: Memory
  readonly freshness: Freshness
  readonly loader: Loader
  readonly #options: KnowledgeOptions
  readonly #remembered: Remembered[]
  readonly #recent = new RecentChanges()

  constructor(options: KnowledgeOptions, keyLeft: KeyLeft) {
    this.#options = options
    this.memory = new Memory(options.bounds, keyLeft)
    this.#remembered = [this.memory]
    this.freshness = new Freshness(options.clock, options.source, {
      applied: (changes) => this.#apply(changes),
      began: (position) => {
        for (const remembered of this.#remembered) remembered.forgetAll()
        this.#recent.restart(position?.number ?? 0)
      },
      moved: (position) => options.onApplied?.(position),
    })
    this.loader = new Loader(options, this.memory, this.freshness, this.#recent)
  }

  /** Has something else, which is loaded by the same loader, forgotten with memory. */
  addRemembered(remembered: Remembered): void {
    this.#remembered.push(remembered)
  }

  /** Whether memory is proved fresh, now. */
  get isFresh(): boolean {
    return this.freshness.ageMs(this.#options.clock.monotonicMs()) <= this.#options.freshnessMs
  }

  /** The store's time at an age of the proof, epoch milliseconds; the wall clock's before the first proof. */
  storeNowMs(ageMs: number): number {
    return ageMs === Number.POSITIVE_INFINITY ? this.#options.clock.wallMs() : this.freshness.storeNowMs(ageMs)
  }

  /** What memory has of a presented text, now: a key with its account, that there is none, or, where it is not fresh, nothing. */
  key(digest: string): KeyEntry | 'unknown' | undefined {
    if (!this.isFresh) return undefined
    const entry = this.memory.keys.get(digest)
    if (entry === undefined) return this.memory.isUnknown(digest) ? 'unknown' : undefined
    return this.hasAccount(entry) ? entry : undefined
  }

  /** Whether a key's account is known. A key whose account was dropped goes over to the one that was loaded since, for whichever key. */
  hasAccount(entry: KeyEntry): boolean {
    if (entry.account.current) return true
    const account = this.memory.accounts.get(entry.account.id)
    if (!account) return false
    entry.moveTo(account)
    return true
  }

  /** Makes memory fresh, or loads what it lacks of a presented text. Others may have changed memory since when this is heard of. */
  async learnKey(digest: string, text: string, deadlineMs: number): Promise<'learned' | 'unproved' | 'late'> {
    const { clock, freshnessMs } = this.#options
    const leftMs = Math.max(0, deadlineMs - clock.monotonicMs())
    if (!this.isFresh) return (await this.freshness.prove(freshnessMs, leftMs)) ? 'learned' : 'unproved'
    const entry = this.memory.keys.get(digest)
    if (entry === undefined) return (await inTime(clock, this.loader.key(digest, text), leftMs)) ? 'learned' : 'late'
    if (!(await inTime(clock, this.loader.account(entry.account.id), leftMs))) return 'late'
    // Where the account is gone, the key is loaded again as well.
    if (!this.hasAccount(entry)) this.memory.dropKey(entry)
    return 'learned'
  }

  #apply(changes: readonly Change[]): void {
    for (const change of changes) {
      this.#recent.add(change)
      for (const remembered of this.#remembered) for (const scope of change.scopes) remembered.forget(scope)
    }
  }
}

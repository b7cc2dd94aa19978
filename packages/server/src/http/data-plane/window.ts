import type { Position, Scope } from '@keywright/core'
import type { CheckReads, HeadAnswer, LoggedChange } from '../../storage/ports.ts'

/** One entry of the log as the doors tell of it. */
export interface WindowEntry {
  readonly number: number
  /** The chain hash. */
  readonly hash: string
  readonly scopes: readonly Scope[]
  /** Number and scopes as they are sent. */
  readonly json: string
}

/** How much a window holds. */
export interface WindowBounds {
  readonly entriesMax: number
  readonly scopesMax: number
}

const standardBounds: WindowBounds = { entriesMax: 10_000, scopesMax: 100_000 }

/**
 * The newest entries of the log, as this node's engine was told of them: one history without a gap. It proves nothing by itself; only what the
 * engine has applied may be told of.
 */
export class LogWindow {
  readonly #bounds: WindowBounds
  readonly #entries = new Map<number, WindowEntry>()
  #epoch = ''
  /** The oldest place that is known, though not what was changed there. */
  #first = 0
  #last = -1
  #scopes = 0

  constructor(bounds: WindowBounds = standardBounds) {
    this.#bounds = bounds
  }

  /** The same reads, of which every answer about the log's head fills the window. */
  observing(checks: CheckReads): CheckReads {
    return {
      ...checks,
      head: async (after) => {
        const answer = await checks.head(after)
        this.observe(after, answer)
        return answer
      },
    }
  }

  /** Takes in what the store answered about its head after a position. */
  observe(after: Position | null, { position, changes, reset }: HeadAnswer): void {
    if (after === null || reset) {
      if (!this.has(position)) this.#begin(position)
      return
    }
    if (!this.has(after) || !this.#agrees(changes)) this.#begin(after)
    for (const change of changes) if (change.number > this.#last) this.#add(change)
  }

  /** Whether a position is a place of this history after which every entry is here. */
  has({ epoch, number, hash }: Position): boolean {
    return epoch === this.#epoch && this.#entries.get(number)?.hash === hash
  }

  /** The entries after a number and through another, oldest first; both are numbers of places that the window has. */
  between(after: number, through: number): WindowEntry[] {
    const entries: WindowEntry[] = []
    for (let number = after + 1; number <= through; number++) {
      const entry = this.#entries.get(number)
      if (entry === undefined) throw new Error('the window does not have these entries')
      entries.push(entry)
    }
    return entries
  }

  #agrees(changes: readonly LoggedChange[]): boolean {
    return changes.every(({ number, hash }) => (this.#entries.get(number)?.hash ?? hash) === hash)
  }

  #begin({ epoch, number, hash }: Position): void {
    this.#entries.clear()
    this.#epoch = epoch
    this.#first = number
    this.#last = number
    this.#scopes = 0
    this.#entries.set(number, { number, hash, scopes: [], json: '' })
  }

  #add({ number, hash, scopes }: LoggedChange): void {
    this.#entries.set(number, { number, hash, scopes, json: JSON.stringify({ number, scopes }) })
    this.#last = number
    this.#scopes += scopes.length
    while (this.#last - this.#first > this.#bounds.entriesMax || this.#scopes > this.#bounds.scopesMax) {
      this.#entries.delete(this.#first++)
      this.#scopes -= this.#entries.get(this.#first)?.scopes.length ?? 0
    }
  }
}

import type { Scope } from '../event.ts'
import { Oldest } from '../oldest.ts'
import { BoundedDigests } from './bounded-digests.ts'
import { DigestIndex } from './digest-index.ts'
import { type AccountEntry, dependenciesOf, type KeyEntry } from './entry.ts'

/** How much a memory may hold. */
export interface MemoryBounds {
  readonly keysMax: number
  readonly unknownMax: number
  readonly accountsMax: number
}

/** What is remembered, and forgotten when the log tells of a change. */
export interface Remembered {
  /** Forgets what a scope of a change touches. */
  forget(scope: Scope): void
  forgetAll(): void
}

/** Called when a key leaves memory, with why: its facts changed, or another needed the room. */
export type KeyLeft = (entry: KeyEntry) => void

/**
 * What is known of keys and accounts, each bounded. Keys make room by the clock algorithm: the hand passes over what was used
 * since it last came by. Presentations that no key answers for live apart, so that a flood of them never pushes out a key.
 */
export class Memory implements Remembered {
  readonly #bounds: MemoryBounds
  readonly #left: KeyLeft
  readonly keys = new DigestIndex<KeyEntry>()
  /** `null`: it is known that there is no such account. */
  readonly accounts = new Map<string, AccountEntry | null>()
  readonly #oldestAccounts = new Oldest(this.accounts)
  readonly #unknown: BoundedDigests
  readonly #byId = new Map<string, KeyEntry>()
  /** Keys by the member or the parent lineage that they depend on; most depend on none. */
  readonly #dependents = new Map<Scope, Set<KeyEntry>>()
  readonly #ring: KeyEntry[] = []
  #hand = 0

  constructor(bounds: MemoryBounds, left: KeyLeft) {
    this.#bounds = bounds
    this.#left = left
    this.#unknown = new BoundedDigests(bounds.unknownMax)
  }

  get keyCount(): number {
    return this.keys.size
  }

  isUnknown(digest: string): boolean {
    return this.#unknown.has(digest)
  }

  addKey(digest: string, entry: KeyEntry): void {
    // The same key under the same text cannot be there twice; a rotated salt or a re-read replaces.
    const before = this.#byId.get(entry.id)
    if (before !== undefined) this.#drop(before)
    if (this.#ring.length >= this.#bounds.keysMax) this.#makeRoom()
    this.#place(entry)
    this.keys.add(digest, entry)
    this.#byId.set(entry.id, entry)
    for (const scope of dependenciesOf(entry.rare)) {
      const group = this.#dependents.get(scope)
      if (group === undefined) this.#dependents.set(scope, new Set([entry]))
      else group.add(entry)
    }
  }

  /** Forgets one key, so that it is loaded again. */
  dropKey(entry: KeyEntry): void {
    if (this.#byId.get(entry.id) === entry) this.#drop(entry)
  }

  addUnknown(digest: string): void {
    this.#unknown.add(digest)
  }

  addAccount(id: string, entry: AccountEntry | null): void {
    this.accounts.get(id)?.leave()
    if (this.accounts.size >= this.#bounds.accountsMax) {
      const oldest = this.#oldestAccounts.next()
      if (oldest !== undefined) this.#dropAccount(oldest)
    }
    this.accounts.set(id, entry)
  }

  forgetAll(): void {
    for (const entry of this.#ring) this.#left(entry)
    for (const account of this.accounts.values()) account?.leave()
    this.keys.clear()
    this.accounts.clear()
    this.#unknown.clear()
    this.#byId.clear()
    this.#dependents.clear()
    this.#ring.length = 0
    this.#hand = 0
  }

  forget(scope: Scope): void {
    if (scope === 'all') {
      this.forgetAll()
      return
    }
    if (scope === 'unknown') {
      this.#unknown.clear()
      return
    }
    const colon = scope.indexOf(':')
    const id = scope.slice(colon + 1)
    switch (scope.slice(0, colon)) {
      case 'key': {
        const entry = this.#byId.get(id)
        if (entry !== undefined) this.#drop(entry)
        break
      }
      case 'account':
        this.#dropAccount(id)
        break
      // Changes of a lineage name its keys; what it has taken of its limits stays.
      case 'lineage':
        break
      default:
        for (const entry of this.#dependents.get(scope) ?? []) this.#drop(entry)
    }
  }

  #dropAccount(id: string): void {
    this.accounts.get(id)?.leave()
    this.accounts.delete(id)
  }

  #drop(entry: KeyEntry): void {
    this.keys.remove(entry)
    this.#byId.delete(entry.id)
    for (const scope of dependenciesOf(entry.rare)) {
      const group = this.#dependents.get(scope)
      group?.delete(entry)
      if (group?.size === 0) this.#dependents.delete(scope)
    }
    const last = this.#ring.pop()
    if (last !== undefined && last !== entry) {
      this.#ring[entry.slot] = last
      last.slot = entry.slot
    }
    this.#left(entry)
  }

  #makeRoom(): void {
    for (;;) {
      if (this.#hand >= this.#ring.length) this.#hand = 0
      const entry = this.#ring[this.#hand]
      if (entry === undefined) return
      if (!entry.referenced) {
        this.#drop(entry)
        return
      }
      entry.referenced = false
      this.#hand++
    }
  }

  /** Puts a new key behind the hand, so that a whole round goes by before its place is looked at. */
  #place(entry: KeyEntry): void {
    const ahead = this.#ring[this.#hand]
    entry.slot = ahead === undefined ? this.#ring.length : this.#hand
    if (ahead !== undefined) {
      ahead.slot = this.#ring.length
      this.#ring.push(ahead)
      this.#ring[this.#hand] = entry
    } else this.#ring.push(entry)
    this.#hand = entry.slot + 1
  }
}

import type { Change, Scope } from '../event.ts'

const scopesMax = 4_096

/**
 * Which scopes the newest changes touched, and at which number, so that a load can be told that it raced a change. What predates the kept
 * changes counts as touched.
 */
export class RecentChanges {
  readonly #numberOf = new Map<Scope, number>()
  /** Changes after this number are all kept. */
  #keptAfter = 0

  /** Begins anew at a position: nothing before it is known. */
  restart(number: number): void {
    this.#numberOf.clear()
    this.#keptAfter = number
  }

  add(change: Change): void {
    if (this.#numberOf.size >= scopesMax) this.restart(change.number - 1)
    for (const scope of change.scopes) this.#numberOf.set(scope, change.number)
  }

  /** Whether what was read at `number` and depends on `scopes` may have changed since, through what was applied. */
  touchedAfter(number: number, scopes: readonly Scope[]): boolean {
    if (number < this.#keptAfter) return true
    if ((this.#numberOf.get('all') ?? 0) > number) return true
    return scopes.some((scope) => (this.#numberOf.get(scope) ?? 0) > number)
  }
}

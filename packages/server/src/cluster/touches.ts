import type { TouchedMessage } from './wire.ts'

type What = TouchedMessage[1]

/** More accounts than this are not named: everything that anybody waits for counts as touched. */
const accountsMax = 1_000

/** Gathers which accounts were touched during one turn, for the other workers. */
export class Touches {
  readonly #put: (message: TouchedMessage) => void
  readonly #later: (work: () => void) => void
  readonly #gathered = new Map<What, { readonly accountIds: Set<string>; at: number }>()

  constructor(put: (message: TouchedMessage) => void, later: (work: () => void) => void) {
    this.#put = put
    this.#later = later
  }

  add(accountId: string, what: What, at: number): void {
    const gathered = this.#gathered.get(what)
    if (gathered === undefined) {
      if (this.#gathered.size === 0) this.#later(() => this.#tell())
      this.#gathered.set(what, { accountIds: new Set([accountId]), at })
      return
    }
    gathered.at = at
    if (gathered.accountIds.size <= accountsMax) gathered.accountIds.add(accountId)
  }

  #tell(): void {
    for (const [what, { accountIds, at }] of this.#gathered) {
      this.#put(['touched', what, accountIds.size > accountsMax ? null : [...accountIds], at])
    }
    this.#gathered.clear()
  }
}

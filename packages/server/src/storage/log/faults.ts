import type { LogVerification } from '../ports.ts'

const faultsMax = 1_000

/** What a walk finds wrong, one fault for each number, the gravest first found; at most 1,000, of which the last says that there are more. */
export class Faults {
  readonly #byNumber = new Map<number, string>()
  #overflow = false

  /** Notes a fault, unless the number has one. */
  add(number: number, fault: string): void {
    if (this.#byNumber.has(number)) return
    if (this.#byNumber.size >= faultsMax - 1) this.#overflow = true
    else this.#byNumber.set(number, fault)
  }

  /** Notes that entries are missing, from the first to the last. */
  addMissing(first: number, last: number, fault: string): void {
    for (let number = first; number <= last && !this.#overflow; number++) this.add(number, fault)
  }

  has(number: number): boolean {
    return this.#byNumber.has(number)
  }

  /** All of them by number. */
  list(): LogVerification['faults'] {
    const sorted = [...this.#byNumber].sort(([a], [b]) => a - b).map(([number, fault]) => ({ number, fault }))
    const last = sorted.at(-1)
    return this.#overflow && last !== undefined
      ? [...sorted, { number: last.number, fault: 'there are more faults than these' }]
      : sorted
  }
}

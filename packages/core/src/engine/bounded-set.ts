import { Oldest } from '../oldest.ts'

/** Texts in a bounded number; the oldest makes room. */
export class BoundedSet {
  readonly #max: number
  readonly #texts = new Set<string>()
  readonly #oldest = new Oldest(this.#texts)

  constructor(max: number) {
    this.#max = max
  }

  has(text: string): boolean {
    return this.#texts.has(text)
  }

  add(text: string): void {
    if (this.#texts.size >= this.#max) this.delete(this.#oldest.next())
    this.#texts.add(text)
  }

  delete(text: string | undefined): void {
    if (text !== undefined) this.#texts.delete(text)
  }

  clear(): void {
    this.#texts.clear()
  }
}

/**
 * Answers the oldest entry of a `Map` or `Set` that is still there, each once: whoever asks removes it. A new iterator would pass everything
 * that was removed before, each time; this one passes it once.
 */
export class Oldest<Name> {
  readonly #names: { keys(): Iterator<Name> }
  #iterator: Iterator<Name>

  constructor(names: { keys(): Iterator<Name> }) {
    this.#names = names
    this.#iterator = names.keys()
  }

  /** The oldest entry; `undefined` where there is none. */
  next(): Name | undefined {
    const step = this.#iterator.next()
    if (step.done !== true) return step.value
    // An iterator that came to its end stays there.
    this.#iterator = this.#names.keys()
    return this.#iterator.next().value
  }
}

const keptMax = 10_000

/** Makes things of values that are plain data, one for all that are equal, so that few lie in memory. */
export class Equals<Given, Made> {
  readonly #make: (given: Given) => Made
  readonly #byText = new Map<string, Made>()

  constructor(make: (given: Given) => Made) {
    this.#make = make
  }

  of(given: Given): Made {
    const text = JSON.stringify(given)
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    if (this.#byText.size >= keptMax) this.#byText.clear()
    const made = this.#make(given)
    this.#byText.set(text, made)
    return made
  }
}

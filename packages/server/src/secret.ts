const inspect = Symbol.for('nodejs.util.inspect.custom')

/** A value that must not reach a log, an error or a response by accident. Only `expose()` reads it, so that every use can be found. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  expose(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect](): string {
    return '[secret]'
  }
}

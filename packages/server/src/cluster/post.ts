/** Gathers everything that is said during one turn of the event loop into one message. */
export class Post<Message> {
  readonly #send: (batch: readonly Message[]) => void
  readonly #later: (work: () => void) => void
  #batch: Message[] = []

  constructor(
    send: (batch: readonly Message[]) => void,
    later: (work: () => void) => void = (work) => void setImmediate(work),
  ) {
    this.#send = send
    this.#later = later
  }

  put(message: Message): void {
    if (this.#batch.length === 0) this.#later(() => this.flush())
    this.#batch.push(message)
  }

  /** Sends what was gathered without waiting for the end of the turn. */
  flush(): void {
    if (this.#batch.length === 0) return
    const batch = this.#batch
    this.#batch = []
    this.#send(batch)
  }
}

import { failure, type KeywrightError } from '../error.ts'
import type { Send } from '../transport.ts'
import { ask } from '../wire.ts'
import type { VerifierClock } from './clock.ts'
import { Configuration, readEngineAnswer } from './configuration.ts'

/** How long a configuration is not gone back to after another one took its place, unless the log tells of a new one. */
const replacedMs = 60_000

/** Reads the configuration, and lets another one take its place. */
export class Configurations {
  readonly current = new Configuration()
  readonly #send: Send
  readonly #clock: VerifierClock
  readonly #changed: () => void
  /** Hashes of those that were replaced, with when (monotonic milliseconds). */
  readonly #replaced = new Map<string, number>()
  #flight: Promise<void> | null = null

  /** `changed` is called in the turn in which the configuration became another one. */
  constructor(send: Send, clock: VerifierClock, changed: () => void) {
    this.#send = send
    this.#clock = clock
    this.#changed = changed
  }

  /** Reads it from the server, together with whoever asks meanwhile. Rejects where that fails. */
  read(): Promise<void> {
    this.#flight ??= this.#read().finally(() => {
      this.#flight = null
    })
    return this.#flight
  }

  /**
   * Whether facts that are to be judged by the configuration of a hash may be used: it is the current one, or becomes it by being read.
   * Nodes may run with two configurations for a while; which one is followed does not change back and forth with the node that answers.
   */
  async isFor(hash: string): Promise<boolean> {
    if (hash !== this.current.hash && !this.#isReplaced(hash)) await this.read()
    return hash === this.current.hash
  }

  /** The log told that everything may be another: also a configuration of before may be in force again. */
  logTurned(): void {
    this.#replaced.clear()
  }

  async #read(): Promise<void> {
    const answer = await ask(this.#send, { method: 'GET', path: 'v1/engine' }, readEngineAnswer)
    const { hash } = this.current
    if (answer.config === hash || this.#isReplaced(answer.config)) return
    if (hash !== null) this.#replaced.set(hash, this.#clock.monotonicMs())
    this.current.become(answer)
    this.#changed()
  }

  #isReplaced(hash: string): boolean {
    const atMs = this.#replaced.get(hash)
    if (atMs === undefined) return false
    if (this.#clock.monotonicMs() - atMs < replacedMs) return true
    this.#replaced.delete(hash)
    return false
  }
}

/** The error where the server's nodes do not agree on a configuration. */
export const configurationDiffers = (): KeywrightError =>
  failure(
    'POST /v1/facts',
    'configuration_differs',
    'the answer belongs to another configuration than the one in force; do all nodes run with the same?',
    200,
  )

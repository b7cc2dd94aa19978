import { containsKeyText } from '@keywright/core'
import { failure, KeywrightError } from '../error.ts'
import type { VerifierClock } from './clock.ts'

/** A failure as `state` shows it. */
export interface Trouble {
  readonly code: string
  readonly message: string
  /** Epoch milliseconds. */
  readonly atMs: number
}

/** What may go wrong in the background, each told of on its own. */
export type TroubleKind = 'head' | 'facts' | 'verify' | 'configuration' | 'usage' | 'feed'

const toldAgainMs = 60_000

/** Keeps the newest failure and tells of failures: of one that lasts when it begins, when it becomes another, and once a minute. */
export class Troubles {
  readonly #clock: VerifierClock
  readonly #credential: string
  readonly #onError: ((error: Error) => void) | undefined
  readonly #told = new Map<TroubleKind, { readonly code: string; readonly atMs: number }>()
  #last: Trouble | null = null

  constructor(clock: VerifierClock, credential: string, onError: ((error: Error) => void) | undefined) {
    this.#clock = clock
    this.#credential = credential
    this.#onError = onError
  }

  /** The newest failure; it stays when all is well again. */
  get last(): Trouble | null {
    return this.#last
  }

  /** A failure of something that is tried again. */
  lasting(kind: TroubleKind, given: unknown): void {
    const error = this.#sayable(given)
    const code = this.#keep(error)
    const nowMs = this.#clock.monotonicMs()
    const told = this.#told.get(kind)
    if (told?.code === code && nowMs - told.atMs < toldAgainMs) return
    this.#told.set(kind, { code, atMs: nowMs })
    this.#tell(error)
  }

  /** What failed works again. */
  mended(kind: TroubleKind): void {
    this.#told.delete(kind)
  }

  /** A failure of one check, or a loss: always told. */
  once(given: unknown): void {
    const error = this.#sayable(given)
    this.#keep(error)
    this.#tell(error)
  }

  #keep(error: Error): string {
    const code = error instanceof KeywrightError ? error.code : 'failed'
    this.#last = { code, message: error.message, atMs: this.#clock.wallMs() }
    return code
  }

  #tell(error: Error): void {
    try {
      this.#onError?.(error)
    } catch {
      // A listener that throws must not end what goes on in the background.
    }
  }

  /** The error without a key or the credential in it, which whatever answered may have repeated. */
  #sayable(given: unknown): Error {
    if (!(given instanceof Error)) return new Error('the verifier failed')
    const written = `${given.message} ${given instanceof KeywrightError ? JSON.stringify([given.problem, given.requestId]) : ''}`
    if (!written.includes(this.#credential) && !containsKeyText(written)) return given
    const { status, code } = given instanceof KeywrightError ? given : { status: 0, code: 'failed' }
    const sayable = containsKeyText(code) || code.includes(this.#credential) ? 'unexpected_answer' : code
    return failure(
      'a call of the verifier',
      sayable,
      'what was answered is left out, since it repeats a secret',
      status,
    )
  }
}

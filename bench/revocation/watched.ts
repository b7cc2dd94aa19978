import type { Report } from './messages.ts'

/** A check during which more time than this went by was interrupted: its verdict was reached at its beginning. */
const interruptedNs = 20_000_000

/** What is seen of keys that are checked again and again. */
export class Watched {
  readonly keys: readonly string[]
  readonly #acceptedNs: (number | null)[]
  readonly #codes: string[]
  readonly #warm: () => void
  #cold: number
  #checks = 0
  #interrupted = 0

  constructor(keys: readonly string[], warm: () => void) {
    this.keys = keys
    this.#warm = warm
    this.#acceptedNs = keys.map(() => null)
    this.#codes = keys.map(() => '')
    this.#cold = keys.length
  }

  /** Takes down how a key was answered by a check between two moments. */
  answered(index: number, code: string, beforeNs: number, afterNs: number): void {
    this.#checks++
    this.#codes[index] = code
    if (code !== 'VALID') return
    const isInterrupted = afterNs - beforeNs > interruptedNs
    if (isInterrupted) this.#interrupted++
    const isFirst = this.#acceptedNs[index] === null
    this.#acceptedNs[index] = isInterrupted ? beforeNs : afterNs
    if (isFirst && --this.#cold === 0) this.#warm()
  }

  report(): Report {
    return {
      acceptedNs: this.#acceptedNs,
      codes: this.#codes,
      checks: this.#checks,
      interrupted: this.#interrupted,
    }
  }
}

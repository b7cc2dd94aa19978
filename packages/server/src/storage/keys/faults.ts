import { type Problem, type ProblemError, problem } from '@keywright/core'

/** Collects everything that is wrong with a request, so that it can be mended in one go. */
export class Faults {
  readonly #invalid: ProblemError[] = []
  readonly #refused: ProblemError[] = []

  /** The value is wrong by itself, under any configuration. */
  invalid(pointer: string, detail: string): void {
    this.#invalid.push({ pointer, detail })
  }

  /** The same, for errors that are already told apart. */
  invalidAll(errors: readonly ProblemError[]): void {
    this.#invalid.push(...errors)
  }

  /** The configuration does not allow the value. */
  refused(pointer: string, detail: string): void {
    this.#refused.push({ pointer, detail })
  }

  /** The problem to answer; `undefined` where nothing was wrong. */
  problem(): Problem<'invalid_parameters' | 'not_allowed_by_configuration'> | undefined {
    if (this.#invalid.length > 0) return problem('invalid_parameters', undefined, [...this.#invalid, ...this.#refused])
    if (this.#refused.length > 0) return problem('not_allowed_by_configuration', undefined, this.#refused)
    return undefined
  }
}

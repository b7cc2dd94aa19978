import { KeywrightError } from '../error.ts'

/** An answer that is not of the shape that this version knows. Nothing of the answer is repeated. */
export class ForeignShape extends Error {
  override readonly name = 'ForeignShape'
}

/** The error of a call whose answer is in a foreign shape. */
export const foreignAnswer = (call: string): KeywrightError =>
  new KeywrightError(call, {
    status: 200,
    code: 'unexpected_answer',
    explanation: 'the answer is not of the shape that this version of the SDK knows',
  })

/** Reads an answer; a foreign shape is an error of the call. */
export function readAnswer<Value>(call: string, value: unknown, read: (value: unknown) => Value): Value {
  try {
    return read(value)
  } catch (error) {
    throw error instanceof ForeignShape ? foreignAnswer(call) : error
  }
}

// Members that are not asked for are left out; one that is needed and not there is an error, so that its absence never widens anything.

/** Reads an object. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>
  throw new ForeignShape('an object was expected')
}

/** Reads a text. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value
  throw new ForeignShape('a text was expected')
}

/** Reads a number from 0. */
export function amount(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new ForeignShape('a number from 0 was expected')
}

/** Reads a truth value. */
export function flag(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new ForeignShape('true or false was expected')
}

/** Reads a list, each item alike. */
export function list<Item>(value: unknown, read: (item: unknown) => Item): Item[] {
  if (Array.isArray(value)) return value.map((item) => read(item))
  throw new ForeignShape('a list was expected')
}

/** Reads a value that may be null. */
export const orNull = <Value>(value: unknown, read: (value: unknown) => Value): Value | null =>
  value === null ? null : read(value)

/** Reads one of some texts. */
export function oneOf<Choice extends string | null>(value: unknown, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === value)
  if (found !== undefined) return found
  throw new ForeignShape('another text was expected')
}

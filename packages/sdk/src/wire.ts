import type { Grant } from '@keywright/core'
import { failure, type KeywrightError } from './error.ts'
import { type Call, nameOf, type Send } from './transport.ts'

/** A value that is not of the shape that this version knows. Nothing of the value is repeated. */
class ForeignShape extends Error {
  override readonly name = 'ForeignShape'
}

/** The error of a call whose answer is in a foreign shape. */
export const foreignAnswer = (call: Call): KeywrightError =>
  failure(nameOf(call), 'unexpected_answer', 'the answer is not of the shape that this version of the SDK knows', 200)

/** Sends a call and reads its answer; a foreign shape is an error of the call. */
export async function ask<Value>(send: Send, call: Call, read: Reader<Value>): Promise<Value> {
  const answer = await send(call)
  try {
    return read(answer)
  } catch (error) {
    throw error instanceof ForeignShape ? foreignAnswer(call) : error
  }
}

/** Reads a value as it travels; throws a {@link ForeignShape}. */
export type Reader<Value> = (value: unknown) => Value

/** Answers a value where it is of the right shape. */
export function checked<Value>(value: Value, isRight: boolean): Value {
  if (isRight) return value
  throw new ForeignShape()
}

/** Reads an object. */
export const record = (value: unknown): Readonly<Record<string, unknown>> =>
  checked(value as Record<string, unknown>, typeof value === 'object' && value !== null && !Array.isArray(value))

/** Reads a text. */
export const text = (value: unknown): string => checked(value as string, typeof value === 'string')

/** Reads a number from 0. */
export const amount = (value: unknown): number =>
  checked(value as number, Number.isFinite(value) && (value as number) >= 0)

/** Reads a truth value. */
export const flag = (value: unknown): boolean => checked(value as boolean, typeof value === 'boolean')

/** Reads a list, each item alike. */
export const list =
  <Item>(read: Reader<Item>): Reader<Item[]> =>
  (value) =>
    checked(value as unknown[], Array.isArray(value)).map(read)

/** Reads one of some values. */
export const oneOf =
  <const Choice>(...choices: readonly Choice[]): Reader<Choice> =>
  (value) =>
    checked(value as Choice, choices.includes(value as Choice))

/** Reads a value that may be null. */
export const orNull =
  <Value>(read: Reader<Value>): Reader<Value | null> =>
  (value) =>
    value === null ? null : read(value)

/** Reads a value that may be absent, or null: another one then stands for it. */
export const orElse =
  <Value, Other>(read: Reader<Value>, other: Other): Reader<Value | Other> =>
  (value) =>
    value == null ? other : read(value)

/** Reads a value of which nothing depends on its being there: one of a foreign shape counts as absent. */
export const lenient =
  <Value, Other>(read: Reader<Value>, other: Other): Reader<Value | Other> =>
  (value) => {
    try {
      return orElse(read, other)(value)
    } catch {
      return other
    }
  }

/** Reads a list, leaving out items of a foreign shape. */
export const listOfKnown =
  <Item>(read: Reader<Item>): Reader<Item[]> =>
  (value) =>
    list((item) => item)(value).flatMap((item) => {
      const known = lenient(read, undefined)(item)
      return known === undefined ? [] : [known]
    })

type Readers = Readonly<Record<string, Reader<unknown>>>

/** What a shape of readers reads. */
export type Shape<Members extends Readers> = {
  readonly [Name in keyof Members as undefined extends ReturnType<Members[Name]> ? never : Name]: ReturnType<
    Members[Name]
  >
} & {
  readonly [Name in keyof Members as undefined extends ReturnType<Members[Name]> ? Name : never]?: Exclude<
    ReturnType<Members[Name]>,
    undefined
  >
}

/**
 * Reads an object of some members. Members that are not asked for are left out; one that is needed and not there is an error, so that its
 * absence never widens anything.
 */
export const shape =
  <Members extends Readers>(members: Members): Reader<Shape<Members>> =>
  (value) => {
    const from = record(value)
    const read: Record<string, unknown> = {}
    for (const [name, readMember] of Object.entries(members)) {
      const member = readMember(from[name])
      if (member !== undefined) read[name] = member
    }
    return read as Shape<Members>
  }

/** Reads a time as epoch milliseconds. */
export function readTime(value: unknown): number {
  const timeMs = Date.parse(text(value))
  return checked(timeMs, !Number.isNaN(timeMs))
}

const readPermissions = shape({ permissions: list(text) })

/** Reads a grant. */
export const readGrant: Reader<Grant> = (value) => (value === 'unrestricted' ? value : readPermissions(value))

import { type Position, type Problem, type ProblemError, problem } from '@keywright/core'

/** A position as text: epoch, number and chain hash, with dots between. */
export const formatPosition = ({ epoch, number, hash }: Position): string => `${epoch}.${number}.${hash}`

const positionPattern = /^([A-Za-z0-9_-]{1,64})\.(0|[1-9]\d{0,15})\.([A-Za-z0-9_-]{0,128})$/

/** Reads a position's text; `undefined` where it is none. */
export function parsePosition(text: string): Position | undefined {
  const match = positionPattern.exec(text)
  return match === null ? undefined : { epoch: match[1] as string, number: Number(match[2]), hash: match[3] as string }
}

/** Says what is wrong with the names of a query: one that there is not, or one that is given twice. */
export function queryErrors(query: URLSearchParams, known: readonly string[]): ProblemError[] {
  const errors: ProblemError[] = []
  for (const name of new Set(query.keys())) {
    if (!known.includes(name)) errors.push({ parameter: name.slice(0, 40), detail: 'There is no such parameter.' })
    else if (query.getAll(name).length > 1) errors.push({ parameter: name, detail: 'It may be given once.' })
  }
  return errors
}

/** Reads where a caller is, from a parameter or a header; `null`: nowhere yet. */
export function readPosition(text: string | null, name: string): Position | null | ProblemError {
  if (text === null) return null
  return parsePosition(text) ?? { parameter: name, detail: 'It must be a position that this server gave.' }
}

/** The refusal of a request for what is wrong with its parameters. */
export const parameterProblem = (errors: readonly ProblemError[]): Problem<'invalid_parameters'> =>
  problem('invalid_parameters', undefined, errors)

import { type Position, type Problem, type ProblemError, problem } from '@keywright/core'

/** A position as text: epoch, number and chain hash, with dots between. */
export const formatPosition = ({ epoch, number, hash }: Position): string => `${epoch}.${number}.${hash}`

const positionPattern = /^([A-Za-z0-9_-]{1,64})\.(0|[1-9]\d{0,15})\.([A-Za-z0-9_-]{0,128})$/

/** Reads a position's text; `undefined` where it is none. */
function parsePosition(text: string): Position | undefined {
  const match = positionPattern.exec(text)
  return match === null ? undefined : { epoch: match[1] as string, number: Number(match[2]), hash: match[3] as string }
}

/** What a read of the head asks: after which position (none: only where the head is), and the nonce to give back. */
export interface HeadQuery {
  readonly after: Position | null
  readonly nonce: string | null
}

/** Reads the query of `GET /v1/head`. */
export function readHeadQuery(query: URLSearchParams): HeadQuery | Problem<'invalid_parameters'> {
  const errors: ProblemError[] = []
  for (const name of new Set(query.keys())) {
    if (name !== 'after' && name !== 'nonce')
      errors.push({ parameter: name.slice(0, 40), detail: 'There is no such parameter.' })
    else if (query.getAll(name).length > 1) errors.push({ parameter: name, detail: 'It may be given once.' })
  }
  const after = query.get('after')
  const nonce = query.get('nonce')
  const position = after === null ? undefined : parsePosition(after)
  if (after !== null && position === undefined)
    errors.push({ parameter: 'after', detail: 'It must be a position that this server gave.' })
  if (nonce !== null && !/^[\w-]{1,64}$/.test(nonce))
    errors.push({ parameter: 'nonce', detail: 'It must be 1 to 64 letters, digits, _ or -.' })
  return errors.length > 0 ? problem('invalid_parameters', undefined, errors) : { after: position ?? null, nonce }
}

import { createHash } from 'node:crypto'
import {
  canonicalJson,
  containsKeyText,
  isProblem,
  nearestName,
  type Problem,
  type ProblemError,
  problem,
} from '@keywright/core'
import type * as z from 'zod'
import { redact } from '../log.ts'
import type { Idempotency } from '../storage/ports.ts'
import { JsonRefused, parseJson } from './json.ts'

type BodyProblem = Problem<'bad_request' | 'invalid_parameters' | 'body_too_large' | 'media_type_unsupported'>

const pointerOf = (path: readonly PropertyKey[]): string =>
  `#${path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')}`

const errorsMax = 20

/** One line per thing that is wrong. A name of the client's own is repeated, its values never: one could be a secret. */
function errorsOf(
  issues: readonly z.core.$ZodIssue[],
  place: 'body' | 'query',
  known: readonly string[],
): ProblemError[] {
  const errors: ProblemError[] = []
  for (const issue of issues) {
    const names = issue.code === 'unrecognized_keys' ? issue.keys : [undefined]
    for (const name of names) {
      if (errors.length === errorsMax) return errors
      const path = name === undefined ? issue.path : [...issue.path, name]
      const detail = name === undefined ? issue.message : unknownName(place, name, issue.path.length === 0 ? known : [])
      errors.push(
        place === 'body'
          ? { pointer: shorten(pointerOf(path)), detail }
          : { parameter: shorten(String(path[0] ?? '')), detail },
      )
    }
  }
  return errors
}

/** A name as errors repeat it: short, and without a key that stands where a name should. */
function shorten(given: string): string {
  const text = redact(given)
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

function unknownName(place: 'body' | 'query', name: string, known: readonly string[]): string {
  const meant = nearestName(name, known)
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`
  return `${place === 'body' ? 'There is no such member.' : 'There is no such parameter.'}${hint}`
}

/** Fits a value into a schema, or says what does not fit. */
function fit<Schema extends z.ZodObject>(
  schema: Schema,
  value: unknown,
  place: 'body' | 'query',
): z.output<Schema> | Problem<'invalid_parameters'> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  return problem('invalid_parameters', undefined, errorsOf(result.error.issues, place, Object.keys(schema.shape)))
}

/** Reads the query of a route. A parameter that is sent twice is a list, and refused where no list is expected. */
export function readQuery(
  schema: z.ZodObject,
  query: URLSearchParams,
): Readonly<Record<string, unknown>> | Problem<'invalid_parameters'> {
  const taken = Object.create(null) as Record<string, unknown>
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name)
    if (values.some((value) => value.includes('\0'))) {
      return problem('invalid_parameters', undefined, [{ parameter: shorten(name), detail: 'NUL is not allowed.' }])
    }
    taken[name] = values.length === 1 ? values[0] : values
  }
  return fit(schema, { ...taken }, 'query')
}

/** Reads and fits the body of a route: JSON in UTF-8, at most `bytesMax` long. `undefined`: there is none and none is needed. */
export async function readBody(
  request: Request,
  spec: { readonly body: z.ZodObject; readonly bodyOptional?: true },
  bytesMax: number,
): Promise<Readonly<Record<string, unknown>> | undefined | BodyProblem> {
  const text = await readText(request, bytesMax)
  if (isProblem(text)) return text
  if (text === '' && spec.bodyOptional) return undefined
  const mediaType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json') return problem('media_type_unsupported', 'Send Content-Type: application/json.')
  if (text === '') return problem('bad_request', 'The body is empty.')
  try {
    return fit(spec.body, parseJson(text), 'body')
  } catch (error) {
    if (error instanceof JsonRefused) return problem('bad_request', error.message)
    throw error
  }
}

async function readText(
  request: Request,
  bytesMax: number,
): Promise<string | Problem<'bad_request' | 'body_too_large' | 'media_type_unsupported'>> {
  const encoding = request.headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity')
    return problem('media_type_unsupported', 'Send the body without Content-Encoding.')
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) return tooLarge(bytesMax)
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.byteLength
      if (length > bytesMax) return tooLarge(bytesMax)
      chunks.push(chunk)
    }
  } catch {
    // Whoever sent it went away, or took too long: no fault of this server.
    return problem('bad_request', 'The body ended before its end.')
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    return problem('bad_request', 'The body is not UTF-8.')
  }
}

const tooLarge = (bytesMax: number) => problem('body_too_large', `At most ${bytesMax} bytes are read.`)

/** The version that `If-Match` asks for; `undefined`: any. A tag that is none of ours matches no version. */
export function readIfMatch(header: string | null): number | undefined | Problem<'bad_request'> {
  if (header === null || header.trim() === '*') return undefined
  const tag = /^(?:W\/)?"([\x21\x23-\x7e]*)"$/.exec(header.trim())
  if (tag === null) return problem('bad_request', 'If-Match must be one entity tag, as ETag gave it.')
  const version = /^"(\d{1,15})"$/.exec(header.trim())?.[1]
  return version === undefined ? -1 : Number(version)
}

/** The `Idempotency-Key` of a creation, quoted (a structured field) or bare, with a digest of what was asked. */
export function readIdempotency(
  header: string | null,
  method: string,
  path: string,
  body: unknown,
): Idempotency | undefined | Problem<'bad_request'> {
  if (header === null) return undefined
  const key =
    /^"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"$/.exec(header)?.[1] ?? /^([\x21\x23-\x7e]{1,255})$/.exec(header)?.[1]
  if (key === undefined) return problem('bad_request', 'Idempotency-Key must be 1 to 255 printable ASCII characters.')
  if (containsKeyText(key))
    return problem('bad_request', 'Idempotency-Key looks like a secret key; send a random id instead.')
  const route = `${method.toUpperCase()} ${path}`
  const fingerprint = createHash('sha256')
    .update(canonicalJson([route, body ?? null]))
    .digest('base64url')
  return { key, route, fingerprint }
}

const userAgentCharactersMax = 256

/** A user agent as it may be kept: one line, at most 256 characters, and no key that was sent in its place. */
export function keptUserAgent(given: string | undefined): string | undefined {
  if (given === undefined) return undefined
  const masked = redact(given)
  if (masked.length <= userAgentCharactersMax && /^[\x20-\x7e]*$/.test(masked)) return masked
  return masked
    .slice(0, userAgentCharactersMax)
    .replaceAll(/\p{Cc}/gu, ' ')
    .toWellFormed()
}

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { printable, redact } from '../log.ts'
import { Secret } from '../secret.ts'
import { CommandError, exitCodes, usageError } from './exit.ts'
import type { Terminal } from './terminal.ts'

/** A query; what is undefined is left out. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>

export interface RequestOptions {
  readonly query?: Query
  readonly body?: unknown
  /** The version that the record must have. */
  readonly ifMatch?: string | undefined
  readonly idempotencyKey?: string | undefined
}

/** A JSON object as the server answers it. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Speaks HTTP to one server. Every refusal is a CommandError with the problem's title, details and request id. */
export interface Client {
  /** The address, `/v1/accounts/…`, from segments that are escaped. */
  request(method: string, segments: readonly string[], options?: RequestOptions): Promise<JsonObject>
}

const answerMs = 30_000
const versions = new WeakMap<JsonObject, string>()

/** The version of a record as it was answered, for `--if-match`. */
export const versionOf = (record: JsonObject): string | undefined => versions.get(record)

/** Where the server is and which credential it is asked with: from the environment, a file or standard input, never from an argument. */
export async function connect(terminal: Terminal, credentialFromInput: boolean, needed: boolean): Promise<Client> {
  const base = readUrl(terminal.environment['KEYWRIGHT_URL'] ?? 'http://127.0.0.1:3000')
  const credential = needed ? await readCredential(terminal, credentialFromInput) : null
  return { request: (method, segments, options = {}) => request(base, credential, method, segments, options) }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw usageError('KEYWRIGHT_URL must be an http or https address, such as https://keys.example.com.')
  if (`${url.username}${url.password}${url.search}${url.hash}` !== '') {
    throw usageError(
      'KEYWRIGHT_URL must have no user, query or fragment; the credential belongs into KEYWRIGHT_CREDENTIAL.',
    )
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

async function readCredential({ environment, folder, readInput }: Terminal, fromInput: boolean): Promise<Secret> {
  const given = environment['KEYWRIGHT_CREDENTIAL']
  const file = environment['KEYWRIGHT_CREDENTIAL_FILE']
  if (given !== undefined && file !== undefined)
    throw usageError('KEYWRIGHT_CREDENTIAL and KEYWRIGHT_CREDENTIAL_FILE are both set: remove one of them.')
  const text = (
    fromInput ? await readInput() : (given ?? (file === undefined ? '' : readCredentialFile(resolve(folder, file))))
  ).trim()
  if (text === '') {
    throw new CommandError(
      exitCodes.unauthorized,
      'There is no credential: set KEYWRIGHT_CREDENTIAL, or pass it on standard input with --credential-stdin.',
    )
  }
  // Said here, since an error of the HTTP library about a header would repeat it.
  if (!/^[\x21-\x7e]+$/.test(text))
    throw new CommandError(
      exitCodes.unauthorized,
      'The credential must be one word of printable ASCII: no scheme, space or line break.',
    )
  return new Secret(text)
}

function readCredentialFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw usageError(`KEYWRIGHT_CREDENTIAL_FILE names ${path}, which cannot be read.`)
  }
}

function addressOf(base: URL, segments: readonly string[], query: Query): URL {
  for (const segment of segments) {
    // A URL would resolve these, and the call would reach another resource than the one named.
    if (segment === '' || segment === '.' || segment === '..') throw usageError(`${JSON.stringify(segment)} is no id.`)
  }
  const url = new URL(`v1/${segments.map(encodeURIComponent).join('/')}`, base)
  for (const [name, value] of Object.entries(query)) {
    for (const each of typeof value === 'string' ? [value] : (value ?? [])) url.searchParams.append(name, each)
  }
  return url
}

async function request(
  base: URL,
  credential: Secret | null,
  method: string,
  segments: readonly string[],
  options: RequestOptions,
): Promise<JsonObject> {
  const url = addressOf(base, segments, options.query ?? {})
  const headers: Record<string, string> = { accept: 'application/json' }
  if (credential !== null) headers['authorization'] = `Bearer ${credential.expose()}`
  if (options.body !== undefined) headers['content-type'] = 'application/json'
  if (options.ifMatch !== undefined) headers['if-match'] = `"${options.ifMatch}"`
  if (options.idempotencyKey !== undefined) headers['idempotency-key'] = `"${options.idempotencyKey}"`
  const body = options.body === undefined ? {} : { body: JSON.stringify(options.body) }
  let answer: Response
  let text: string
  try {
    // Followed, a redirect would carry the credential to wherever it points.
    answer = await fetch(url, { method, headers, ...body, redirect: 'manual', signal: AbortSignal.timeout(answerMs) })
    text = await answer.text()
  } catch (error) {
    throw unreachable(base, error)
  }
  const value = parse(text)
  if (!answer.ok || (text !== '' && !isRecord(value))) throw refusal(answer, value)
  const record = isRecord(value) ? value : {}
  const version = /^"(\d+)"$/.exec(answer.headers.get('etag') ?? '')?.[1]
  if (version !== undefined) versions.set(record, version)
  return record
}

function unreachable(base: URL, error: unknown): CommandError {
  const timedOut = error instanceof Error && error.name === 'TimeoutError'
  const cause =
    error instanceof Error && error.cause instanceof Error && 'code' in error.cause
      ? ` (${String(error.cause.code)})`
      : ''
  const why = timedOut ? `did not answer within ${answerMs / 1000} seconds` : `cannot be reached${cause}`
  return new CommandError(
    exitCodes.unreachable,
    `The server at ${base.origin} ${why}. Is it running, and is KEYWRIGHT_URL right?`,
  )
}

const isRecord = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refusal(answer: Response, body: unknown): CommandError {
  // What the product does not offer is no matter of the credential.
  const code = isRecord(body) && body['code'] === 'action_not_offered' ? exitCodes.refused : codeOf(answer.status)
  if (!isRecord(body) || typeof body['title'] !== 'string') {
    return new CommandError(
      code,
      `The answer (HTTP ${answer.status}) is none of a Keywright server. Is KEYWRIGHT_URL right?`,
    )
  }
  const lines = [
    `${text(body['title'])} (${answer.status}${body['code'] === undefined ? '' : `, ${text(body['code'])}`})`,
  ]
  if (body['detail'] !== undefined) lines.push(text(body['detail']))
  for (const error of Array.isArray(body['errors']) ? body['errors'].filter(isRecord) : []) {
    lines.push(`  ${text(error['pointer'] ?? error['parameter'] ?? 'request')}: ${text(error['detail'])}`)
  }
  const retryAfter = answer.headers.get('retry-after')
  if (retryAfter !== null) lines.push(`Try again in ${text(retryAfter)} seconds.`)
  const requestId = body['request_id'] ?? answer.headers.get('x-request-id')
  if (requestId !== null && requestId !== undefined) lines.push(`Request: ${text(requestId)}`)
  return new CommandError(code, lines.join('\n'))
}

const text = (value: unknown): string => redact(printable(typeof value === 'string' ? value : JSON.stringify(value)))

function codeOf(status: number): number {
  if (status === 401 || status === 403) return exitCodes.unauthorized
  return status === 429 || status >= 500 ? exitCodes.unreachable : exitCodes.refused
}

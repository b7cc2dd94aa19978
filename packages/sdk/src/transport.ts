import { errorOfAnswer, failure, type KeywrightError } from './error.ts'

/** How to reach a Keywright server. */
export interface ConnectionOptions {
  /** The server's public address, `https://keys.example.com`; a path before `/v1` is kept. */
  readonly url: string
  /** An `operator` or `verify` credential. It is kept where neither `JSON.stringify` nor an inspector sees it. */
  readonly credential: string
  /** Default: the runtime's own `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  /** How long one attempt may take, in milliseconds, the answer's body included. Default: 5,000. */
  readonly timeoutMs?: number
}

/** One value of a query; `undefined` and `null` are left out. */
export type QueryValue = string | number | boolean | null | undefined

/** What is asked of a server. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, QueryValue>> | undefined
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends one call and answers its JSON; `undefined` for 204. Fails with a {@link KeywrightError}. */
export type Send<Sent extends Call = Call> = (call: Sent) => Promise<unknown>

/** Opens an answer that goes on, such as a feed; its body is still to be read. Fails with a {@link KeywrightError}. */
export type OpenStream = (call: Call, signal: AbortSignal) => Promise<Response>

/** How errors name a call. */
export const nameOf = ({ method, path }: Call): string => `${method} /${path}`

function baseOf(url: string): URL {
  const base = URL.canParse(url) ? new URL(url) : undefined
  if (base === undefined || !/^https?:$/.test(base.protocol))
    throw new TypeError('url must be an http or https address, such as https://keys.example.com')
  if (base.username !== '' || base.password !== '' || base.search !== '' || base.hash !== '') {
    throw new TypeError('url must have no user, query or fragment; give the credential as `credential`')
  }
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  return base
}

function checkCredential(credential: string): void {
  // Said here, since a runtime's own error about a header repeats the header.
  if (typeof credential !== 'string' || !/^[A-Za-z0-9._~+/-]+=*$/.test(credential)) {
    throw new TypeError(
      'credential must be the text of a credential alone: no scheme, space or line break; is the variable set?',
    )
  }
}

function networkError(call: string, error: unknown): KeywrightError {
  const cause = error instanceof Error && typeof error.cause === 'object' ? error.cause : null
  const code = cause !== null && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  const named = /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? ` (${code})` : ''
  return failure(call, 'network_error', `the server could not be reached${named}`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Sends what is asked and answers as soon as the answer's head is there. */
function connect({ url: address, credential, fetch: send = globalThis.fetch }: ConnectionOptions): OpenStream {
  const base = baseOf(address)
  checkCredential(credential)
  return ({ method, path, query, body, headers }, signal) => {
    const url = new URL(path, base)
    for (const [name, value] of Object.entries(query ?? {}))
      if (value !== undefined && value !== null) url.searchParams.set(name, String(value))
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    return send(url, {
      method,
      headers: { accept: 'application/json', authorization: `Bearer ${credential}`, ...json, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // Followed, a redirect would carry keys and the credential to wherever it points.
      redirect: 'manual',
      signal,
    })
  }
}

/** Makes the function that opens server-sent events. The caller's signal is the only end. */
export function createOpenStream(options: ConnectionOptions): OpenStream {
  const open = connect(options)
  return async (call, signal) => {
    const name = nameOf(call)
    let answer: Response
    try {
      answer = await open({ ...call, headers: { accept: 'text/event-stream', ...call.headers } }, signal)
    } catch (error) {
      throw networkError(name, error)
    }
    if (answer.ok) return answer
    throw errorOfAnswer(name, answer.status, answer.headers, parse(await answer.text().catch(() => '')))
  }
}

/** Makes the function that sends calls, each once. `answered` is told the header fields of each body. */
export function createSendOnce(options: ConnectionOptions, answered?: (body: unknown, headers: Headers) => void): Send {
  const open = connect(options)
  const timeoutMs = options.timeoutMs ?? 5_000
  return async (call) => {
    const name = nameOf(call)
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(), timeoutMs)
    let answer: Response
    let text: string
    try {
      answer = await open(call, controller.signal)
      text = await answer.text()
    } catch (error) {
      throw controller.signal.aborted
        ? failure(name, 'timeout', `no answer within ${timeoutMs} ms`)
        : networkError(name, error)
    } finally {
      clearTimeout(timer)
    }
    const { ok, status, headers } = answer
    const body = text === '' ? undefined : parse(text)
    if (!ok) throw errorOfAnswer(name, status, headers, body)
    if (text !== '' && body === undefined) throw failure(name, 'unexpected_answer', 'the answer is not JSON', status)
    answered?.(body, headers)
    return body
  }
}

import { errorOfAnswer, KeywrightError } from './error.ts'

/** How to reach a Keywright server. */
export interface TransportOptions {
  /** The server's public address, `https://keys.example.com`; a path before `/v1` is kept. */
  readonly url: string
  /** An `operator` or `verify` credential. It is kept where neither `JSON.stringify` nor an inspector sees it. */
  readonly credential: string
  /** Default: the runtime's own `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  /** How long one attempt may take, in milliseconds, the answer's body included. Default: 5,000. */
  readonly timeoutMs?: number
  /** How often a safe request is repeated after a network error, 429 or 503. Default: 2. */
  readonly retriesMax?: number
  /** A number from 0 to below 1, for the jitter between attempts. Default: `Math.random`. */
  readonly random?: () => number
  /** Waits for some milliseconds. Default: `setTimeout`. */
  readonly sleep?: (ms: number) => Promise<void>
}

/** One value of a query; `undefined` and `null` are left out. */
export type QueryValue = string | number | boolean | null | undefined

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, QueryValue>> | undefined
  readonly body?: unknown
  readonly ifMatch?: string | undefined
  readonly idempotencyKey?: string | undefined
}

/** Sends one call and answers its JSON; `undefined` for 204. Fails with a {@link KeywrightError}. */
export type Send = (call: Call) => Promise<unknown>

const waitMaxSeconds = 10
const etags = new WeakMap<object, string>()

/** The version of a record that was read or written, for `ifMatch`; `undefined` for anything else. */
export const etagOf = (record: object): string | undefined => etags.get(record)

/** Joins the segments of a path under `/v1`, each escaped. */
export function pathOf(...segments: readonly string[]): string {
  for (const segment of segments) {
    // A URL would resolve these, and the call would reach another resource than the one named.
    if (segment === '' || segment === '.' || segment === '..')
      throw new TypeError(`${JSON.stringify(segment)} is not an id`)
  }
  return `v1/${segments.map(encodeURIComponent).join('/')}`
}

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

const networkError = (call: string, error: unknown, timedOut: boolean, timeoutMs: number): KeywrightError => {
  if (timedOut)
    return new KeywrightError(call, { status: 0, code: 'timeout', explanation: `no answer within ${timeoutMs} ms` })
  const cause = error instanceof Error && typeof error.cause === 'object' ? error.cause : null
  const code = cause !== null && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  const named = /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? ` (${code})` : ''
  return new KeywrightError(call, {
    status: 0,
    code: 'network_error',
    explanation: `the server could not be reached${named}`,
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Opens an answer that goes on, such as a feed; its body is still to be read. Fails with a {@link KeywrightError}. */
export type OpenStream = (
  call: { readonly path: string; readonly after?: string; readonly lastEventId?: string },
  signal: AbortSignal,
) => Promise<Response>

/** Makes the function that opens server-sent events. Nothing is repeated, and the caller's signal is the only end. */
export function createOpenStream(options: Pick<TransportOptions, 'url' | 'credential' | 'fetch'>): OpenStream {
  const base = baseOf(options.url)
  const { credential } = options
  checkCredential(credential)
  const send = options.fetch ?? globalThis.fetch
  return async ({ path, after, lastEventId }, signal) => {
    const name = `GET /${path}`
    const url = new URL(path, base)
    if (after !== undefined) url.searchParams.set('after', after)
    const headers: Record<string, string> = { accept: 'text/event-stream', authorization: `Bearer ${credential}` }
    if (lastEventId !== undefined) headers['last-event-id'] = lastEventId
    let answer: Response
    try {
      answer = await send(url, { method: 'GET', headers, redirect: 'manual', signal })
    } catch (error) {
      throw networkError(name, error, false, 0)
    }
    if (answer.ok) return answer
    const text = await answer.text().catch(() => '')
    throw errorOfAnswer(name, answer.status, answer.headers, parse(text))
  }
}

/** Makes the function that every call goes through. */
export function createSend(options: TransportOptions): Send {
  const base = baseOf(options.url)
  const { credential } = options
  checkCredential(credential)
  const send = options.fetch ?? globalThis.fetch
  const timeoutMs = options.timeoutMs ?? 5_000
  const retriesMax = options.retriesMax ?? 2
  const random = options.random ?? Math.random
  const sleep = options.sleep ?? ((ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms)))

  const attempt = async (call: Call): Promise<unknown> => {
    const name = `${call.method} /${call.path}`
    const url = new URL(call.path, base)
    for (const [key, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined && value !== null) url.searchParams.set(key, String(value))
    }
    const headers: Record<string, string> = { accept: 'application/json', authorization: `Bearer ${credential}` }
    if (call.body !== undefined) headers['content-type'] = 'application/json'
    if (call.ifMatch !== undefined) headers['if-match'] = call.ifMatch
    if (call.idempotencyKey !== undefined) headers['idempotency-key'] = `"${call.idempotencyKey}"`
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(), timeoutMs)
    let answer: Response
    let text: string
    try {
      answer = await send(url, {
        method: call.method,
        headers,
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        // Followed, a redirect would carry keys and the credential to wherever it points.
        redirect: 'manual',
        signal: controller.signal,
      })
      text = await answer.text()
    } catch (error) {
      throw networkError(name, error, controller.signal.aborted, timeoutMs)
    } finally {
      clearTimeout(timer)
    }
    const body = text === '' ? undefined : parse(text)
    if (!answer.ok) throw errorOfAnswer(name, answer.status, answer.headers, body)
    if (text !== '' && body === undefined) {
      throw new KeywrightError(name, {
        status: answer.status,
        code: 'unexpected_answer',
        explanation: 'the answer is not JSON',
      })
    }
    const etag = answer.headers.get('etag')
    if (etag !== null && typeof body === 'object' && body !== null) etags.set(body, etag)
    return body
  }

  return async (call) => {
    const repeatable = call.method === 'GET' || call.idempotencyKey !== undefined
    for (let retries = 0; ; retries++) {
      try {
        return await attempt(call)
      } catch (error) {
        if (!(error instanceof KeywrightError) || !repeatable || retries >= retriesMax) throw error
        if (![0, 429, 503].includes(error.status)) throw error
        const toldSeconds = error.retryAfterSeconds
        if (toldSeconds !== null && toldSeconds > waitMaxSeconds) throw error
        const backoffMs = 200 * 2 ** retries * (0.5 + random() / 2)
        await sleep(toldSeconds === null ? backoffMs : toldSeconds * 1000 + backoffMs / 4)
      }
    }
  }
}

/** The body of a refused request (RFC 9457), as the server sends it. Members that this version does not know are kept. */
export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string
  readonly code: string
  readonly request_id?: string
  readonly errors?: readonly { readonly pointer?: string; readonly parameter?: string; readonly detail: string }[]
}

/** What went wrong in a call of the management API. It never carries the credential, a key or a request's body. */
export class KeywrightError extends Error {
  override readonly name = 'KeywrightError'
  /** The HTTP status; 0 where no answer came. */
  readonly status: number
  /** The problem's code, or `network_error`, `timeout` or `unexpected_answer`. */
  readonly code: string
  readonly problem: ProblemDocument | null
  readonly requestId: string | null
  /** How many seconds to wait before another attempt, where the server said so. */
  readonly retryAfterSeconds: number | null

  constructor(
    call: string,
    facts: {
      readonly status: number
      readonly code: string
      readonly explanation: string
      readonly problem?: ProblemDocument | null
      readonly requestId?: string | null
      readonly retryAfterSeconds?: number | null
    },
  ) {
    super(`${call}: ${facts.status === 0 ? '' : `${facts.status} `}${facts.code}: ${facts.explanation}`)
    this.status = facts.status
    this.code = facts.code
    this.problem = facts.problem ?? null
    this.requestId = facts.requestId ?? null
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null
  }
}

/** Makes the error of a call that no problem document tells of; `status` is 0 where no answer came. */
export const failure = (call: string, code: string, explanation: string, status = 0): KeywrightError =>
  new KeywrightError(call, { status, code, explanation })

/** Whether a server refused the credential of a call. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof KeywrightError && (error.status === 401 || error.status === 403)

/** Milliseconds that a server said to wait before another attempt; 0 where it said nothing. */
export const toldWaitMs = (error: unknown): number =>
  error instanceof KeywrightError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0

const isProblemDocument = (value: unknown): value is ProblemDocument =>
  typeof value === 'object' &&
  value !== null &&
  'code' in value &&
  typeof value.code === 'string' &&
  'title' in value &&
  typeof value.title === 'string'

/** Reads `Retry-After`, seconds or a date (RFC 9110 section 10.2.3), as whole seconds; `null` where it is neither. */
function readRetryAfter(value: string | null, nowMs: number): number | null {
  if (value === null) return null
  if (/^\d{1,9}$/.test(value.trim())) return Number(value)
  const atMs = Date.parse(value)
  return Number.isNaN(atMs) ? null : Math.max(0, Math.ceil((atMs - nowMs) / 1000))
}

/** The problem's title, its detail, and what is wrong with each part of the request. */
function explanationOf({ title, detail, errors }: ProblemDocument): string {
  const parts = (Array.isArray(errors) ? errors : [])
    .filter((error) => typeof error?.detail === 'string')
    .slice(0, 5)
    .map((error) => `${error.pointer ?? error.parameter ?? 'request'}: ${error.detail}`)
  return `${title}${detail === undefined ? '' : `. ${detail}`}${parts.length === 0 ? '' : `; ${parts.join('; ')}`}`
}

/** Makes the error of an answer other than 2xx. `body` is what could be read as JSON, else `undefined`. */
export function errorOfAnswer(call: string, status: number, headers: Headers, body: unknown): KeywrightError {
  const problem = isProblemDocument(body) ? body : null
  return new KeywrightError(call, {
    status,
    code: problem?.code ?? 'unexpected_answer',
    explanation:
      problem === null
        ? 'the answer is not a problem document; does the URL point at a Keywright server, without a redirect?'
        : explanationOf(problem),
    problem,
    requestId: problem?.request_id ?? headers.get('x-request-id'),
    retryAfterSeconds: readRetryAfter(headers.get('retry-after'), Date.now()),
  })
}

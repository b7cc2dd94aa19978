import { type Problem, problems } from '@keywright/core'
import { pagePolicy } from './html.ts'
import { type DocumentAnswer, Reply, type ReplyHeaders, type RouteSpec } from './route.ts'

const httpsMemory = 'max-age=31536000; includeSubDomains'
// What a person waits where it is not said how long.
const standardWaitSeconds = 60

/** What every answer of one request needs. */
export interface AnswerContext {
  readonly publicUrl: string
  readonly requestId: string
}

const realm = 'Bearer realm="keywright"'

const challenges: Readonly<Record<string, string>> = {
  credential_missing: realm,
  credential_ambiguous: `${realm}, error="invalid_request"`,
  invalid_token: `${realm}, error="invalid_token"`,
}

/** How long to wait, where the refusal says it or its status asks for it. */
function retryAfterOf(refused: Problem, status: number): Record<string, string> {
  if (status === 503) return { 'Retry-After': '1' }
  if (refused.problem !== 'too_many_requests') return {}
  const said = 'retryAfterSeconds' in refused ? Number(refused.retryAfterSeconds) : standardWaitSeconds
  return { 'Retry-After': String(Math.max(1, Math.ceil(Number.isFinite(said) ? said : standardWaitSeconds))) }
}

/** A problem as it is sent. */
export interface ProblemAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The document of a problem (RFC 9457), with the challenge of RFC 6750 where it is about the credential. */
export function problemAnswer(
  refused: Problem,
  { publicUrl, requestId }: AnswerContext,
  headers: Readonly<Record<string, string>> = {},
): ProblemAnswer {
  const { status, title } = problems[refused.problem]
  // RFC 9110 section 15.5.2: every 401 says how to prove who one is.
  const challenge = challenges[refused.problem] ?? (status === 401 ? realm : undefined)
  const document = {
    type: `${publicUrl}/problems/${refused.problem}`,
    title,
    status,
    ...(refused.detail === undefined ? {} : { detail: refused.detail }),
    code: refused.problem,
    request_id: requestId,
    ...(refused.errors === undefined ? {} : { errors: refused.errors }),
  }
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json; charset=utf-8',
      ...(challenge === undefined ? {} : { 'WWW-Authenticate': challenge }),
      ...retryAfterOf(refused, status),
      ...headers,
    },
    body: JSON.stringify(document),
  }
}

/** The same as a response of the management plane. */
export function problemResponse(
  refused: Problem,
  about: AnswerContext,
  more?: Readonly<Record<string, string>>,
): Response {
  const { status, headers, body } = problemAnswer(refused, about, more)
  return new Response(body, { status, headers })
}

const etagOf = (etag: string | number): string => `"${etag}"`

function replyHeaders(headers: ReplyHeaders): Record<string, string> {
  return {
    ...(headers.etag === undefined ? {} : { ETag: etagOf(headers.etag) }),
    ...(headers.location === undefined ? {} : { Location: headers.location }),
    ...(headers.contentLanguage === undefined
      ? {}
      : { 'Content-Language': headers.contentLanguage, Vary: 'Accept-Language' }),
    ...(headers.replayed ? { 'Idempotency-Replayed': 'true' } : {}),
  }
}

/** Whether `If-None-Match` names a tag, by the weak comparison of RFC 9110 section 13.1.2. */
function isNamed(header: string | null, etag: string): boolean {
  if (header === null) return false
  return header.trim() === '*' || header.split(',').some((each) => each.trim().replace(/^W\//, '') === etag)
}

function nextLink(body: unknown, url: URL): Record<string, string> {
  if (typeof body !== 'object' || body === null || !('nextCursor' in body) || typeof body.nextCursor !== 'string')
    return {}
  const next = new URLSearchParams(url.search)
  next.set('cursor', body.nextCursor)
  return { Link: `<${url.pathname}?${next.toString()}>; rel="next"` }
}

function withCookies(response: Response, setCookies: readonly string[] = []): Response {
  for (const line of setCookies) response.headers.append('Set-Cookie', line)
  return response
}

/** The answer of a JSON route: its body through the filter of its schema, and the headers that follow. */
export function jsonResponse(
  spec: RouteSpec,
  answer: unknown,
  request: { readonly url: URL; readonly headers: Headers },
): Response {
  const { body, headers } = answer instanceof Reply ? answer : new Reply<unknown>(answer, {})
  const status = spec.status ?? 200
  const own = replyHeaders(headers)
  if (status === 204) return withCookies(new Response(null, { status, headers: own }), headers.setCookies)
  if (
    spec.method === 'get' &&
    headers.etag !== undefined &&
    isNamed(request.headers.get('if-none-match'), etagOf(headers.etag))
  ) {
    return new Response(null, { status: 304, headers: own })
  }
  const filtered = spec.returns.parse(body)
  const next = spec.method === 'get' ? nextLink(filtered, request.url) : {}
  const response = new Response(JSON.stringify(filtered), {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...own, ...next },
  })
  return withCookies(response, headers.setCookies)
}

/** The answer of a document route. Only our own pages may have style. */
export const documentResponse = (answer: DocumentAnswer): Response =>
  withCookies(
    new Response(answer.body, {
      status: answer.status ?? 200,
      headers: {
        'Content-Type': answer.contentType,
        ...(answer.contentType.startsWith('text/html') ? { 'Content-Security-Policy': pagePolicy } : {}),
        ...answer.headers,
      },
    }),
    answer.setCookies,
  )

/** Sets what every answer carries, without overriding what it has. */
export function secure(response: Response, { requestId, publicUrl }: AnswerContext): Response {
  const { headers } = response
  headers.set('X-Request-Id', requestId)
  headers.set('X-Content-Type-Options', 'nosniff')
  headers.set('Referrer-Policy', 'no-referrer')
  if (!headers.has('Content-Security-Policy'))
    headers.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
  if (publicUrl.startsWith('https:')) headers.set('Strict-Transport-Security', httpsMemory)
  for (const name of ['Cross-Origin-Opener-Policy', 'Cross-Origin-Resource-Policy'])
    if (!headers.has(name)) headers.set(name, 'same-origin')
  // A cookie is for one browser; no cache between keeps an answer that carries one.
  if (!headers.has('Cache-Control') || headers.has('Set-Cookie')) headers.set('Cache-Control', 'no-store')
  return response
}

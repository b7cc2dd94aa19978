import { type LimitState, type ProblemCode, type ProblemTextConfig, problems, type Text, text } from '@keywright/core'
import type { Field } from './presented.ts'
import type { PublicConfig } from './verifier.ts'

/** A whole refusal, the same in every framework. */
export interface Answer {
  readonly status: number
  readonly fields: readonly Field[]
  readonly body: string
}

/** A title and hints of the adopter's own, by problem code. */
export type ProblemTexts = Readonly<Record<string, ProblemTextConfig>>

/** The codes of what a guard can answer. */
export type RefusalCode = Extract<
  ProblemCode,
  | 'credential_missing'
  | 'credential_ambiguous'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'wrong_type'
  | 'network_not_allowed'
  | 'rate_limited'
  | 'quota_exceeded'
  | 'unavailable'
>

export interface Wording {
  readonly texts: ProblemTexts
  readonly config: PublicConfig | undefined
  readonly realm: string | undefined
  readonly language: string | undefined
}

export interface Refusal {
  readonly code: RefusalCode
  /** The permissions that the route needs, on `insufficient_scope`. */
  readonly needed?: readonly string[]
  readonly missing?: readonly string[]
  readonly limits?: readonly LimitState[] | null
  readonly retryAfterMs?: number | null
}

const words = (value: Text, { language, config }: Wording): string => {
  const preferred = config?.product?.languages?.[0] ?? 'en'
  return text(value, language ?? preferred, preferred)
}

/** The adopter's words for a problem: those in code, else those of the configuration. A missing key is told like an invalid one where only that has words. */
function wordingOf(code: RefusalCode, { texts, config }: Wording): ProblemTextConfig | undefined {
  const lookUp = (wanted: string): ProblemTextConfig | undefined => {
    for (const source of [texts, config?.problems ?? {}]) if (Object.hasOwn(source, wanted)) return source[wanted]
    return undefined
  }
  return lookUp(code) ?? (code === 'credential_missing' ? lookUp('invalid_token') : undefined)
}

/** A Structured Field or quoted string; `undefined` where a character cannot be in one (RFC 9651 section 3.3.3, RFC 9110 section 5.6.4). */
const quoted = (value: string): string | undefined =>
  /^[\x20-\x7e]*$/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : undefined

const wholeSeconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000))

function challenge(code: RefusalCode, needed: readonly string[], wording: Wording): string {
  const name = wording.config?.product?.name
  const realm = quoted(wording.realm ?? (name === undefined ? 'api' : words(name, wording))) ?? '"api"'
  const errors: Partial<Record<RefusalCode, string>> = {
    credential_ambiguous: ', error="invalid_request"',
    invalid_token: ', error="invalid_token"',
    insufficient_scope: `, error="insufficient_scope", scope="${needed.join(' ')}"`,
  }
  return `Bearer realm=${realm}${errors[code] ?? ''}`
}

/** RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10); none where there are no limits. */
export function rateLimitFields(limits: readonly LimitState[] | null | undefined): readonly Field[] {
  const policies: string[] = []
  const states: string[] = []
  for (const { name, limit, windowSeconds, remaining, retryAfterMs } of limits ?? []) {
    const item = quoted(name)
    if (item === undefined || ![limit, windowSeconds].every(Number.isSafeInteger)) continue
    policies.push(`${item};q=${limit};w=${windowSeconds}`)
    states.push(
      `${item};r=${Math.max(0, Math.floor(remaining))}${retryAfterMs > 0 ? `;t=${wholeSeconds(retryAfterMs)}` : ''}`,
    )
  }
  return policies.length === 0
    ? []
    : [
        ['RateLimit-Policy', policies.join(', ')],
        ['RateLimit', states.join(', ')],
      ]
}

/** Makes the answer to a refused request (RFC 9457, RFC 6750). Nothing that the caller sent is in it. */
export function answerOf(refusal: Refusal, wording: Wording): Answer {
  const { code } = refusal
  const { status, title } = problems[code]
  const own = wordingOf(code, wording)
  const errors = wording.config?.product?.links?.errors
  const body = {
    type: errors === undefined ? 'about:blank' : `${errors}#${code}`,
    title: own === undefined ? title : words(own.title, wording),
    status,
    ...(own?.detail === undefined || own.detail === null ? {} : { detail: words(own.detail, wording) }),
    code,
    ...(own?.check === undefined || own.check === null ? {} : { check: own.check.map((hint) => words(hint, wording)) }),
    ...(refusal.missing === undefined ? {} : { missing: refusal.missing }),
  }
  const challenged = status === 401 || code === 'credential_ambiguous' || code === 'insufficient_scope'
  const waitMs = status === 503 ? (refusal.retryAfterMs ?? 1_000) : status === 429 ? refusal.retryAfterMs : undefined
  return {
    status,
    fields: [
      ['Content-Type', 'application/problem+json; charset=utf-8'],
      ['Cache-Control', 'no-store'],
      ['X-Content-Type-Options', 'nosniff'],
      ...(challenged ? [['WWW-Authenticate', challenge(code, refusal.needed ?? [], wording)] as const] : []),
      ...(typeof waitMs === 'number' ? [['Retry-After', String(wholeSeconds(waitMs))] as const] : []),
      ...(status === 429 ? rateLimitFields(refusal.limits) : []),
    ],
    body: JSON.stringify(body),
  }
}

import { text } from './config/text.ts'
import type { ProblemTextConfig, Text } from './config/types.ts'
import type { Code, Decision, LimitState } from './decision.ts'
import { type ProblemCode, problems } from './problem.ts'

/** One header field: name and value. */
export type HeaderField = readonly [name: string, value: string]

/** A whole refusal, the same at every door and in every framework. */
export interface RefusalAnswer {
  readonly status: number
  readonly fields: readonly HeaderField[]
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

/** The part of a configuration that words refusals. */
export interface RefusalConfig {
  readonly product?: {
    readonly name?: Text
    readonly languages?: readonly string[]
    readonly links?: { readonly errors?: string }
  }
  readonly problems?: ProblemTexts
}

/** In whose words refusals are told. */
export interface RefusalWording {
  readonly texts: ProblemTexts
  readonly config: RefusalConfig | undefined
  readonly realm: string | undefined
  readonly language: string | undefined
}

/** Why a request is refused, as a stranger may know it. */
export interface Refusal {
  readonly code: RefusalCode
  /** The permissions that the route needs, on `insufficient_scope`. */
  readonly needed?: readonly string[]
  readonly missing?: readonly string[]
  readonly limits?: readonly LimitState[] | null
  readonly retryAfterMs?: number | null
}

const words = (value: Text, { language, config }: RefusalWording): string => {
  const preferred = config?.product?.languages?.[0] ?? 'en'
  return text(value, language ?? preferred, preferred)
}

/** The adopter's words for a problem: those in code, else those of the configuration. A missing key is told like an invalid one where only that has words. */
function wordingOf(code: RefusalCode, { texts, config }: RefusalWording): ProblemTextConfig | undefined {
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

function challenge(code: RefusalCode, needed: readonly string[], wording: RefusalWording): string {
  const name = wording.config?.product?.name
  const realm = quoted(wording.realm ?? (name === undefined ? 'api' : words(name, wording))) ?? '"api"'
  const errors: Partial<Record<RefusalCode, string>> = {
    credential_ambiguous: ', error="invalid_request"',
    invalid_token: ', error="invalid_token"',
    insufficient_scope: `, error="insufficient_scope", scope="${needed.join(' ')}"`,
  }
  return `Bearer realm=${realm}${errors[code] ?? ''}`
}

const itemsMax = 256
// Limits have a few names, and every answer has them.
const items = new Map<string, string | null>()

/** The name of a limit as an item of a list; `null` where it cannot be one. */
function itemOf(name: string): string | null {
  let item = items.get(name)
  if (item === undefined) {
    item = quoted(name) ?? null
    if (items.size >= itemsMax) items.clear()
    items.set(name, item)
  }
  return item
}

/** RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10); none where there are no limits. */
export function rateLimitFields(limits: readonly LimitState[] | null | undefined): readonly HeaderField[] {
  let policies = ''
  let states = ''
  for (const { name, limit, windowSeconds, remaining, retryAfterMs } of limits ?? []) {
    const item = itemOf(name)
    if (item === null || !Number.isSafeInteger(limit) || !Number.isSafeInteger(windowSeconds)) continue
    const separator = policies === '' ? '' : ', '
    policies += `${separator}${item};q=${limit};w=${windowSeconds}`
    states += `${separator}${item};r=${Math.max(0, Math.floor(remaining))}`
    if (retryAfterMs > 0) states += `;t=${wholeSeconds(retryAfterMs)}`
  }
  return policies === ''
    ? []
    : [
        ['RateLimit-Policy', policies],
        ['RateLimit', states],
      ]
}

/** Makes the answer to a refused request (RFC 9457, RFC 6750). Nothing that the caller sent is in it. */
export function refusalAnswer(refusal: Refusal, wording: RefusalWording): RefusalAnswer {
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

const refusalCodes: Readonly<Record<Exclude<Code, 'VALID'>, RefusalCode>> = {
  MALFORMED: 'invalid_token',
  NOT_FOUND: 'invalid_token',
  WRONG_ENVIRONMENT: 'invalid_token',
  PAUSED: 'invalid_token',
  REVOKED: 'invalid_token',
  EXPIRED: 'invalid_token',
  SUSPENDED: 'invalid_token',
  WRONG_TYPE: 'wrong_type',
  INSUFFICIENT_PERMISSION: 'insufficient_scope',
  IP_NOT_ALLOWED: 'network_not_allowed',
  RATE_LIMITED: 'rate_limited',
  QUOTA_EXCEEDED: 'quota_exceeded',
  UNAVAILABLE: 'unavailable',
}

/** What a stranger is told of a decision that refuses. A code that this version does not know reads like any invalid key. */
export function refusalOf(decision: Decision, needed: readonly string[]): Refusal {
  const known = Object.hasOwn(refusalCodes, decision.code)
    ? refusalCodes[decision.code as Exclude<Code, 'VALID'>]
    : 'invalid_token'
  if (known === 'insufficient_scope') {
    return { code: known, needed, missing: needed.filter((permission) => decision.missing?.includes(permission)) }
  }
  return known === 'invalid_token'
    ? { code: known }
    : { code: known, limits: decision.limits, retryAfterMs: decision.retryAfterMs }
}

import { containsKeyText, type Grant, keyBytesMax, type Problem, problem } from '@keywright/core'
import type { SignedIn } from '../people/port.ts'

/** Whom a credential belongs to, or as whom a signed-in person acts, as the checks at this moment found it. */
export type Identity =
  | { readonly kind: 'operator'; readonly id: string }
  | {
      readonly kind: 'verify'
      readonly id: string
      readonly environment: string | null
      readonly audiences: readonly string[]
    }
  | { readonly kind: 'member'; readonly id: string; readonly accountId: string; readonly role: string }
  /** Any customer's key that is in force; whether it may manage keys is for the authorization to say. */
  | {
      readonly kind: 'key'
      readonly id: string
      readonly accountId: string
      readonly lineageId: string
      readonly grant: Grant
    }

/** Someone who signed in and acts for themself: on their own session, factors and data, and nowhere else. */
export interface PersonIdentity extends SignedIn {
  readonly kind: 'person'
  /** The person's. */
  readonly id: string
  readonly sessionId: string
}

/**
 * Finds whom a credential belongs to. `undefined`: nobody, whatever the reason (unknown, revoked, expired, suspended, of no shape).
 * `unavailable`: it cannot be said within the promised freshness. `address` is the caller's, for keys that are limited to networks.
 */
export type ResolveCredential = (
  text: string,
  address: string,
) => Promise<Identity | 'network_not_allowed' | 'unavailable' | undefined>

/** Names under which clients put credentials into a query, where logs and histories keep them. */
const credentialParameters = new Set([
  'access_token',
  'accesstoken',
  'api_key',
  'api-key',
  'apikey',
  'authorization',
  'bearer',
  'key',
  'secret',
  'token',
  'x-api-key',
  'x_api_key',
])

/** Whether a query carries a credential: by a parameter's name, unless the route has one of that name, or by a key that stands anywhere in it. */
function hasCredentialInQuery(query: URLSearchParams, known: readonly string[]): boolean {
  for (const [name, value] of query) {
    if (containsKeyText(value) || containsKeyText(name)) return true
    if (credentialParameters.has(name.toLowerCase()) && !known.includes(name)) return true
  }
  return false
}

const alike = (name: string): string => name.toLowerCase().replaceAll('_', '-')

const ambiguous = (detail: string): Problem<'credential_ambiguous'> => problem('credential_ambiguous', detail)

/**
 * The one credential of a request to the management plane: `Authorization: Bearer`, exactly once (RFC 6750 section 2). It reads the raw
 * headers, since Node keeps the first of several `Authorization` lines and forgets the others.
 */
export function readCredential(
  rawHeaders: readonly string[],
  query: URLSearchParams,
  knownParameters: readonly string[],
): string | Problem<'credential_missing' | 'credential_ambiguous' | 'invalid_token'> {
  let value: string | undefined
  let count = 0
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string
    // Only names as long as one of these are looked at.
    if (name.length === 9 && alike(name) === 'x-api-key')
      return ambiguous('Send the credential in Authorization alone; X-API-Key is not accepted here.')
    if (name.length === 13 && alike(name) === 'authorization') {
      value = rawHeaders[index + 1] as string
      count++
    }
  }
  if (query.size > 0 && hasCredentialInQuery(query, knownParameters)) {
    return ambiguous(
      'Send the credential in Authorization alone; it does not belong into an address. Treat it as leaked.',
    )
  }
  if (count > 1) return ambiguous('Authorization was sent more than once.')
  if (value === undefined) return problem('credential_missing')
  return readBearer(value)
}

/** Whether a text is printable ASCII without spaces and commas from a place on: one token, whatever it is one of. */
function isOneToken(text: string, start: number): boolean {
  for (let index = start; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x21 || code > 0x7e || code === 0x2c) return false
  }
  return text.length > start
}

const usual = 'Bearer '

function readBearer(value: string): string | Problem<'credential_missing' | 'credential_ambiguous' | 'invalid_token'> {
  if (value.startsWith(usual) && value.length - usual.length <= keyBytesMax && isOneToken(value, usual.length))
    return value.slice(usual.length)
  const scheme = /^[!#$%&'*+.^_`|~0-9A-Za-z-]*/.exec(value)?.[0] ?? ''
  if (scheme.toLowerCase() !== 'bearer') return problem('credential_missing')
  const rest = value.slice(scheme.length)
  const text = rest.replace(/^ +/, '')
  if (text === '') return ambiguous('Authorization names no credential.')
  // A list, or anything else that is not one token of RFC 6750 section 2.1, is never cut into parts.
  if (rest === text || text.includes(',') || text.includes(' ') || text.includes('\t')) {
    return ambiguous('Authorization must be: Bearer <credential>.')
  }
  return text.length <= keyBytesMax && /^[\x21-\x7e]+$/.test(text) ? text : problem('invalid_token')
}

import type { AcceptedHeader } from './config/types.ts'
import { keyBytesMax } from './key-text.ts'

/** What a request presents: one key, none, a text that no key can have, or something that could be read in two ways. */
export type Presented =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'ambiguous' }

/** Names of query parameters in which people send keys; addresses end up in logs and histories (RFC 9700 section 4.3.2). */
export const keyQueryNames: readonly string[] = ['access_token', 'api_key', 'api-key', 'apikey', 'key', 'x-api-key']

/** Whether a text can be a key at all: RFC 6750's b64token, at most 255 bytes. */
export const couldBeKey = (text: string): boolean => text.length <= keyBytesMax && /^[A-Za-z0-9._~+/-]+=*$/.test(text)

/** Any of these names as a parameter of a query in which nothing is escaped. */
const namesKey = new RegExp(`(?:^|&)(?:${keyQueryNames.join('|')})(?:[=&]|$)`, 'i')

/** Whether a query has one of the names in which people send keys; `undefined` where something in it is escaped, so that it has to be decoded first. */
export const plainQueryHasKey = (query: string): boolean | undefined =>
  query.includes('%') || query.includes('+') ? undefined : namesKey.test(query)

const usual = 'Bearer '
const none: Presented = { kind: 'none' }
const malformed: Presented = { kind: 'malformed' }
const ambiguous: Presented = { kind: 'ambiguous' }

/**
 * Reads the one field of a request that may hold its key (RFC 6750 section 2.1). A list is never cut into parts, and a field that the API does not
 * accept holds no key.
 */
export function readKeyField(header: AcceptedHeader, given: string, accepted: readonly AcceptedHeader[]): Presented {
  // Nearly every request is like this; what could be a key has neither spaces nor commas.
  if (header === 'authorization' && given.startsWith(usual) && accepted.includes(header)) {
    const key = given.slice(usual.length)
    if (couldBeKey(key)) return { kind: 'key', key }
  }
  const value = given.replace(/^[ \t]+|[ \t]+$/g, '')
  if (value.includes(',')) return ambiguous
  if (value === '' || !accepted.includes(header)) return none
  if (header === 'x-api-key') return oneKey(value)
  if (!/^bearer(?:[ \t]|$)/i.test(value)) return none
  const key = /^bearer +([^ ].*)$/i.exec(value)?.[1]
  return key === undefined ? malformed : oneKey(key)
}

const oneKey = (key: string): Presented => (couldBeKey(key) ? { kind: 'key', key } : malformed)

import {
  type AcceptedHeader,
  contains,
  type HeaderField,
  keyQueryNames,
  type NetworkRange,
  type Presented,
  parseAddress,
  readKeyField,
} from '@keywright/core'

/** One header field as it came: name and value. */
export type Field = HeaderField

/** A request as guards see it. `fields` must hold every line that was sent; where a platform joins repeated ones, they are joined by a comma. */
export interface Presentation {
  readonly fields: Iterable<Field>
  /** Path and query, or a whole address. */
  readonly url: string
  /** The address of the other end of the connection. */
  readonly address?: string | undefined
}

function queryHas(url: string, names: readonly string[]): boolean {
  const start = url.indexOf('?')
  if (start === -1) return false
  for (const name of new URLSearchParams(url.slice(start + 1)).keys()) {
    if (names.includes(name.toLowerCase())) return true
  }
  return false
}

/** Whether the field is there at all, accepted or not. */
export const presents = (presentation: Presentation, header: AcceptedHeader): boolean => {
  for (const [name] of presentation.fields) if (name.toLowerCase() === header) return true
  return false
}

/** Finds the one credential of a request (RFC 6750 section 2: never more than one; never "the first wins"). */
export function readPresented(
  presentation: Presentation,
  accepted: readonly AcceptedHeader[],
  refusedQueryNames: readonly string[] = keyQueryNames,
): Presented {
  const found: { readonly header: AcceptedHeader; readonly value: string }[] = []
  for (const [name, value] of presentation.fields) {
    const header = name.toLowerCase()
    if (header === 'authorization' || header === 'x-api-key') found.push({ header, value })
  }
  const [first, second] = found
  if (second !== undefined || queryHas(presentation.url, refusedQueryNames)) return { kind: 'ambiguous' }
  return first === undefined ? { kind: 'none' } : readKeyField(first.header, first.value, accepted)
}

/** One hop of `X-Forwarded-For` without port, brackets or zone. */
function hopAddress(hop: string): string {
  const text = hop.trim()
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)
  const withoutPort = bracketed?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text
  return withoutPort.replace(/%.*$/, '')
}

/**
 * The address of the client: the other end of the connection, unless that is a trusted proxy; then `X-Forwarded-For` is walked from
 * right to left to the first address that is not. `undefined` where a trusted proxy says something that is no address.
 */
export function clientAddress(presentation: Presentation, trusted: readonly NetworkRange[]): string | undefined {
  let current = presentation.address === undefined ? undefined : hopAddress(presentation.address)
  if (current === undefined) return undefined
  const hops: string[] = []
  for (const [name, value] of presentation.fields)
    if (name.toLowerCase() === 'x-forwarded-for') hops.push(...value.split(','))
  for (;;) {
    const address = parseAddress(current)
    if (address === undefined) return undefined
    const hop = trusted.some((range) => contains(range, address)) ? hops.pop() : undefined
    if (hop === undefined) return current
    current = hopAddress(hop)
  }
}

/** The value of a field that is sent once; `undefined` where it is absent. */
export function fieldOf(presentation: Presentation, wanted: string): string | undefined {
  for (const [name, value] of presentation.fields) if (name.toLowerCase() === wanted) return value
  return undefined
}

/** Node's `rawHeaders`, names and values in turn, as fields. Only they still show repeated lines. */
export const fieldsOfRaw = (raw: readonly string[]): readonly Field[] =>
  Array.from({ length: raw.length >> 1 }, (_, index): Field => [raw[index * 2] as string, raw[index * 2 + 1] as string])

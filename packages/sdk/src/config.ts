import type { AcceptedHeader, ProblemTextConfig, Text } from '@keywright/core'
import type { Send } from './transport.ts'
import type { PublicConfig } from './verifier.ts'
import { checked, lenient, list, listOfKnown, oneOf, orElse, type Reader, record, shape, text } from './wire.ts'

const refreshAfterMs = 5 * 60_000
const retryAfterMs = 5_000

/** Reads an object of anything alike; what is not of the shape is left out. */
const each =
  <Value>(read: Reader<Value>): Reader<Readonly<Record<string, Value>>> =>
  (value) =>
    Object.fromEntries(
      listOfKnown((entry) => {
        const [name, item] = entry as [string, unknown]
        return [name, read(item)] as const
      })(Object.entries(record(value))),
    )

function readWords(value: unknown): Text {
  return typeof value === 'string'
    ? value
    : checked(
        value as Text,
        Object.values(record(value)).every((word) => typeof word === 'string'),
      )
}

/** Members of problems' texts that this version does not know are kept. */
function readProblemText(value: unknown): ProblemTextConfig {
  shape({ title: readWords, detail: orElse(readWords, null), check: orElse(list(readWords), null) })(value)
  return value as ProblemTextConfig
}

const readHeaders: Reader<AcceptedHeader[]> = list(oneOf('authorization', 'x-api-key'))

const readKnown = shape({
  product: lenient(
    shape({
      name: lenient(readWords, undefined),
      languages: lenient(listOfKnown(text), undefined),
      links: lenient(each(text), {}),
    }),
    undefined,
  ),
  acceptedHeaders: lenient((value) => {
    const headers = readHeaders(value)
    return checked(headers, headers.length > 0)
  }, undefined),
  problems: lenient(each(readProblemText), undefined),
})

/** Reads the public configuration, leaving out what is not of the shape that guards rely on; `undefined` where it is none. */
const readPublicConfig = lenient((wire): PublicConfig => {
  const { acceptedHeaders, problems, product, ...rest } = record(wire)
  return { ...rest, ...readKnown({ acceptedHeaders, problems, product }) }
}, undefined)

/**
 * Remembers the public configuration: the first caller waits for the first read, later ones never wait. It is read anew after 5 minutes;
 * while it could never be read, after 5 seconds.
 */
export function createPublicConfig(
  send: Send,
  now: () => number,
): () => PublicConfig | undefined | Promise<PublicConfig | undefined> {
  let known: PublicConfig | undefined
  let running: Promise<PublicConfig | undefined> | undefined
  let dueAtMs: number | undefined
  const load = async (): Promise<PublicConfig | undefined> => {
    try {
      known = readPublicConfig(await send({ method: 'GET', path: 'v1/config' })) ?? known
    } catch {
      // The texts that are known, or the built-in ones, go on; the check itself tells what is wrong with the server.
    }
    dueAtMs = now() + (known === undefined ? retryAfterMs : refreshAfterMs)
    running = undefined
    return known
  }
  return () => {
    const first = dueAtMs === undefined
    if (first || now() >= (dueAtMs ?? 0)) running ??= load()
    return first ? running : known
  }
}

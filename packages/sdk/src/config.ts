import type { AcceptedHeader, ProblemTextConfig, Text } from '@keywright/core'
import { pathOf, type Send } from './transport.ts'
import type { PublicConfig } from './verifier.ts'

const refreshAfterMs = 5 * 60_000
const retryAfterMs = 5_000

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isText = (value: unknown): value is Text =>
  typeof value === 'string' || (isRecord(value) && Object.values(value).every((item) => typeof item === 'string'))

const isAcceptedHeader = (value: unknown): value is AcceptedHeader => value === 'authorization' || value === 'x-api-key'

const isProblemText = (value: unknown): value is ProblemTextConfig =>
  isRecord(value) &&
  isText(value.title) &&
  (value.detail === undefined || value.detail === null || isText(value.detail)) &&
  (value.check === undefined || value.check === null || (Array.isArray(value.check) && value.check.every(isText)))

/** Reads the public configuration, leaving out what is not of the shape that guards rely on; `undefined` where it is none. */
function readPublicConfig(wire: unknown): PublicConfig | undefined {
  if (!isRecord(wire)) return undefined
  const { acceptedHeaders, problems, product, ...rest } = wire
  const links = isRecord(product) && isRecord(product.links) ? product.links : {}
  return {
    ...rest,
    ...(isRecord(product)
      ? {
          product: {
            ...(isText(product.name) ? { name: product.name } : {}),
            ...(Array.isArray(product.languages)
              ? { languages: product.languages.filter((language) => typeof language === 'string') }
              : {}),
            links: Object.fromEntries(
              Object.entries(links).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
            ),
          },
        }
      : {}),
    ...(Array.isArray(acceptedHeaders) && acceptedHeaders.length > 0 && acceptedHeaders.every(isAcceptedHeader)
      ? { acceptedHeaders }
      : {}),
    ...(isRecord(problems)
      ? {
          problems: Object.fromEntries(
            Object.entries(problems).filter((entry): entry is [string, ProblemTextConfig] => isProblemText(entry[1])),
          ),
        }
      : {}),
  }
}

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
      known = readPublicConfig(await send({ method: 'GET', path: pathOf('config') })) ?? known
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

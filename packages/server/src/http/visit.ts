import { randomBytes } from 'node:crypto'
import type { NetworkRange } from '@keywright/core'
import type { Context } from 'hono'
import { redact } from '../log.ts'
import type { Actor, Caller } from '../storage/ports.ts'
import { callerAddress } from './address.ts'
import type { Passed } from './gate.ts'
import { keptUserAgent } from './request.ts'
import { parametersOf, type Route } from './route.ts'

/** What node:http knows of a request and the web's Request does not; absent where a request came another way. */
interface NodeBindings {
  readonly incoming?: {
    /** The request target as it was sent. */
    readonly url?: string | undefined
    readonly rawHeaders: string[]
    readonly socket: { readonly remoteAddress?: string | undefined }
  }
}

/** What Hono is told of the server that it stands on. */
export type Environment = { Bindings: NodeBindings }

/** One request on its way. */
export interface Visit {
  readonly context: Context<Environment>
  readonly requestId: string
  readonly address: string
  readonly url: URL
}

// Request ids are answered, logged and kept with events, so a key that was sent as one is not taken for it.
const isRequestId = (text: string): boolean => /^[A-Za-z0-9_-]{8,64}$/.test(text) && redact(text) === text

/** Takes a request in: its id, whose it is, where it goes. `trusted` are the networks whose `X-Forwarded-For` is believed. */
export function visitOf(context: Context<Environment>, trusted: readonly NetworkRange[]): Visit {
  const given = context.req.header('x-request-id')
  const peer = context.env?.incoming?.socket.remoteAddress
  return {
    context,
    requestId: given !== undefined && isRequestId(given) ? given : randomBytes(12).toString('base64url'),
    address: callerAddress(peer, context.req.header('x-forwarded-for') ?? null, trusted),
    url: new URL(context.req.url),
  }
}

/**
 * Every header line as it was sent. A request that did not come over node:http has none; what was sent twice is then joined by commas, and
 * refused as a list.
 */
export const rawHeadersOf = ({ context: { req, env } }: Visit): string[] =>
  env?.incoming?.rawHeaders ?? [...req.raw.headers].flat()

/** The parameters in the path of a request for a route. */
export function paramsOf({ context }: Visit, route: Route): Readonly<Record<string, string>> {
  return Object.fromEntries(parametersOf(route.spec.path).map((name) => [name, context.req.param(name) ?? '']))
}

function actorOf(identity: Passed | undefined): Actor {
  if (identity === undefined || identity.kind === 'verify') return { kind: 'system', id: 'server' }
  if (identity.kind === 'person') return { kind: identity.kind, id: identity.id }
  if (identity.kind !== 'key') return identity
  const { kind, id, accountId, lineageId } = identity
  return { kind, id, accountId, lineageId }
}

/** What a change by this request records of its cause. `reason`: as the body names it. */
export function callerOf(
  identity: Passed | undefined,
  { requestId, address, context }: Visit,
  reason: unknown,
): Caller {
  const userAgent = keptUserAgent(context.req.header('user-agent'))
  return {
    actor: actorOf(identity),
    requestId,
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(address === 'unknown' ? {} : { network: address }),
    ...(userAgent === undefined ? {} : { userAgent }),
  }
}

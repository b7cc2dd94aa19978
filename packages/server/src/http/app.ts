import { randomBytes } from 'node:crypto'
import { isProblem, type NetworkRange, type Problem, problem } from '@keywright/core'
import { type Context, Hono } from 'hono'
import { redact } from '../log.ts'
import type { Actor, Caller } from '../storage/ports.ts'
import type { Identity, ResolveCredential } from './actor.ts'
import { callerAddress, parseRanges } from './address.ts'
import type { HttpLog, RouteDeps } from './deps.ts'
import { type GateDeps, pass } from './gate.ts'
import { faultFields, loggedPath } from './logged.ts'
import { type DataPlaneDocument, openapiDocument } from './openapi.ts'
import { keptUserAgent, readBody, readIdempotency, readIfMatch, readQuery } from './request.ts'
import { documentResponse, jsonResponse, problemResponse, secure } from './respond.ts'
import { type Call, parametersOf, type Route, type RouteSpec } from './route.ts'
import { routes } from './table.ts'
import { isPlainTarget } from './target.ts'
import type { FailureThrottle, Refusal } from './throttle.ts'

/** All that the management plane is made from. */
export interface AppDeps extends Omit<RouteDeps, 'openapi'> {
  readonly resolveCredential: ResolveCredential
  /** Shared with the data plane, so that a guesser is one guesser on both. */
  readonly throttle: FailureThrottle
  readonly log: HttpLog
  /** The doors of the data plane, for the OpenAPI document. */
  readonly dataPlane?: readonly DataPlaneDocument[]
}

/** What node:http knows of a request and the web's Request does not; absent where a request came another way. */
interface NodeBindings {
  readonly incoming?: {
    /** The request target as it was sent. */
    readonly url?: string | undefined
    readonly rawHeaders: string[]
    readonly socket: { readonly remoteAddress?: string | undefined }
  }
}

type Environment = { Bindings: NodeBindings }

/** One request on its way. */
interface Visit {
  readonly context: Context<Environment>
  readonly requestId: string
  readonly address: string
  readonly url: URL
}

interface Plane extends GateDeps {
  readonly log: HttpLog
  readonly trusted: readonly NetworkRange[]
}

// Request ids are answered, logged and kept with events, so a key that was sent as one is not taken for it.
const isRequestId = (text: string): boolean => /^[A-Za-z0-9_-]{8,64}$/.test(text) && redact(text) === text

function visitOf(context: Context<Environment>, plane: Plane): Visit {
  const given = context.req.header('x-request-id')
  const peer = context.env?.incoming?.socket.remoteAddress
  return {
    context,
    requestId: given !== undefined && isRequestId(given) ? given : randomBytes(12).toString('base64url'),
    address: callerAddress(peer, context.req.header('x-forwarded-for') ?? null, plane.trusted),
    url: new URL(context.req.url),
  }
}

// A request that did not come over node:http has no raw headers; what was sent twice is then joined by commas, and refused as a list.
const rawHeadersOf = ({ req, env }: Context<Environment>): string[] =>
  env?.incoming?.rawHeaders ?? [...req.raw.headers].flat()

function paramsOf({ context }: Visit, route: Route): Readonly<Record<string, string>> {
  return Object.fromEntries(parametersOf(route.spec.path).map((name) => [name, context.req.param(name) ?? '']))
}

function actorOf(identity: Identity | undefined): Actor {
  if (identity === undefined || identity.kind === 'verify') return { kind: 'system', id: 'server' }
  if (identity.kind !== 'key') return identity
  const { kind, id, accountId, lineageId } = identity
  return { kind, id, accountId, lineageId }
}

function callerOf(identity: Identity | undefined, { requestId, address, context }: Visit, reason: unknown): Caller {
  const userAgent = keptUserAgent(context.req.header('user-agent'))
  return {
    actor: actorOf(identity),
    requestId,
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(address === 'unknown' ? {} : { network: address }),
    ...(userAgent === undefined ? {} : { userAgent }),
  }
}

type Prepared = Pick<Call<RouteSpec>, 'query' | 'body' | 'ifMatch' | 'idempotency'>

async function prepare(spec: RouteSpec, { context, url }: Visit, bytesMax: number): Promise<Prepared | Problem> {
  const { headers } = context.req.raw
  const query = spec.query === undefined ? undefined : readQuery(spec.query, url.searchParams)
  if (isProblem(query)) return query
  const { body: schema, bodyOptional } = spec
  const body =
    schema === undefined
      ? undefined
      : await readBody(context.req.raw, { body: schema, ...(bodyOptional ? { bodyOptional } : {}) }, bytesMax)
  if (isProblem(body)) return body
  const ifMatch = spec.ifMatch ? readIfMatch(headers.get('if-match')) : undefined
  if (isProblem(ifMatch)) return ifMatch
  const idempotency = spec.idempotencyKey
    ? readIdempotency(headers.get('idempotency-key'), spec.method, url.pathname, body)
    : undefined
  if (isProblem(idempotency)) return idempotency
  return { query, body, ifMatch, idempotency }
}

async function answer(
  route: Route,
  visit: Visit,
  plane: Plane,
  identity: Identity | undefined,
): Promise<Response | Problem> {
  const { url } = visit
  const { headers } = visit.context.req.raw
  // The gate has let exactly this kind of identity through.
  const base = { actor: identity as undefined, headers, url, params: paramsOf(visit, route) }
  if (route.kind === 'document') {
    const document = await route.handle({ ...base, caller: callerOf(identity, visit, undefined) }, plane)
    return isProblem(document) ? document : documentResponse(document)
  }
  const prepared = await prepare(route.spec, visit, plane.settings.bodyBytesMax)
  if (isProblem(prepared)) return prepared
  const reason = (prepared.body as { readonly reason?: unknown } | undefined)?.reason
  const result = await route.handle({ ...base, ...prepared, caller: callerOf(identity, visit, reason) }, plane)
  return isProblem(result) ? result : jsonResponse(route.spec, result, { url, headers })
}

async function serve(route: Route, visit: Visit, plane: Plane): Promise<Response> {
  const began = plane.clock.monotonicMs()
  const about = { publicUrl: plane.settings.publicUrl, requestId: visit.requestId }
  let identity: Identity | undefined
  let response: Response
  try {
    const passed = await pass(
      route,
      {
        rawHeaders: rawHeadersOf(visit.context),
        query: visit.url.searchParams,
        params: paramsOf(visit, route),
        address: visit.address,
      },
      plane,
    )
    if ('refused' in passed) response = problemResponse(passed.refused, about, passed.headers)
    else {
      identity = passed.identity
      const answered = await answer(route, visit, plane, identity)
      response = isProblem(answered) ? problemResponse(answered, about) : answered
    }
  } catch (error) {
    plane.log.error(
      { requestId: visit.requestId, route: route.spec.operationId, ...faultFields(error) },
      'request failed',
    )
    response = problemResponse(problem('internal_error'), about)
  }
  const fields = {
    requestId: visit.requestId,
    method: visit.context.req.method,
    path: loggedPath(visit.url.pathname),
    status: response.status,
  }
  const by = identity === undefined ? {} : { actor: { kind: identity.kind, id: identity.id } }
  plane.log.info({ ...fields, ...by, durationMs: Math.round(plane.clock.monotonicMs() - began) }, 'request')
  return secure(response, visit.requestId)
}

const honoPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1')

function refuse(context: Context<Environment>, plane: Plane, { refused, headers }: Refusal): Response {
  const visit = visitOf(context, plane)
  const about = { publicUrl: plane.settings.publicUrl, requestId: visit.requestId }
  const response = problemResponse(refused, about, headers)
  plane.log.info(
    {
      requestId: visit.requestId,
      method: context.req.method,
      path: loggedPath(visit.url.pathname),
      status: response.status,
    },
    'request',
  )
  return secure(response, visit.requestId)
}

function allowOf(path: string): string {
  const methods = routes.filter((route) => route.spec.path === path).map((route) => route.spec.method.toUpperCase())
  return [...(methods.includes('GET') ? ['HEAD'] : []), ...methods].sort().join(', ')
}

/** The management plane and the documents, as a Hono application; throws on a trusted proxy that is no network. */
export function createApp({ dataPlane = [], log, ...deps }: AppDeps): Hono<Environment> {
  let document: object | undefined
  const openapi = () => (document ??= openapiDocument(routes, dataPlane, deps.settings.publicUrl))
  const plane: Plane = { ...deps, openapi, log, trusted: parseRanges(deps.settings.trustedProxies) }
  const app = new Hono<Environment>()
  app.use((context, next) => {
    const target = context.env?.incoming?.url
    if (target === undefined || isPlainTarget(target)) return next()
    return Promise.resolve(refuse(context, plane, { refused: problem('route_not_found') }))
  })
  for (const route of routes) {
    app.on(route.spec.method.toUpperCase(), honoPath(route.spec.path), (context) =>
      serve(route, visitOf(context, plane), plane),
    )
  }
  for (const path of new Set(routes.map((route) => route.spec.path))) {
    const headers = { Allow: allowOf(path) }
    app.all(honoPath(path), (context) => refuse(context, plane, { refused: problem('method_not_allowed'), headers }))
  }
  app.notFound((context) => refuse(context, plane, { refused: problem('route_not_found') }))
  app.onError((error, context) => {
    log.error(faultFields(error), 'request failed')
    return refuse(context, plane, { refused: problem('internal_error') })
  })
  return app
}

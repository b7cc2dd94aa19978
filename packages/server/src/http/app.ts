import { isProblem, type NetworkRange, type Problem, parseRanges, problem } from '@keywright/core'
import { type Context, Hono } from 'hono'
import type { Gossip } from '../gossip.ts'
import type { LineLog } from '../log.ts'
import { StoreUnavailableError } from '../storage/store-unavailable.ts'
import type { ResolveCredential } from './actor.ts'
import type { RouteDeps } from './deps.ts'
import { type GateDeps, type Passed, pass } from './gate.ts'
import { faultFields, loggedPath } from './logged.ts'
import { type DataPlaneDocument, openapiDocument } from './openapi.ts'
import { readBody, readIdempotency, readIfMatch, readQuery } from './request.ts'
import { documentResponse, jsonResponse, problemResponse, secure } from './respond.ts'
import type { Call, DocumentSpec, Route, RouteSpec } from './route.ts'
import { routes } from './table.ts'
import { isPlainTarget } from './target.ts'
import { type FailureThrottle, MailThrottle, type Refusal } from './throttle.ts'
import { callerOf, type Environment, paramsOf, rawHeadersOf, type Visit, visitOf } from './visit.ts'

/** All that the management plane is made from. */
export interface AppDeps extends Omit<RouteDeps, 'openapi' | 'mailThrottle' | 'afterwards'> {
  readonly resolveCredential: ResolveCredential
  /** Shared with the data plane, so that a guesser is one guesser on both. */
  readonly throttle: FailureThrottle
  /** Other processes that mails are counted with. */
  readonly gossip?: Gossip | undefined
  readonly log: LineLog
  /** The doors of the data plane, for the OpenAPI document. */
  readonly dataPlane?: readonly DataPlaneDocument[]
}

interface Plane extends GateDeps {
  readonly log: LineLog
  readonly trusted: readonly NetworkRange[]
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

/** The body of a request for a document, where it says that it is JSON; a form sends another one, which says nothing. */
async function bodyOfDocument({ body }: DocumentSpec, request: Request, bytesMax: number) {
  const isJson = /^application\/json\b/i.test(request.headers.get('content-type') ?? '')
  return body !== undefined && isJson ? await readBody(request, { body, bodyOptional: true }, bytesMax) : undefined
}

async function answer(
  route: Route,
  visit: Visit,
  plane: Plane,
  identity: Passed | undefined,
): Promise<Response | Problem> {
  const { url } = visit
  const { headers } = visit.context.req.raw
  // The gate has let exactly this kind of identity through.
  const visitor = { headers, address: visit.address, requestId: visit.requestId }
  const base = { actor: identity as undefined, headers, visitor, url, params: paramsOf(visit, route) }
  if (route.kind === 'document') {
    const request = visit.context.req.raw
    const body = await bodyOfDocument(route.spec, request, plane.settings.bodyBytesMax)
    if (isProblem(body)) return body
    const caller = callerOf(identity, visit, undefined)
    const document = await route.handle({ ...base, body, request, caller }, plane)
    return isProblem(document) ? document : documentResponse(document)
  }
  const prepared = await prepare(route.spec, visit, plane.settings.bodyBytesMax)
  if (isProblem(prepared)) return prepared
  const reason = (prepared.body as { readonly reason?: unknown } | undefined)?.reason
  const result = await route.handle(
    { ...base, ...prepared, request: visit.context.req.raw, caller: callerOf(identity, visit, reason) },
    plane,
  )
  return isProblem(result) ? result : jsonResponse(route.spec, result, { url, headers })
}

/** The line that every request leaves. */
function logAnswer({ log }: Plane, { requestId, context, url }: Visit, { status }: Response, more: object): void {
  const fields = { requestId, method: context.req.method, path: loggedPath(url.pathname), status }
  log.info({ ...fields, ...more }, 'request')
}

async function serve(route: Route, visit: Visit, plane: Plane): Promise<Response> {
  const began = plane.clock.monotonicMs()
  const about = { publicUrl: plane.settings.publicUrl, requestId: visit.requestId }
  let identity: Passed | undefined
  let response: Response
  try {
    const passed = await pass(
      route,
      {
        rawHeaders: rawHeadersOf(visit),
        headers: visit.context.req.raw.headers,
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
    response = problemResponse(failureOf(error), about)
  }
  const by = identity === undefined ? {} : { actor: { kind: identity.kind, id: identity.id } }
  logAnswer(plane, visit, response, { ...by, durationMs: Math.round(plane.clock.monotonicMs() - began) })
  return secure(response, about)
}

/** What a caller is told of a failure that is not theirs. */
const failureOf = (error: unknown) => problem(error instanceof StoreUnavailableError ? 'unavailable' : 'internal_error')

const honoPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1')

function refuse(context: Context<Environment>, plane: Plane, { refused, headers }: Refusal): Response {
  const visit = visitOf(context, plane.trusted)
  const about = { publicUrl: plane.settings.publicUrl, requestId: visit.requestId }
  const response = problemResponse(refused, about, headers)
  logAnswer(plane, visit, response, {})
  return secure(response, about)
}

function allowOf(path: string): string {
  const methods = routes.filter((route) => route.spec.path === path).map((route) => route.spec.method.toUpperCase())
  return [...(methods.includes('GET') ? ['HEAD'] : []), ...methods].sort().join(', ')
}

/** The management plane and the documents, as a Hono application; throws on a trusted proxy that is no network. */
export function createApp({ dataPlane = [], log, ...deps }: AppDeps): Hono<Environment> {
  let document: object | undefined
  const openapi = () => (document ??= openapiDocument(routes, dataPlane, deps.settings.publicUrl))
  const plane: Plane = {
    ...deps,
    openapi,
    log,
    mailThrottle: new MailThrottle(deps.clock, deps.gossip),
    afterwards: (work) => {
      setImmediate(
        () => void work().catch((error: unknown) => log.error(faultFields(error), 'work after an answer failed')),
      )
    },
    trusted: parseRanges(deps.settings.trustedProxies),
  }
  const app = new Hono<Environment>()
  app.use((context, next) => {
    const target = context.env?.incoming?.url
    if (target === undefined || isPlainTarget(target)) return next()
    return Promise.resolve(refuse(context, plane, { refused: problem('route_not_found') }))
  })
  for (const route of routes) {
    app.on(route.spec.method.toUpperCase(), honoPath(route.spec.path), (context) =>
      serve(route, visitOf(context, plane.trusted), plane),
    )
  }
  for (const path of new Set(routes.map((route) => route.spec.path))) {
    const headers = { Allow: allowOf(path) }
    app.all(honoPath(path), (context) => refuse(context, plane, { refused: problem('method_not_allowed'), headers }))
  }
  app.notFound((context) => refuse(context, plane, { refused: problem('route_not_found') }))
  app.onError((error, context) => {
    log.error(faultFields(error), 'request failed')
    return refuse(context, plane, { refused: failureOf(error) })
  })
  return app
}

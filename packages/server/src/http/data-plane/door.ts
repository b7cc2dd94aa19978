import type { IncomingMessage, ServerResponse } from 'node:http'
import { type CredentialFacts, isProblem, problem } from '@keywright/core'
import { readCredential } from '../actor.ts'
import { callerAddress } from '../address.ts'
import { serveEngine } from './engine-config.ts'
import { type Exchange, fieldOf, NodeExchange } from './exchange.ts'
import { serveFacts } from './facts.ts'
import { ForwardAuth, isForwardAuth } from './forward-auth.ts'
import { serveHead } from './head.ts'
import { serveFeed } from './serve-feed.ts'
import { serveUsage } from './usage-report.ts'
import { serveBatch, serveVerify } from './verify.ts'
import { type DoorDeps, fail, refuse, type Visit } from './visit.ts'

const noQuery = new URLSearchParams()

interface DoorRoute {
  readonly method: 'GET' | 'POST'
  readonly parameters: readonly string[]
  /** Whether an answer goes on for as long as the connection does. */
  readonly isHeldOpen: boolean
  readonly serve: (visit: Visit, caller: CredentialFacts, deps: DoorDeps) => void
}

const routes: Readonly<Record<string, DoorRoute>> = {
  '/v1/verify': { method: 'POST', parameters: [], isHeldOpen: false, serve: serveVerify },
  '/v1/verify/batch': { method: 'POST', parameters: [], isHeldOpen: false, serve: serveBatch },
  '/v1/head': { method: 'GET', parameters: ['after', 'nonce'], isHeldOpen: false, serve: serveHead },
  '/v1/feed': { method: 'GET', parameters: ['after'], isHeldOpen: true, serve: serveFeed },
  '/v1/engine': { method: 'GET', parameters: [], isHeldOpen: false, serve: serveEngine },
  '/v1/facts': { method: 'POST', parameters: [], isHeldOpen: false, serve: serveFacts },
  '/v1/usage': { method: 'POST', parameters: [], isHeldOpen: false, serve: serveUsage },
}

/** The addresses of the doors, besides that of proxies. */
export const doorPaths: readonly string[] = Object.keys(routes)

/** How often a credential that had to be waited for is looked at again. */
const looksMax = 8

/** The doors of one process, which answer before any framework: the checks and the log's head. */
export interface DataPlane {
  /** Answers a request of `node:http`; false for every address that is no door's, having touched nothing. */
  serve(request: IncomingMessage, response: ServerResponse): boolean
  /** Whether a method at an address is that of a door that answers once, and so needs nothing of `node:http`. */
  isPlain(method: string, url: string): boolean
  /** Answers at an address that `isPlain` is true of. */
  servePlain(exchange: Exchange): void
}

/** Opens the doors. */
export function dataPlane(deps: DoorDeps): DataPlane {
  const proxies = new ForwardAuth(deps)
  const serve = (exchange: Exchange, stream: ServerResponse | null): boolean => {
    const { url } = exchange
    if (isForwardAuth(url)) {
      proxies.serve(exchange, deps.requestId())
      return true
    }
    const route = routeOf(url)
    if (route === undefined) return false
    const mark = url.indexOf('?')
    const query = mark === -1 ? noQuery : new URLSearchParams(url.slice(mark + 1))
    enter(route, { exchange, stream, query, requestId: deps.requestId() }, deps)
    return true
  }
  return {
    serve: (request, response) => serve(new NodeExchange(request, response), response),
    isPlain: (method, url) => {
      if (isForwardAuth(url)) return method === 'GET'
      const route = routeOf(url)
      return route?.method === method && !route.isHeldOpen
    },
    servePlain: (exchange) => void serve(exchange, null),
  }
}

function routeOf(url: string): DoorRoute | undefined {
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  return Object.hasOwn(routes, path) ? routes[path] : undefined
}

function enter(route: DoorRoute, visit: Visit, deps: DoorDeps): void {
  const { exchange, query } = visit
  if (exchange.method !== route.method) {
    refuse(visit, problem('method_not_allowed'), deps, { Allow: route.method })
    return
  }
  const text = readCredential(exchange.rawHeaders, query, route.parameters)
  if (isProblem(text)) {
    refuse(visit, text, deps)
    return
  }
  identify(text, looksMax, (caller) => admit(route, visit, caller, deps), visit, deps)
}

/** Finds who asks. What was waited for is looked at again, so that whoever is let in is known in that very turn. */
function identify(
  text: string,
  looks: number,
  go: (caller: CredentialFacts | undefined | 'unavailable') => void,
  visit: Visit,
  deps: DoorDeps,
): void {
  const found = deps.engine.credential(text)
  if (found instanceof Promise) {
    found.then(
      (facts) => (facts === 'unavailable' || looks === 1 ? go(facts) : identify(text, looks - 1, go, visit, deps)),
      (error: unknown) => fail(visit, error, deps),
    )
  } else go(found)
}

function admit(
  route: DoorRoute,
  visit: Visit,
  caller: CredentialFacts | undefined | 'unavailable',
  deps: DoorDeps,
): void {
  if (caller === 'unavailable') {
    refuse(visit, problem('unavailable'), deps)
    return
  }
  if (caller === undefined) {
    const { exchange } = visit
    const forwarded = fieldOf(exchange, 'x-forwarded-for') ?? null
    const address = callerAddress(exchange.peer(), forwarded, deps.trustedProxies)
    const { refused, headers } = deps.throttle.failed(address)
    refuse(visit, refused, deps, headers)
    return
  }
  route.serve(visit, caller, deps)
}

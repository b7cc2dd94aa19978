import type { IncomingMessage, ServerResponse } from 'node:http'
import { type CredentialFacts, isProblem, problem } from '@keywright/core'
import { readCredential } from '../actor.ts'
import { callerAddress } from '../address.ts'
import { serveEngine } from './engine-config.ts'
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
  readonly serve: (visit: Visit, caller: CredentialFacts, deps: DoorDeps) => void
}

const routes: Readonly<Record<string, DoorRoute>> = {
  '/v1/verify': { method: 'POST', parameters: [], serve: serveVerify },
  '/v1/verify/batch': { method: 'POST', parameters: [], serve: serveBatch },
  '/v1/head': { method: 'GET', parameters: ['after', 'nonce'], serve: serveHead },
  '/v1/feed': { method: 'GET', parameters: ['after'], serve: serveFeed },
  '/v1/engine': { method: 'GET', parameters: [], serve: serveEngine },
  '/v1/facts': { method: 'POST', parameters: [], serve: serveFacts },
  '/v1/usage': { method: 'POST', parameters: [], serve: serveUsage },
}

/** The addresses of the doors, besides that of proxies. */
export const doorPaths: readonly string[] = Object.keys(routes)

/** How often a credential that had to be waited for is looked at again. */
const looksMax = 8

/**
 * The doors that answer on `node:http` itself, before any framework: the checks and the log's head. Answers false for every other address,
 * having touched nothing.
 */
export function dataPlane(deps: DoorDeps): (request: IncomingMessage, response: ServerResponse) => boolean {
  const proxies = new ForwardAuth(deps)
  return (request, response) => {
    const url = request.url ?? ''
    if (isForwardAuth(url)) {
      proxies.serve(request, response, deps.requestId())
      return true
    }
    const mark = url.indexOf('?')
    const path = mark === -1 ? url : url.slice(0, mark)
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (route === undefined) return false
    const query = mark === -1 ? noQuery : new URLSearchParams(url.slice(mark + 1))
    enter(route, { request, response, query, requestId: deps.requestId() }, deps)
    return true
  }
}

function enter(route: DoorRoute, visit: Visit, deps: DoorDeps): void {
  const { request, query } = visit
  if (request.method !== route.method) {
    refuse(visit, problem('method_not_allowed'), deps, { Allow: route.method })
    return
  }
  const text = readCredential(request.rawHeaders, query, route.parameters)
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
    const forwarded = visit.request.headers['x-forwarded-for']
    const address = callerAddress(
      visit.request.socket.remoteAddress,
      typeof forwarded === 'string' ? forwarded : null,
      deps.trustedProxies,
    )
    const { refused, headers } = deps.throttle.failed(address)
    refuse(visit, refused, deps, headers)
    return
  }
  route.serve(visit, caller, deps)
}

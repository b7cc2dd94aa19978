import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type CheckRequest,
  type CredentialFacts,
  type Decision,
  type Engine,
  isProblem,
  type NetworkRange,
  type Problem,
  problem,
  type ResolvedConfig,
} from '@keywright/core'
import type { LineLog } from '../../log.ts'
import type { HeadAnswer } from '../../storage/ports.ts'
import { readCredential } from '../actor.ts'
import { callerAddress } from '../address.ts'
import { JsonRefused, parseUnambiguousJson } from '../json.ts'
import { faultFields } from '../logged.ts'
import type { FailureThrottle } from '../throttle.ts'
import { readBody, sendJson, sendProblem } from './answer.ts'
import { answerOf, checkOf } from './check.ts'
import { formatPosition, readHeadQuery } from './head.ts'

/** What the doors of the data plane need. */
export interface DoorDeps {
  readonly engine: Engine
  readonly config: ResolvedConfig
  readonly head: (after: Parameters<typeof formatPosition>[0] | null) => Promise<HeadAnswer>
  readonly throttle: FailureThrottle
  readonly trustedProxies: readonly NetworkRange[]
  readonly publicUrl: string
  readonly requestId: () => string
  readonly log: LineLog
  /** Told of every answered check, for metrics. */
  readonly counted: (code: Decision['code']) => void
}

const checkBytesMax = 16_384
const batchBytesMax = 1_048_576
const checksMax = 100

/** One request at a door. */
interface Visit {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  readonly requestId: string
}

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
}

/**
 * The doors that answer on `node:http` itself, before any framework: the checks and the log's head. Answers false for every other address,
 * having touched nothing.
 */
export function dataPlane(deps: DoorDeps): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const url = request.url ?? ''
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
  const found = deps.engine.credential(text)
  if (found instanceof Promise) {
    found.then(
      (facts) => admit(route, visit, facts, deps),
      (error: unknown) => fail(visit, error, deps),
    )
  } else admit(route, visit, found, deps)
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

/** Answers a refusal. */
function refuse(visit: Visit, refused: Problem, deps: DoorDeps, more?: Readonly<Record<string, string>>): void {
  leaveUnread(visit)
  sendProblem(visit.response, refused, { publicUrl: deps.publicUrl, requestId: visit.requestId }, more)
}

/** A body that was announced and not read to its end is not waited for: the connection ends with the answer. */
function leaveUnread({ request, response }: Visit): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  const announced = encoding !== undefined || (length !== undefined && length !== '0')
  if (announced && !request.complete) response.shouldKeepAlive = false
}

function fail(visit: Visit, error: unknown, deps: DoorDeps): void {
  deps.log.error(
    { requestId: visit.requestId, ...faultFields(error) },
    'A door failed; the request was answered with 500.',
  )
  if (visit.response.headersSent) visit.response.destroy()
  else refuse(visit, problem('internal_error'), deps)
}

/** Reads a JSON body and goes on with it, or refuses. */
function withJson(visit: Visit, bytesMax: number, deps: DoorDeps, go: (value: unknown) => void): void {
  const type = visit.request.headers['content-type'] ?? ''
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    refuse(visit, problem('media_type_unsupported', 'Send Content-Type: application/json.'), deps)
    return
  }
  if (visit.request.headers['content-encoding'] !== undefined) {
    refuse(visit, problem('media_type_unsupported', 'Send the body without Content-Encoding.'), deps)
    return
  }
  readBody(visit.request, bytesMax, (text) => {
    if (text === undefined) {
      refuse(visit, problem('body_too_large', `At most ${bytesMax} bytes are read.`), deps)
      return
    }
    try {
      go(parseUnambiguousJson(text))
    } catch (error) {
      if (error instanceof JsonRefused) refuse(visit, problem('bad_request', error.message), deps)
      else fail(visit, error, deps)
    }
  })
}

function serveVerify(visit: Visit, caller: CredentialFacts, deps: DoorDeps): void {
  withJson(visit, checkBytesMax, deps, (value) => {
    const check = checkOf(value, '', caller, deps.config)
    if (isProblem(check)) {
      refuse(visit, check, deps)
      return
    }
    const decision = deps.engine.verify(check)
    if (decision instanceof Promise) {
      decision.then(
        (decided) => sendDecision(visit, decided, deps),
        (error: unknown) => fail(visit, error, deps),
      )
    } else sendDecision(visit, decision, deps)
  })
}

function sendDecision(visit: Visit, decision: Decision, deps: DoorDeps): void {
  deps.counted(decision.code)
  if (decision.code === 'UNAVAILABLE') {
    refuse(visit, problem('unavailable'), deps)
    return
  }
  sendJson(visit.response, 200, JSON.stringify(answerOf(decision)), visit.requestId)
}

function serveBatch(visit: Visit, caller: CredentialFacts, deps: DoorDeps): void {
  withJson(visit, batchBytesMax, deps, (value) => {
    const checks = readChecks(value, caller, deps.config)
    if (isProblem(checks)) {
      refuse(visit, checks, deps)
      return
    }
    Promise.all(checks.map(async (check) => deps.engine.verify(check))).then(
      (decisions) => {
        for (const { code } of decisions) deps.counted(code)
        sendJson(visit.response, 200, JSON.stringify({ results: decisions.map(answerOf) }), visit.requestId)
      },
      (error: unknown) => fail(visit, error, deps),
    )
  })
}

/** All checks of a batch, or the first refusal: a batch is read whole before anything is checked. */
function readChecks(
  value: unknown,
  caller: CredentialFacts,
  config: ResolvedConfig,
): readonly CheckRequest[] | Problem<'invalid_parameters' | 'forbidden'> {
  const asked =
    typeof value === 'object' && value !== null && Object.keys(value).join() === 'checks'
      ? (value as { checks: unknown }).checks
      : undefined
  if (!Array.isArray(asked) || asked.length === 0 || asked.length > checksMax) {
    return problem('invalid_parameters', undefined, [
      { pointer: '#/checks', detail: `It must be a list of 1 to ${checksMax} checks, and the only member.` },
    ])
  }
  const checks: CheckRequest[] = []
  for (const [index, each] of asked.entries()) {
    const check = checkOf(each, `/checks/${index}`, caller, config)
    if (isProblem(check)) return check
    checks.push(check)
  }
  return checks
}

function serveHead(visit: Visit, _caller: CredentialFacts, deps: DoorDeps): void {
  leaveUnread(visit)
  const asked = readHeadQuery(visit.query)
  if (isProblem(asked)) {
    refuse(visit, asked, deps)
    return
  }
  deps.head(asked.after).then(
    (head) => {
      const body = {
        position: formatPosition(head.position),
        ageMs: head.ageMs,
        storeTime: new Date(head.storeTimeMs).toISOString(),
        nonce: asked.nonce,
        changes: head.changes,
        complete: head.complete,
        reset: head.reset,
      }
      sendJson(visit.response, 200, JSON.stringify(body), visit.requestId)
    },
    (error: unknown) => {
      deps.log.error({ requestId: visit.requestId, ...faultFields(error) }, "The log's head could not be read.")
      refuse(visit, problem('unavailable'), deps)
    },
  )
}

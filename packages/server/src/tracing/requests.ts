import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import {
  type Context,
  createContextKey,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { parentOf } from './trace-context.ts'
import type { RouteOf } from './tracing.ts'

/** How often each outcome was given in one request. */
export type Outcomes = Map<string, number>

const outcomesKey = createContextKey('outcomes of checks')

/** The outcomes of the request that a context belongs to, where it is traced. */
export const outcomesOf = (context: Context): Outcomes | undefined =>
  context.getValue(outcomesKey) as Outcomes | undefined

/** Gives each request a span that is named by its route alone: addresses, queries and headers can hold what nobody may read. */
export const tracedRequests =
  (
    tracer: Tracer,
    contexts: AsyncLocalStorageContextManager,
    listener: RequestListener,
    routeOf: RouteOf,
  ): RequestListener =>
  (request, response) => {
    const route = routeOf(request)
    if (route === null) {
      listener(request, response)
      return
    }
    const parent = parentOf(request.headers.traceparent)
    const span = tracer.startSpan(
      nameOf(request, route),
      { kind: SpanKind.SERVER, attributes: about(request, route) },
      parent,
    )
    const outcomes: Outcomes = new Map()
    const context = trace.setSpan(parent, span).setValue(outcomesKey, outcomes)
    response.once('close', () => finish(span, outcomes, response))
    // The body arrives in the context of the connection, which knows of no request.
    contexts.bind(context, request)
    contexts.with(context, () => listener(request, response))
  }

const nameOf = ({ method = '' }: IncomingMessage, route: string | undefined): string =>
  route === undefined ? method : `${method} ${route}`

const about = ({ method = '' }: IncomingMessage, route: string | undefined) => ({
  'http.request.method': method,
  ...(route === undefined ? {} : { 'http.route': route }),
})

function finish(span: Span, outcomes: Outcomes, response: ServerResponse): void {
  const { statusCode, writableFinished } = response
  if (response.headersSent) span.setAttribute('http.response.status_code', statusCode)
  if (!writableFinished) span.setAttribute('keywright.cut_off', true)
  const [only] = outcomes.keys()
  if (only !== undefined && outcomes.size === 1) span.setAttribute('keywright.decision', only)
  else for (const [code, count] of outcomes) span.setAttribute(`keywright.decisions.${code}`, count)
  if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

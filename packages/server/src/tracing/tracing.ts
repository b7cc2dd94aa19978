import type { IncomingMessage, RequestListener } from 'node:http'
import type { Logger } from '../log.ts'
import type { Spans } from '../spans.ts'

/** How a span names a request: by the pattern of its route; `undefined`: there is no such route; `null`: it is not traced. */
export type RouteOf = (request: IncomingMessage) => string | undefined | null

/** The traces of one process. */
export interface Tracing extends Spans {
  /** The same listener, where each request leaves a span. */
  listening(listener: RequestListener, routeOf: RouteOf): RequestListener
  /** Notes the outcome of a check in the span of its request. */
  decided(code: string): void
  /** The same log, whose lines name the trace that they belong to. */
  log(log: Logger): Logger
  /** Sends what is left, within a bound; what a dead collector does not take is dropped. */
  close(): Promise<void>
}

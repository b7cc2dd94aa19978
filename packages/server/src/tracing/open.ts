import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { detectResources, resourceAttributesEnvDetector, resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { LineLog } from '../log.ts'
import { standardServiceName, type TraceSettings } from '../trace-settings.ts'
import { Exporting } from './exporting.ts'
import { outcomesOf, tracedRequests } from './requests.ts'
import { tracedLog } from './traced-log.ts'
import type { Tracing } from './tracing.ts'

const sendEveryMs = 2_000
/** How long one sending may take, and how long a process that ends waits for the last one, in milliseconds. */
const sendingMs = 5_000
const lastSendingMs = 2_000

/** Opens the traces of a process. Spans wait in a bounded queue; what does not fit is dropped, and no request ever waits for a collector. */
export function openTracing({ url, serviceName, share }: TraceSettings, log: LineLog): Tracing {
  const exporting = new Exporting(url, log)
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': standardServiceName, 'service.instance.id': randomUUID() })
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector] }))
      .merge(resourceFromAttributes(serviceName === null ? {} : { 'service.name': serviceName })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: exporting,
        scheduledDelayMillis: sendEveryMs,
        exportTimeoutMillis: sendingMs,
      }),
    ],
  })
  const tracer = provider.getTracer('keywright')
  const contexts = new AsyncLocalStorageContextManager().enable()
  const timed = async <Result>(span: Span, parent: Context, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await contexts.with(trace.setSpan(parent, span), work)
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      span.setAttribute('error.type', error instanceof Error ? error.name : typeof error)
      throw error
    } finally {
      span.end()
    }
  }
  return {
    listening: (listener, routeOf) => tracedRequests(tracer, contexts, listener, routeOf),
    decided: (code) => {
      const outcomes = outcomesOf(contexts.active())
      outcomes?.set(code, (outcomes.get(code) ?? 0) + 1)
    },
    within: (name, work) => {
      const context = contexts.active()
      // Nothing is under way, or it has ended, and what goes on is nobody's part.
      if (trace.getSpan(context)?.isRecording() !== true) return work()
      return timed(tracer.startSpan(name, {}, context), context, work)
    },
    alone: (name, work) => {
      const span = tracer.startSpan(name, { kind: SpanKind.CLIENT }, ROOT_CONTEXT)
      return timed(span, ROOT_CONTEXT, () => work((facts) => void span.setAttributes(facts)))
    },
    log: (lines) =>
      tracedLog(lines, () => {
        const context = trace.getSpanContext(contexts.active())
        return context === undefined || (context.traceFlags & TraceFlags.SAMPLED) === 0
          ? {}
          : { traceId: context.traceId }
      }),
    close: async () => {
      const bound = new AbortController()
      // A collector that refuses at the end was reported before; there is nobody left to tell.
      const sent = provider.shutdown().catch(() => {})
      const late = pause(lastSendingMs, undefined, { signal: bound.signal }).catch(() => {})
      await Promise.race([sent, late])
      bound.abort()
      exporting.cut()
    },
  }
}

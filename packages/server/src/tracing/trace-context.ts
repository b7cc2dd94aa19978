import { type Context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'

// W3C Trace Context, section 3.2.2; a later version may say more behind a further dash.
const shape = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/**
 * The context that a request continues. What is no `traceparent` begins a trace of its own. `tracestate` and baggage are left where they are: they
 * are texts of a stranger, and nothing here needs them.
 */
export function parentOf(header: string | string[] | undefined): Context {
  const found = typeof header === 'string' ? shape.exec(header) : null
  if (found === null) return ROOT_CONTEXT
  const [, version, traceId = '', spanId = '', flags = '', more] = found
  const isWrong = version === 'ff' || (version === '00' && more !== undefined)
  if (isWrong || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return ROOT_CONTEXT
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
}

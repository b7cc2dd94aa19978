import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { parentOf } from './trace-context.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'

test('a request continues the trace that its traceparent names, sampled or not as it says', () => {
  const parent = { traceId, spanId, isRemote: true }
  expect(trace.getSpanContext(parentOf(`00-${traceId}-${spanId}-01`))).toEqual({ ...parent, traceFlags: 1 })
  expect(trace.getSpanContext(parentOf(`00-${traceId}-${spanId}-fe`))).toEqual({ ...parent, traceFlags: 0 })
  expect(trace.getSpanContext(parentOf(`01-${traceId}-${spanId}-01-more`))).toEqual({ ...parent, traceFlags: 1 })
})

test.each([
  undefined,
  '',
  ['00', '01'],
  `00-${traceId}-${spanId}`,
  `00-${traceId}-${spanId}-01-more`,
  `ff-${traceId}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`,
])('what is no traceparent begins a trace of its own: %j', (header) => {
  expect(parentOf(header)).toBe(ROOT_CONTEXT)
})

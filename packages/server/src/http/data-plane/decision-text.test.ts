import type { Decision } from '@keywright/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { answerOf } from './check.ts'
import { decisionText } from './decision-text.ts'

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ maxLength: 30 }))
const textOrNull = fc.option(text)
const limitFields = {
  name: text,
  limit: fc.integer({ min: 1, max: 1_000_000_000 }),
  windowSeconds: fc.integer({ min: 1, max: 31_622_400 }),
  remaining: fc.nat({ max: 1_000_000_000 }),
  retryAfterMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true })),
}
const limit = fc.oneof(fc.record(limitFields), fc.record({ ...limitFields, scope: fc.constant('local' as const) }))
const common = {
  account: textOrNull,
  externalId: textOrNull,
  type: textOrNull,
  environment: textOrNull,
  name: textOrNull,
  grant: fc.oneof(fc.constant('unrestricted' as const), fc.record({ permissions: fc.array(text, { maxLength: 3 }) })),
  metadata: fc.option(fc.dictionary(text, fc.jsonValue({ maxDepth: 2 }))),
  expiresAtMs: fc.option(fc.integer({ min: 0, max: 4_102_444_800_000 })),
  limits: fc.option(fc.array(limit, { maxLength: 3 })),
}
const accepted = fc.record({
  ...common,
  valid: fc.constant(true),
  code: fc.constant('VALID' as const),
  keyId: text,
  missing: fc.constant(null),
  retryAfterMs: fc.constant(null),
})
const other = fc.record(
  {
    ...common,
    valid: fc.constant(false),
    code: fc.constantFrom('REVOKED', 'NOT_FOUND', 'RATE_LIMITED', 'VALID'),
    keyId: textOrNull,
    missing: fc.option(fc.array(text, { maxLength: 2 })),
    retryAfterMs: fc.option(fc.nat()),
    staleMs: fc.nat(),
  },
  {
    requiredKeys: [
      ...(Object.keys(common) as (keyof typeof common)[]),
      'valid',
      'code',
      'keyId',
      'missing',
      'retryAfterMs',
    ],
  },
)

it('writes a verdict by hand exactly as JSON.stringify would', () => {
  fc.assert(
    fc.property(fc.oneof({ weight: 3, arbitrary: accepted }, other), (made) => {
      const decision = made as Decision
      expect(decisionText(decision)).toBe(JSON.stringify(answerOf(decision)))
      // What was remembered of grant and metadata is the same the second time.
      expect(decisionText(decision)).toBe(JSON.stringify(answerOf(decision)))
    }),
    { numRuns: 500 },
  )
})

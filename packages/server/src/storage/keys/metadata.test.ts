import { expect, it } from 'vitest'
import { metadataFault } from './metadata.ts'

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) })

it('metadata is a plain JSON object of at most 8 KiB and 8 levels', () => {
  expect(metadataFault({})).toBeUndefined()
  expect(metadataFault({ a: [1, null, { b: 'é' }] })).toBeUndefined()
  expect(metadataFault(nested(8))).toBeUndefined()
  expect(metadataFault(nested(9))).toMatch(/deep/)
  expect(metadataFault({ a: 'x'.repeat(8_192 - '{"a":""}'.length) })).toBeUndefined()
  expect(metadataFault({ a: 'é'.repeat(4_096) })).toMatch(/8192 are the most/)
})

it('metadata is refused where it is no object, not JSON, or would be something else when it is read', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  const bad: readonly unknown[] = [
    null,
    [],
    'text',
    1,
    { a: Number.NaN },
    { a: () => 1 },
    { a: new Date(0) },
    { a: '\ud800' },
    { a: 'b\0c' },
    cycle,
    JSON.parse('{"__proto__":{"admin":true}}'),
    JSON.parse('{"a":[{"__proto__":1}]}'),
  ]
  for (const value of bad) expect(metadataFault(value)).toMatch(/\.$/)
})

import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { parametersOf, type Route } from './route.ts'
import { openStoredPlane, type StoredPlane } from './stored.testing.ts'
import { routes } from './table.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly format?: string
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly maxItems?: number
  readonly $ref?: string
}

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    ' ',
    0,
    -1,
    1e308,
    Number.MAX_SAFE_INTEGER,
    2 ** 53,
    0.1,
    [],
    {},
    [[]],
    '\u0000',
    '\ud800',
    '\u202eabc',
    '💥',
    'é'.normalize('NFD'),
  ),
  fc.constantFrom<unknown>(
    "'; drop table keys; --",
    '%24{jndi:x}',
    '../../etc/passwd',
    '%00',
    '__proto__',
    'constructor',
    '9999-12-31T23:59:59Z',
    '0000-01-01T00:00:00Z',
  ),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.json({ maxDepth: 4 }).map((text): unknown => JSON.parse(text)),
  fc.constant(Array.from({ length: 50 }, (_, index) => ({ index }))),
)

// Names that the test's configuration knows, so that some requests come all the way through.
const known = [
  'live',
  'test',
  'secret',
  'ingest',
  'read-only',
  'jobs-only',
  'full',
  'admin',
  'viewer',
  'default',
  'api',
  'jobs.view',
  'apikeys.view',
  'checks',
  '192.0.2.0/24',
  'A name',
]

function textOf({ pattern }: Schema): fc.Arbitrary<unknown> {
  const fitting = known.filter((text) => pattern === undefined || new RegExp(pattern).test(text))
  const likely = [...fitting, ...(ids['account'] ?? []), ...(ids['key'] ?? [])]
  const any = fc.string({ minLength: 1, maxLength: 30 })
  return likely.length === 0
    ? any
    : fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...likely) }, { weight: 1, arbitrary: any })
}

function arbitraryOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(arbitraryOf))
  if (schema.$ref !== undefined) return fc.jsonValue({ maxDepth: 2 })
  switch (schema.type) {
    case 'object': {
      const properties = Object.entries(schema.properties ?? {}).map(
        ([name, member]) => [name, arbitraryOf(member)] as const,
      )
      return fc.record(Object.fromEntries(properties), { requiredKeys: [...(schema.required ?? [])] })
    }
    case 'array':
      return fc.array(arbitraryOf(schema.items ?? {}), { maxLength: 3 })
    case 'integer':
    case 'number':
      return fc.integer({ min: Math.max(schema.minimum ?? 0, -1_000), max: Math.min(schema.maximum ?? 1_000, 100_000) })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'string':
      if (schema.format === 'date-time')
        return fc.constantFrom('2026-12-01T00:00:00Z', '2026-11-01T10:00:00+02:00', '2031-01-01T00:00:00.123Z')
      return textOf(schema)
    default:
      return fc.jsonValue({ maxDepth: 2 })
  }
}

/** A valid-looking value, or one with a hostile member, an unknown member, or something else altogether. */
function mutated(schema: Schema): fc.Arbitrary<unknown> {
  const valid = arbitraryOf(schema)
  const names = Object.keys(schema.properties ?? {})
  const object = valid.map((value) => (typeof value === 'object' && value !== null ? value : {}))
  const replaced = fc
    .tuple(object, fc.constantFrom(...(names.length > 0 ? names : ['x'])), hostile)
    .map(([value, name, bad]) => ({ ...value, [name]: bad }))
  const extended = fc
    .tuple(object, fc.string({ minLength: 1, maxLength: 20 }), hostile)
    .map(([value, name, bad]) => ({ ...value, [name]: bad }))
  return fc.oneof(
    { weight: 4, arbitrary: valid },
    { weight: 3, arbitrary: replaced },
    { weight: 1, arbitrary: extended },
    { weight: 1, arbitrary: hostile },
  )
}

const numRuns = process.env['KEYWRIGHT_SOAK'] === '1' ? 1_000 : 40

let plane: StoredPlane
const tokens: Record<string, string | undefined> = { nobody: undefined }
const ids: Record<string, string[]> = {
  account: [],
  key: [],
  member: [],
  credential: [],
  token: [],
  code: ['forbidden'],
}

async function make(path: string, body: unknown): Promise<{ readonly id: string; readonly secret: string }> {
  const answer = await plane.send('POST', path, { token: plane.operator, body })
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.json() as unknown as { readonly id: string; readonly secret: string }
}

/** A fresh account for each route, since the one before may have deleted it. */
async function seed(): Promise<void> {
  for (const name of ['account', 'key', 'member', 'credential']) ids[name] = []
  const { id } = await make('/v1/accounts', { name: 'Fuzzed' })
  ids['account']?.push(id)
  const grant = {
    permissions: ['view', 'create', 'edit', 'pause', 'reactivate', 'revoke', 'rotate', 'delete'].map(
      (verb) => `apikeys.${verb}`,
    ),
  }
  tokens['manager'] = (await make(`/v1/accounts/${id}/keys`, { name: 'Manager', grant })).secret
  for (let index = 0; index < 6; index++)
    ids['key']?.push((await make(`/v1/accounts/${id}/keys`, { name: `Key ${index}` })).id)
  ids['member']?.push((await make(`/v1/accounts/${id}/members`, { role: 'admin' })).id)
  const verifier = await make('/v1/credentials', { kind: 'verify', name: 'V', environment: 'live', audiences: ['api'] })
  tokens['verifier'] = verifier.secret
  ids['credential']?.push(verifier.id)
}

beforeAll(async () => {
  plane = await openStoredPlane()
  tokens['operator'] = plane.operator
})
afterAll(() => plane.close())

const segment = (name: string) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.nat().map((index) => ids[name]?.[index % Math.max(1, ids[name].length)] ?? 'none') },
    {
      weight: 1,
      arbitrary: fc.oneof(
        fc.string({ maxLength: 40 }),
        fc.constantFrom('\u0000', '..', '%2e%2e', "'", 'x'.repeat(300), '💥'),
      ),
    },
  )

const encode = (text: string): string => encodeURIComponent(text.toWellFormed()) || '-'

function requestOf({ spec }: Route) {
  const schemaOf = (schema: z.ZodType): Schema =>
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema
  const path = fc.tuple(...parametersOf(spec.path).map(segment)).map((segments) => {
    let at = 0
    return spec.path.replaceAll(/\{\w+\}/g, () => encode(segments[at++] ?? ''))
  })
  const query = 'query' in spec && spec.query !== undefined ? mutated(schemaOf(spec.query)) : fc.constant({})
  const body = 'body' in spec && spec.body !== undefined ? mutated(schemaOf(spec.body)) : fc.constant(undefined)
  const caller = fc.oneof(
    { weight: 5, arbitrary: fc.constant('operator') },
    { weight: 2, arbitrary: fc.constantFrom('manager', 'verifier', 'nobody') },
  )
  const tag = fc.constantFrom(undefined, undefined, '"1"', '*', 'nonsense', '"99999999999999999999"')
  return fc.record({ path, query, body, caller, tag })
}

const queryText = (query: unknown): string => {
  if (typeof query !== 'object' || query === null) return ''
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encode(name)}=${encode(typeof value === 'string' ? value : String(JSON.stringify(value)))}`,
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

describe('every route, fuzzed from its own schema', () => {
  const statuses = new Map<string, Set<number>>()
  beforeEach(seed)

  for (const route of routes) {
    it(`answers 2xx or a problem of 4xx, which changes nothing: ${route.spec.method} ${route.spec.path}`, async () => {
      const seen = new Set<number>()
      statuses.set(route.spec.operationId, seen)
      await fc.assert(
        fc.asyncProperty(requestOf(route), async ({ path, query, body, caller, tag }) => {
          const token = tokens[caller]
          const before = await plane.head()
          const answer = await plane.send(route.spec.method.toUpperCase(), path + queryText(query), {
            ...(token === undefined ? {} : { token }),
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            headers: tag === undefined ? [] : [['If-Match', tag]],
          })
          plane.clock.advance(1_000)
          seen.add(answer.status)
          expect(answer.status).toBeLessThan(500)
          if (answer.status < 400) return
          expect(answer.headers['content-type']).toContain('application/problem+json')
          expect(answer.json()['status']).toBe(answer.status)
          expect(await plane.head()).toBe(before)
        }),
        { numRuns },
      )
    })
  }

  it('came through to the handlers: most routes were seen to succeed and to refuse', () => {
    const some = (seen: ReadonlySet<number>, test: (status: number) => boolean) => [...seen].some(test)
    const both = [...statuses].filter(
      ([, seen]) => some(seen, (status) => status < 300) && some(seen, (status) => status >= 400),
    )
    expect(both.length).toBeGreaterThan(15)
  })

  it('logged nothing that was a secret', () => {
    const lines = JSON.stringify(plane.lines)
    for (const secret of Object.values(tokens)) if (secret !== undefined) expect(lines).not.toContain(secret)
    expect(lines).not.toContain('request failed')
  })
})

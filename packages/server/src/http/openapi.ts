import { type ProblemCode, problems } from '@keywright/core'
import type * as z from 'zod'
import { type Components, type Json, schemaOf } from './json-schema.ts'
import { actingParameter, securityOf, securitySchemes, whoMay } from './openapi-callers.ts'
import { parametersOf, type Route, type RouteSpec, type Tag } from './route.ts'
import { problemsOf } from './route-problems.ts'

export type { Json } from './json-schema.ts'

/** A door of the data plane, described by its own file since it is not in the route table. */
export interface DataPlaneDocument {
  readonly path: string
  readonly method: 'get' | 'post'
  /** An OpenAPI operation object. */
  readonly operation: Readonly<Record<string, unknown>>
}

const tags: Readonly<Record<Tag | 'Checks', string>> = {
  Checks: 'Checking keys, and the proof that what is remembered of them is fresh.',
  'Sign-in': 'How people sign in with a browser.',
  Person: 'Who is signed in: their session, their factors, their name.',
  People: 'Everybody who can sign in, for operators.',
  Accounts: 'Accounts own keys and have members.',
  Members: 'The members of an account and their roles.',
  Invitations: 'Invitations to an account, or to operate the installation.',
  Operators: 'The people who operate the installation.',
  Keys: 'The life of keys: create, read, edit, pause, revoke, rotate, delete.',
  Usage: 'What keys were used for.',
  Notices: 'What an account was told about its keys, on the page and by mail.',
  Webhooks: 'Where events are sent, signed by the Standard Webhooks specification, and what became of each.',
  Events: 'The log: who changed what, and why.',
  Configuration: 'What the keys of this installation are and how the page speaks of them.',
  Credentials: 'The credentials of the programs of the adopter and the operator.',
  'Set-up': 'The one-time link that makes the first operator.',
  Health: 'How the server is.',
  Documents: 'The API about itself.',
}

const header = (description: string, schema: Json = { type: 'string' }): Json => ({ description, schema })

function answerHeaders(spec: RouteSpec): Json {
  return {
    ...(spec.status === 204 ? {} : { ETag: header('The version of the record') }),
    ...(spec.status === 201 ? { Location: header('Where the record is') } : {}),
    ...(spec.idempotencyKey
      ? { 'Idempotency-Replayed': header('`true` where the Idempotency-Key was seen before; nothing was created now') }
      : {}),
  }
}

function successOf(route: Route, components: Components): Json {
  if (route.kind === 'document') {
    const content = Object.fromEntries(
      route.spec.contentTypes.map((type) => [
        type,
        { schema: type === 'application/json' ? { type: 'object' } : { type: 'string' } },
      ]),
    )
    const statuses = route.spec.statuses ?? [200]
    return Object.fromEntries(statuses.map((status) => [String(status), { description: route.spec.summary, content }]))
  }
  const { spec } = route
  if (spec.status === 204) return { 204: { description: 'Done' } }
  const schema = schemaOf(spec.returns, 'output', components)
  const answered = {
    description: spec.summary,
    headers: answerHeaders(spec),
    content: { 'application/json': { schema } },
  }
  return { [spec.status ?? 200]: answered }
}

function refusalsOf(route: Route, taken: Json): Json {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of problemsOf(route)) {
    const { status } = problems[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const entries = [...byStatus].sort(([left], [right]) => left - right)
  return Object.fromEntries(
    entries.filter(([status]) => !(status in taken)).map(([status, codes]) => [String(status), refusalOf(codes)]),
  )
}

const refusalOf = (codes: readonly ProblemCode[]): Json => ({
  description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join('; '),
  content: {
    'application/problem+json': {
      schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: [...codes] } } }] },
    },
  },
})

function parametersFor(route: Route, components: Components): Json[] {
  const inPath = parametersOf(route.spec.path).map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const { permission } = route.spec
  const acting = permission === 'public' || permission === 'person' ? [] : [actingParameter]
  if (route.kind === 'document') return [...inPath, ...acting]
  const { query, ifMatch, idempotencyKey } = route.spec
  const inQuery = query === undefined ? [] : queryParameters(query, components)
  const inHeader = (name: string, description: string) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
  })
  return [
    ...inPath,
    ...inQuery,
    ...acting,
    ...(ifMatch ? [inHeader('If-Match', 'The ETag of the version that is to be changed')] : []),
    ...(idempotencyKey
      ? [inHeader('Idempotency-Key', 'The same for each repetition of one request; at most 255 characters')]
      : []),
  ]
}

function queryParameters(query: z.ZodObject, components: Components): Json[] {
  const schema = schemaOf(query, 'input', components) as {
    readonly properties?: Record<string, Json>
    readonly required?: readonly string[]
  }
  return Object.entries(schema.properties ?? {}).map(([name, { description, ...rest }]) => ({
    name,
    in: 'query',
    ...(description === undefined ? {} : { description }),
    ...(schema.required?.includes(name) ? { required: true } : {}),
    ...(rest['type'] === 'array' ? { style: 'form', explode: false } : {}),
    schema: rest,
  }))
}

function operationOf(route: Route, components: Components): Json {
  const { spec } = route
  const success = successOf(route, components)
  const parameters = parametersFor(route, components)
  const body = 'body' in spec ? spec.body : undefined
  return {
    operationId: spec.operationId,
    summary: spec.summary,
    description: [spec.description, ...whoMay(spec)].filter((part) => part !== undefined).join('\n\n'),
    tags: [spec.tag],
    'x-permission': spec.permission,
    security: securityOf(spec),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: !('bodyOptional' in spec && spec.bodyOptional),
            content: { 'application/json': { schema: schemaOf(body, 'input', components) } },
          },
        }),
    responses: { ...success, ...refusalsOf(route, success) },
  }
}

const problemSchema: Json = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'code', 'request_id'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'Leads to the page of the problem' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(problems), description: 'Stable; made to be decided on' },
    request_id: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['detail'],
        properties: { pointer: { type: 'string' }, parameter: { type: 'string' }, detail: { type: 'string' } },
      },
    },
  },
}

/** The whole API as an OpenAPI 3.1 document. */
export function openapiDocument(
  routes: readonly Route[],
  dataPlane: readonly DataPlaneDocument[],
  publicUrl: string,
): Json {
  const components: Components = { schemas: { Problem: problemSchema } }
  const paths: Record<string, Record<string, unknown>> = {}
  for (const { path, method, operation } of dataPlane)
    paths[path] = { ...paths[path], [method]: { tags: ['Checks'], ...operation } }
  for (const route of routes)
    paths[route.spec.path] = { ...paths[route.spec.path], [route.spec.method]: operationOf(route, components) }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keywright',
      version: '1',
      summary: 'API keys: issued once, checked on every request, limited, watched, rotated and retired.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: publicUrl }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes,
    },
  }
}

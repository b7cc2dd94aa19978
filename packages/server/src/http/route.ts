import type { KeyAction, Problem, ProblemCode } from '@keywright/core'
import type * as z from 'zod'
import type { Caller, Idempotency } from '../storage/ports.ts'
import type { Identity } from './actor.ts'
import type { RouteDeps } from './deps.ts'

/**
 * What a caller must be. `operator`: operators only. `verify`: verify and operator credentials. `{ key }`: operators, members whose role
 * has the action, and managing keys whose grant has it, both in their own account. `{ members }`: operators and members of the account
 * (to manage them: those whose role says so).
 */
export type Permission =
  | 'public'
  | 'operator'
  | 'verify'
  | { readonly key: KeyAction }
  | { readonly members: 'view' | 'manage' }

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

export type Tag =
  | 'Accounts'
  | 'Members'
  | 'Keys'
  | 'Usage'
  | 'Events'
  | 'Configuration'
  | 'Credentials'
  | 'Set-up'
  | 'Health'
  | 'Documents'

interface Described {
  readonly method: Method
  /** Segments in braces are parameters: `/v1/keys/{key}`. */
  readonly path: `/${string}`
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tag: Tag
  /** There is no default: an open route says `'public'`. */
  readonly permission: Permission
  /** What the route itself refuses, besides what every route of its kind can. */
  readonly problems: readonly ProblemCode[]
}

/** A route that speaks JSON. `returns` is a filter: what it does not name cannot leave. */
export interface RouteSpec extends Described {
  readonly query?: z.ZodObject
  readonly body?: z.ZodObject
  /** The body may be left out. */
  readonly bodyOptional?: true
  readonly returns: z.ZodType
  readonly status?: 200 | 201 | 204
  /** Honours `If-Match`. */
  readonly ifMatch?: true
  /** Honours `Idempotency-Key`. */
  readonly idempotencyKey?: true
}

/** A route that answers a document of its own: HTML, plain text or JSON as it is. */
export interface DocumentSpec extends Described {
  readonly contentTypes: readonly string[]
  readonly statuses?: readonly number[]
}

/** The parameters that a path names. */
export type PathParameters<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Readonly<Record<Name, string>> & PathParameters<Rest>
  : unknown

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

type ParsedBody<Spec extends RouteSpec> = Spec['bodyOptional'] extends true
  ? Parsed<Spec['body']> | undefined
  : Parsed<Spec['body']>

/** Who may come through to a handler, by the route's permission. */
export type ActorOf<Required extends Permission> = Required extends 'public'
  ? undefined
  : Required extends 'operator'
    ? Extract<Identity, { kind: 'operator' }>
    : Required extends 'verify'
      ? Extract<Identity, { kind: 'operator' | 'verify' }>
      : Exclude<Identity, { kind: 'verify' }>

/** The parts of a request that every handler sees. */
export interface CallBase<Required extends Permission> {
  readonly actor: ActorOf<Required>
  /** What a change records of its cause; on open routes the actor is the system. */
  readonly caller: Caller
  readonly headers: Headers
  /** The path and query as the client sent them. */
  readonly url: URL
}

export interface Call<Spec extends RouteSpec> extends CallBase<Spec['permission']> {
  readonly params: PathParameters<Spec['path']>
  readonly query: Parsed<Spec['query']>
  readonly body: ParsedBody<Spec>
  /** The version that `If-Match` asks for. */
  readonly ifMatch: number | undefined
  readonly idempotency: Idempotency | undefined
}

export interface DocumentCall<Spec extends DocumentSpec> extends CallBase<Spec['permission']> {
  readonly params: PathParameters<Spec['path']>
}

/** What an answer carries besides its body. */
export interface ReplyHeaders {
  /** Becomes a strong `ETag`. */
  readonly etag?: string | number
  readonly location?: string
  readonly contentLanguage?: string
  /** True where an `Idempotency-Key` was seen before. */
  readonly replayed?: boolean
}

/** A body with headers of its own. */
export class Reply<Body> {
  readonly body: Body
  readonly headers: ReplyHeaders

  constructor(body: Body, headers: ReplyHeaders) {
    this.body = body
    this.headers = headers
  }
}

/** A body with headers of its own. */
export const reply = <const Body>(body: Body, headers: ReplyHeaders): Reply<Body> => new Reply(body, headers)

/** An answer in a media type of its own. */
export interface DocumentAnswer {
  readonly status?: number
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

type DeclaredProblem<Spec extends RouteSpec> =
  | Spec['problems'][number]
  | (Spec['ifMatch'] extends true ? 'precondition_failed' : never)
  | (Spec['idempotencyKey'] extends true ? 'idempotency_mismatch' | 'idempotency_in_progress' : never)

type Body<Spec extends RouteSpec> = z.input<Spec['returns']>

type Answer<Spec extends RouteSpec> = Body<Spec> | Reply<Body<Spec>> | Problem<DeclaredProblem<Spec>>

/** One row of the route table: what a route is and what it does. */
export type Route =
  | {
      readonly kind: 'json'
      readonly spec: RouteSpec
      readonly handle: (call: Call<RouteSpec>, deps: RouteDeps) => Promise<unknown>
    }
  | {
      readonly kind: 'document'
      readonly spec: DocumentSpec
      readonly handle: (call: DocumentCall<DocumentSpec>, deps: RouteDeps) => Promise<DocumentAnswer | Problem>
    }

/** Makes a route. A missing permission, an undeclared problem or a body that is not what `returns` says does not compile. */
export const route = <const Spec extends RouteSpec>(
  spec: Spec,
  handle: (call: Call<Spec>, deps: RouteDeps) => Promise<Answer<Spec>>,
): Route => ({ kind: 'json', spec, handle: handle as unknown as Extract<Route, { kind: 'json' }>['handle'] })

/** Makes a route that answers a document of its own. */
export const document = <const Spec extends DocumentSpec>(
  spec: Spec,
  handle: (call: DocumentCall<Spec>, deps: RouteDeps) => Promise<DocumentAnswer | Problem<Spec['problems'][number]>>,
): Route => ({ kind: 'document', spec, handle: handle as unknown as Extract<Route, { kind: 'document' }>['handle'] })

const needed: readonly ProblemCode[] = [
  'credential_missing',
  'credential_ambiguous',
  'invalid_token',
  'forbidden',
  'too_many_requests',
  'unavailable',
]

const notFoundOf: Readonly<Record<string, ProblemCode>> = {
  account: 'account_not_found',
  member: 'member_not_found',
  key: 'key_not_found',
  credential: 'credential_not_found',
}

/** The problem that a parameter of the path answers where nothing has that id. */
export const notFound = (parameter: string): ProblemCode => notFoundOf[parameter] ?? 'route_not_found'

/** The names of the parameters in a path, in order. */
export const parametersOf = (path: string): readonly string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string)

/** Every problem that a route can answer: its own, and what follows from its kind. */
export function problemsOf({ spec }: Route): readonly ProblemCode[] {
  const codes = new Set<ProblemCode>(spec.problems)
  if (spec.permission !== 'public') for (const code of needed) codes.add(code)
  if (spec.permission !== 'public') for (const name of parametersOf(spec.path)) codes.add(notFound(name))
  if ('body' in spec && spec.body !== undefined) {
    for (const code of ['bad_request', 'invalid_parameters', 'body_too_large', 'media_type_unsupported'] as const)
      codes.add(code)
  }
  if ('query' in spec && spec.query !== undefined) codes.add('invalid_parameters')
  if ('ifMatch' in spec && spec.ifMatch)
    for (const code of ['precondition_failed', 'bad_request'] as const) codes.add(code)
  if ('idempotencyKey' in spec && spec.idempotencyKey) {
    for (const code of ['idempotency_mismatch', 'idempotency_in_progress', 'bad_request'] as const) codes.add(code)
  }
  return [...codes.add('internal_error')]
}

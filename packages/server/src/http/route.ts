import type { KeyAction, Problem, ProblemCode } from '@keywright/core'
import type * as z from 'zod'
import type { Visitor } from '../people/port.ts'
import type { Caller, Idempotency } from '../storage/ports.ts'
import type { Identity, PersonIdentity } from './actor.ts'
import type { RouteDeps } from './deps.ts'

/**
 * What a caller must be. `operator`: operators only. `verify`: verify and operator credentials. `{ key }`: operators, members whose role
 * has the action, and managing keys whose grant has it, both in their own account. `{ members }`: operators and members of the account
 * (to manage them: those whose role says so; to leave: each for themself). `person`: whoever is signed in, by the session of a browser and nothing else.
 */
export type Permission =
  | 'public'
  | 'operator'
  | 'verify'
  | 'person'
  | { readonly key: KeyAction }
  | { readonly members: 'view' | 'manage' | 'manage or leave' }

/** The methods that routes have; HEAD follows from GET. */
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** The chapters of the reference. */
export type Tag =
  | 'Sign-in'
  | 'Person'
  | 'People'
  | 'Accounts'
  | 'Members'
  | 'Invitations'
  | 'Operators'
  | 'Keys'
  | 'Usage'
  | 'Notices'
  | 'Webhooks'
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
  /** Whoever calls by the session of a browser needs a proof of who they are that is at most ten minutes old. */
  readonly sensitive?: true
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
  /** What it reads where the request says that it is JSON; anything else that is sent is not looked at. */
  readonly body?: z.ZodObject
  readonly bodyOptional?: true
  readonly contentTypes: readonly string[]
  readonly statuses?: readonly number[]
}

/** The parameters that a path names. */
export type PathParameters<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Readonly<Record<Name, string>> & PathParameters<Rest>
  : unknown

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

type ParsedBody<Spec extends RouteSpec | DocumentSpec> = Spec['bodyOptional'] extends true
  ? Parsed<Spec['body']> | undefined
  : Parsed<Spec['body']>

/** Who may come through to a handler, by the route's permission. */
export type ActorOf<Required extends Permission> = Required extends 'public'
  ? undefined
  : Required extends 'operator'
    ? Extract<Identity, { kind: 'operator' }>
    : Required extends 'verify'
      ? Extract<Identity, { kind: 'operator' | 'verify' }>
      : Required extends 'person'
        ? PersonIdentity
        : Exclude<Identity, { kind: 'verify' }>

/** The parts of a request that every handler sees. */
export interface CallBase<Required extends Permission> {
  readonly actor: ActorOf<Required>
  /** What a change records of its cause; on open routes the actor is the system. */
  readonly caller: Caller
  readonly headers: Headers
  /** The browser, or program, that asks. */
  readonly visitor: Visitor
  /** The path and query as the client sent them. */
  readonly url: URL
}

/** A request as the handler of a JSON route sees it. */
export interface Call<Spec extends RouteSpec> extends CallBase<Spec['permission']> {
  readonly params: PathParameters<Spec['path']>
  readonly query: Parsed<Spec['query']>
  readonly body: ParsedBody<Spec>
  /** The version that `If-Match` asks for. */
  readonly ifMatch: number | undefined
  readonly idempotency: Idempotency | undefined
  /** Its signal tells that the client went away. */
  readonly request: Request
}

/** A request as the handler of a document sees it. */
export interface DocumentCall<Spec extends DocumentSpec> extends CallBase<Spec['permission']> {
  readonly params: PathParameters<Spec['path']>
  readonly body: ParsedBody<Spec>
  readonly request: Request
}

/** What an answer carries besides its body. */
export interface ReplyHeaders {
  /** Becomes a strong `ETag`. */
  readonly etag?: string | number
  readonly location?: string
  readonly contentLanguage?: string
  /** True where an `Idempotency-Key` was seen before. */
  readonly replayed?: boolean
  /** Whole `Set-Cookie` lines. */
  readonly setCookies?: readonly string[]
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
  /** Whole `Set-Cookie` lines. */
  readonly setCookies?: readonly string[]
}

type DeclaredProblem<Spec extends RouteSpec> =
  | Spec['problems'][number]
  // Whoever was let in may still find that it was shut out meanwhile (T10).
  | (Spec['permission'] extends 'public' ? never : 'forbidden')
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

/** The names of the parameters in a path, in order. */
export const parametersOf = (path: string): readonly string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string)

import type { Context, MiddlewareHandler } from 'hono'
import { type Caller, createGuard, type GuardOptions, type Pass } from '../guard.ts'
import {
  carriedBy,
  carrying,
  notGuarded,
  type Requirement,
  type RequiresArguments,
  readRequirement,
} from '../requirement.ts'
import { presentationOf, responseOf } from './fetch.ts'

export type { Caller, GuardOptions } from '../guard.ts'

/** Options of guards for Hono. */
export interface HonoGuardOptions extends GuardOptions {
  /** The address of the other end of the connection. Default: the socket's on Node; elsewhere use your runtime's `getConnInfo`. */
  readonly address?: (context: Context) => string | undefined
}

/** What guarded handlers find: `context.var.apiKey`. */
export interface KeywrightVariables {
  apiKey: Caller
}

const passes = new WeakMap<Request, Pass>()

const addressOfNode = (context: Context): string | undefined => {
  const environment: { readonly incoming?: { readonly socket?: { readonly remoteAddress?: unknown } } } | undefined =
    context.env
  const address = environment?.incoming?.socket?.remoteAddress
  return typeof address === 'string' ? address : undefined
}

/** What the handlers that will run require; a mounted application's handler hides the original behind a property. */
const inSight = (context: Context): readonly Requirement[] =>
  carriedBy(
    (context.req.matchedRoutes ?? []).map(({ handler }) =>
      '__COMPOSED_HANDLER' in handler ? handler.__COMPOSED_HANDLER : handler,
    ),
  )

/** Guards paths: `app.use('/v1/*', keywright({ verifier }))`. It sees what the routes behind it require, so that all is one check. */
export function keywright(options: HonoGuardOptions): MiddlewareHandler<{ Variables: KeywrightVariables }> {
  const guard = createGuard(options)
  return async (context, next) => {
    const request = context.req.raw
    const address = (options.address ?? addressOfNode)(context)
    const outcome = await guard.check(presentationOf(request, address), inSight(context), passes.get(request))
    if ('answer' in outcome) return responseOf(outcome.answer)
    passes.set(request, outcome.pass)
    context.set('apiKey', outcome.pass.caller)
    await next()
    for (const [name, value] of outcome.pass.fields) context.header(name, value)
  }
}

/** Requires permissions of a route that `keywright` guards. */
export function requires(...parts: RequiresArguments): MiddlewareHandler<{ Variables: KeywrightVariables }> {
  const requirement = readRequirement(parts)
  const middleware: MiddlewareHandler<{ Variables: KeywrightVariables }> = async (context, next) => {
    const pass = passes.get(context.req.raw)
    if (pass === undefined) throw notGuarded()
    const answer = pass.refusalOf(requirement)
    if (answer !== undefined) return responseOf(answer)
    await next()
  }
  return carrying(middleware, requirement)
}

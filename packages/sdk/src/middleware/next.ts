import { type Caller, createGuard, type GuardOptions } from '../guard.ts'
import { type Requirement, type RequiresArguments, readRequirement } from '../requirement.ts'
import { presentationOf, responseOf, withFields } from './fetch.ts'

export type { Caller, GuardOptions } from '../guard.ts'
export type { Requirement } from '../requirement.ts'

/** Options of guards for route handlers. */
export interface NextGuardOptions extends GuardOptions {
  /** The client's address as your platform tells it; without it, keys that are limited to networks are refused. */
  readonly address?: (request: Request) => string | undefined
}

/** A route handler that also gets whose key it is. `Context` is what Next passes, `{ params }`. */
export type GuardedRoute<Incoming extends Request, Context> = (
  request: Incoming,
  caller: Caller,
  context: Context,
) => Response | Promise<Response>

/** Wraps a route handler, so that the route alone refuses, whatever ran or did not run before it. */
export type WithApiKey = <Incoming extends Request = Request, Context = unknown>(
  handler: GuardedRoute<Incoming, Context>,
  ...requirements: readonly Requirement[]
) => (request: Incoming, context: Context) => Promise<Response>

/** Makes `withApiKey`, the guard of route handlers. It looks at the key alone: no header of Next's own changes what it does. */
export function keywright(options: NextGuardOptions): WithApiKey {
  const guard = createGuard(options)
  return (handler, ...requirements) =>
    async (request, context) => {
      const outcome = await guard.check(presentationOf(request, options.address?.(request)), requirements)
      if ('answer' in outcome) return responseOf(outcome.answer)
      return withFields(await handler(request, outcome.pass.caller, context), outcome.pass)
    }
}

/** What a route requires: `export const POST = withApiKey(handler, requires('jobs.create'))`. */
export const requires = (...parts: RequiresArguments): Requirement => readRequirement(parts)

import type { Answer } from '../answer.ts'
import { type Caller, createGuard, type GuardOptions, type Pass } from '../guard.ts'
import type { Presentation } from '../presented.ts'
import { type Requirement, type RequiresArguments, readRequirement } from '../requirement.ts'

export type { Caller, GuardOptions } from '../guard.ts'
export type { Requirement } from '../requirement.ts'

/** Options of guards for handlers that take a `Request`. */
export interface FetchGuardOptions extends GuardOptions {
  /** The address of the other end of the connection, which a `Request` does not tell; without it, keys that are limited to networks are refused. */
  readonly address?: (request: Request, ...rest: readonly unknown[]) => string | undefined
}

/** A handler that also gets whose key it is; what the platform passes besides the request follows. */
export type GuardedHandler<Rest extends readonly unknown[]> = (
  request: Request,
  caller: Caller,
  ...rest: Rest
) => Response | Promise<Response>

/** Wraps a handler, so that it runs only for a key that holds what is required. */
export type FetchGuard = <Rest extends readonly unknown[]>(
  handler: GuardedHandler<Rest>,
  ...requirements: readonly Requirement[]
) => (request: Request, ...rest: Rest) => Promise<Response>

/** How a `Request` looks to a guard: repeated headers are joined by commas in it, which the guard refuses. */
export const presentationOf = (request: Request, address: string | undefined): Presentation => ({
  fields: [...request.headers],
  url: request.url,
  address,
})

/** A refusal as a `Response`. */
export const responseOf = (answer: Answer): Response =>
  new Response(answer.body, {
    status: answer.status,
    headers: answer.fields.map(([name, value]): [string, string] => [name, value]),
  })

/** The handler's response with the fields that the check adds; its body, a stream too, is passed on untouched. */
export function withFields(response: Response, { fields }: Pass): Response {
  if (fields.length === 0) return response
  const write = (target: Response): Response => {
    for (const [name, value] of fields) target.headers.set(name, value)
    return target
  }
  try {
    return write(response)
  } catch {
    // Responses of `fetch` and `Response.redirect` cannot be written to.
    return write(new Response(response.body, response))
  }
}

/** Makes the guard of handlers of the shape `(request) => Response`. */
export function keywright(options: FetchGuardOptions): FetchGuard {
  const guard = createGuard(options)
  return (handler, ...requirements) =>
    async (request, ...rest) => {
      const outcome = await guard.check(presentationOf(request, options.address?.(request, ...rest)), requirements)
      if ('answer' in outcome) return responseOf(outcome.answer)
      return withFields(await handler(request, outcome.pass.caller, ...rest), outcome.pass)
    }
}

/** What a handler requires, for the guard that wraps it: `guarded(handler, requires('jobs.create'))`. */
export const requires = (...parts: RequiresArguments): Requirement => readRequirement(parts)

import type { Request, RequestHandler, Response } from 'express'
import type { Answer } from '../answer.ts'
import { type Caller, createGuard, type GuardOptions, type Pass } from '../guard.ts'
import { fieldsOfRaw } from '../presented.ts'
import {
  carriedBy,
  carrying,
  notGuarded,
  type Requirement,
  type RequiresArguments,
  readRequirement,
} from '../requirement.ts'

export type { Caller, GuardOptions } from '../guard.ts'

const passes = new WeakMap<Request, Pass>()

function refuse(response: Response, answer: Answer): void {
  for (const [name, value] of answer.fields) response.setHeader(name, value)
  response.statusCode = answer.status
  // `send` would hash the body into an ETag and might answer 304.
  response.end(answer.body)
}

/** What the route requires that this middleware stands on; on an application or router nothing is known yet. */
function inSight(request: Request): readonly Requirement[] {
  const stack: unknown = request.route?.stack
  if (!Array.isArray(stack)) return []
  const methods = [undefined, request.method.toLowerCase(), ...(request.method === 'HEAD' ? ['get'] : [])]
  return carriedBy(stack.filter((layer) => methods.includes(layer.method)).map((layer) => layer.handle))
}

/** Guards an application, a router or a route: `app.use('/v1', keywright({ verifier }))`. */
export function keywright(options: GuardOptions): RequestHandler {
  const guard = createGuard(options)
  return async (request, response, next) => {
    const presentation = {
      fields: fieldsOfRaw(request.rawHeaders),
      url: request.originalUrl,
      address: request.socket.remoteAddress,
    }
    const outcome = await guard.check(presentation, inSight(request), passes.get(request))
    if ('answer' in outcome) return refuse(response, outcome.answer)
    passes.set(request, outcome.pass)
    for (const [name, value] of outcome.pass.fields) response.setHeader(name, value)
    next()
  }
}

/**
 * Requires permissions of a route that `keywright` guards. On the same route both are one check; after an `app.use`, the permission is
 * decided from the key's grant.
 */
export function requires(...parts: RequiresArguments): RequestHandler {
  const requirement = readRequirement(parts)
  const handler: RequestHandler = (request, response, next) => {
    const pass = passes.get(request)
    if (pass === undefined) throw notGuarded()
    const answer = pass.refusalOf(requirement)
    if (answer === undefined) next()
    else refuse(response, answer)
  }
  return carrying(handler, requirement)
}

/** Whose key a guarded request came with. */
export function apiKey(request: Request): Caller {
  const pass = passes.get(request)
  if (pass === undefined) throw notGuarded()
  return pass.caller
}

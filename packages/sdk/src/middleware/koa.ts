import type { Context, Middleware } from 'koa'
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

const passes = new WeakMap<object, Pass>()

function refuse(context: Context, answer: Answer): void {
  context.status = answer.status
  context.body = answer.body
  for (const [name, value] of answer.fields) context.set(name, value)
}

/** What the matched routes of `@koa/router` require; in front of the router nothing is known yet. */
function inSight(context: Context): readonly Requirement[] {
  const layers: unknown = context.matched
  if (!Array.isArray(layers)) return []
  const serving = layers.filter(({ methods }) => methods.length === 0 || methods.includes(context.method))
  return carriedBy(serving.flatMap(({ stack }) => stack))
}

/** Guards an application, a router or a route: `router.get('/jobs', keywright({ verifier }), requires('jobs.view'), handler)`. */
export function keywright(options: GuardOptions): Middleware {
  const guard = createGuard(options)
  return async (context, next) => {
    const { rawHeaders, socket } = context.req
    const presentation = { fields: fieldsOfRaw(rawHeaders), url: context.originalUrl, address: socket.remoteAddress }
    const outcome = await guard.check(presentation, inSight(context), passes.get(context.req))
    if ('answer' in outcome) return refuse(context, outcome.answer)
    passes.set(context.req, outcome.pass)
    for (const [name, value] of outcome.pass.fields) context.set(name, value)
    await next()
  }
}

/**
 * Requires permissions of a route that `keywright` guards. On the same router both are one check; in front of the router, the permission
 * is decided from the key's grant.
 */
export function requires(...parts: RequiresArguments): Middleware {
  const requirement = readRequirement(parts)
  const middleware: Middleware = async (context, next) => {
    const pass = passes.get(context.req)
    if (pass === undefined) throw notGuarded()
    const answer = pass.refusalOf(requirement)
    if (answer !== undefined) return refuse(context, answer)
    await next()
  }
  return carrying(middleware, requirement)
}

/** Whose key a guarded request came with. */
export function apiKey(context: Pick<Context, 'req'>): Caller {
  const pass = passes.get(context.req)
  if (pass === undefined) throw notGuarded()
  return pass.caller
}

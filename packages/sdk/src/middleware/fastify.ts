import type {
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  onRequestAsyncHookHandler,
  RouteOptions,
} from 'fastify'
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

const passes = new WeakMap<FastifyRequest, Pass>()
const carried: unique symbol = Symbol('keywright.requirements')

const refuse = (reply: FastifyReply, answer: Answer): FastifyReply =>
  reply.code(answer.status).headers(Object.fromEntries(answer.fields)).send(answer.body)

/** Remembers with a route what its hooks require, since a request shows only the route's `config`. */
function note(route: RouteOptions): void {
  const hooks = [route.onRequest, route.preParsing, route.preValidation, route.preHandler].flat()
  const requirements = carriedBy(hooks)
  if (requirements.length > 0) route.config = Object.assign({}, route.config, { [carried]: requirements })
}

function inSight(request: FastifyRequest): readonly Requirement[] {
  const config: object = request.routeOptions.config ?? {}
  return carried in config ? (config[carried] as readonly Requirement[]) : []
}

/** Guards every route of the instance that it is registered on and of those below: `await app.register(keywright({ verifier }))`, before the routes. */
export function keywright(options: GuardOptions): FastifyPluginAsync {
  const guard = createGuard(options)
  const plugin = async (app: FastifyInstance): Promise<void> => {
    app.addHook('onRoute', note)
    app.addHook('onRequest', async (request, reply) => {
      const { rawHeaders, socket } = request.raw
      const presentation = { fields: fieldsOfRaw(rawHeaders), url: request.originalUrl, address: socket.remoteAddress }
      const outcome = await guard.check(presentation, inSight(request), passes.get(request))
      if ('answer' in outcome) return refuse(reply, outcome.answer)
      passes.set(request, outcome.pass)
      reply.headers(Object.fromEntries(outcome.pass.fields))
    })
  }
  // Without it the hooks would hold within the plugin only, and guard nothing.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'keywright',
  })
}

/** Requires permissions of a route: `{ onRequest: requires('jobs.create') }`. Together with `keywright` it is one check. */
export function requires(...parts: RequiresArguments): onRequestAsyncHookHandler {
  const requirement = readRequirement(parts)
  const hook = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const pass = passes.get(request)
    if (pass === undefined) throw notGuarded()
    const answer = pass.refusalOf(requirement)
    return answer === undefined ? undefined : refuse(reply, answer)
  }
  return carrying(hook, requirement)
}

/** Whose key a guarded request came with. */
export function apiKey(request: FastifyRequest): Caller {
  const pass = passes.get(request)
  if (pass === undefined) throw notGuarded()
  return pass.caller
}

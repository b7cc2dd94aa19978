import type { CallHandler, CanActivate, ExecutionContext } from '@nestjs/common'
import type { Answer } from '../answer.ts'
import { type Caller, createGuard, type GuardOptions, type Pass } from '../guard.ts'
import { fieldsOfRaw } from '../presented.ts'
import { notGuarded, type Requirement, type RequiresArguments, readRequirement } from '../requirement.ts'

export type { Caller, GuardOptions } from '../guard.ts'

/** Options of guards for Nest. */
export interface NestGuardOptions extends GuardOptions {
  /**
   * Leaves refusals to your exception filters: `(problem, status) => new HttpException(problem, status)`. The header fields are set before.
   * Default: the guard answers itself, and filters find the headers sent.
   */
  readonly exception?: (problem: Readonly<Record<string, unknown>>, status: number) => Error
}

/** What Nest passes on the Express platform, as far as it is used here. */
interface NestRequest {
  readonly rawHeaders: readonly string[]
  readonly originalUrl: string
  readonly socket: { readonly remoteAddress?: string | undefined }
}
interface NestResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

/** What the reflect-metadata library adds, as far as it is used here. */
interface ReflectMetadata {
  getMetadata(key: string, target: object): unknown
  defineMetadata(key: string, value: unknown, target: object): void
}

const passes = new WeakMap<object, Pass>()
const ofClasses = new WeakMap<object, readonly Requirement[]>()
const ofMethods = new WeakMap<object, ReadonlyMap<string | symbol, readonly Requirement[]>>()

function requestOf(context: ExecutionContext): NestRequest {
  const request = context.getType() === 'http' ? context.switchToHttp().getRequest<Partial<NestRequest>>() : undefined
  if (request?.rawHeaders === undefined || request.originalUrl === undefined || request.socket === undefined) {
    throw new Error(
      'keywright() guards HTTP handlers on the Express platform of Nest; this is another kind of handler or platform',
    )
  }
  return request as NestRequest
}

/**
 * What a handler requires: of its class and method, and of those that they extend. Methods are found by name, so that a requirement
 * holds also where another decorator has put a function of its own in the method's place.
 */
function inSight(context: ExecutionContext): readonly Requirement[] {
  const found: Requirement[] = []
  const handler = context.getHandler()
  const controller = context.getClass<object>()
  const names = new Set<string | symbol>()
  for (
    let prototype: object | null = controller.prototype;
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    for (const name of Reflect.ownKeys(prototype)) {
      if (Object.getOwnPropertyDescriptor(prototype, name)?.value === handler) names.add(name)
    }
  }
  for (
    let prototype: object | null = controller.prototype;
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    found.push(...(ofClasses.get(prototype) ?? []))
    for (const name of names) found.push(...(ofMethods.get(prototype)?.get(name) ?? []))
  }
  return found
}

/** Guards controllers: `app.useGlobalGuards(keywright({ verifier }))`, or `@UseGuards(keywright({ verifier }))`. */
export function keywright(options: NestGuardOptions): CanActivate {
  const guard = createGuard(options)
  const refuse = (response: NestResponse, answer: Answer): false => {
    for (const [name, value] of answer.fields) response.setHeader(name, value)
    if (options.exception !== undefined) throw options.exception(JSON.parse(answer.body), answer.status)
    response.statusCode = answer.status
    response.end(answer.body)
    // Nest's own refusal that follows finds the headers sent and only ends the response, which has ended.
    return false
  }
  return {
    async canActivate(context) {
      const request = requestOf(context)
      const response = context.switchToHttp().getResponse<NestResponse>()
      const presentation = {
        fields: fieldsOfRaw(request.rawHeaders),
        url: request.originalUrl,
        address: request.socket.remoteAddress,
      }
      const outcome = await guard.check(presentation, inSight(context), passes.get(request))
      if ('answer' in outcome) return refuse(response, outcome.answer)
      passes.set(request, outcome.pass)
      for (const [name, value] of outcome.pass.fields) response.setHeader(name, value)
      return true
    },
  }
}

/** Runs after all guards: without it, a requirement on a controller that nobody guards would hold nothing. */
const afterGuards = (requirement: Requirement) => ({
  intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    const pass = passes.get(requestOf(context))
    if (pass === undefined) throw notGuarded()
    if (pass.refusalOf(requirement) !== undefined) throw new Error('requires() was not in sight of keywright()')
    return next.handle()
  },
})

function addInterceptor(target: object, interceptor: object): void {
  const key = '__interceptors__'
  const { getMetadata, defineMetadata } = Reflect as Partial<ReflectMetadata>
  if (getMetadata === undefined || defineMetadata === undefined) {
    throw new Error("requires() needs Nest's decorators: import 'reflect-metadata' before it")
  }
  const before = getMetadata(key, target)
  defineMetadata(key, [...(Array.isArray(before) ? before : []), interceptor], target)
}

/** Requires permissions of a controller or of one of its methods: `@requires('jobs.create')`. It is part of the guard's one check. */
export function requires(
  ...parts: RequiresArguments
): (target: object, method?: string | symbol, descriptor?: PropertyDescriptor) => void {
  const requirement = readRequirement(parts)
  return (target, method, descriptor) => {
    const decorated: unknown = method === undefined ? target : descriptor?.value
    if (typeof decorated !== 'function') throw new TypeError('requires() decorates a controller or one of its methods')
    addInterceptor(decorated, afterGuards(requirement))
    if (method === undefined) {
      const prototype: object = decorated.prototype
      ofClasses.set(prototype, [...(ofClasses.get(prototype) ?? []), requirement])
      return
    }
    const methods = ofMethods.get(target) ?? new Map<string | symbol, readonly Requirement[]>()
    ofMethods.set(target, new Map(methods).set(method, [...(methods.get(method) ?? []), requirement]))
  }
}

/** Whose key a guarded request came with, for a parameter decorator: `createParamDecorator((_, context) => apiKey(context))`. */
export function apiKey(context: ExecutionContext): Caller {
  const pass = passes.get(requestOf(context))
  if (pass === undefined) throw notGuarded()
  return pass.caller
}

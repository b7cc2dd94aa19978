import { apiKey, type requires } from '@keywright/sdk/nest'
import { createParamDecorator, type ExecutionContext, type Type } from '@nestjs/common'

/** Whose key a request came with, as a parameter of a handler. */
export const ApiKey = createParamDecorator((_data: unknown, context: ExecutionContext) => apiKey(context))

/** What stands before a handler: its route, its status, what it requires. */
export type HandlerDecorator = MethodDecorator | ReturnType<typeof requires>

interface Handler {
  // What Nest hands over follows from the parameters' decorators, which no type can say.
  readonly handle: (...values: never[]) => unknown
  readonly parameters: readonly ParameterDecorator[]
  readonly decorators: readonly HandlerDecorator[]
}

/** Adds a handler to a controller as the compiler would where a program is compiled; Node runs this file as it is, without `@`. */
export function addHandler(controller: Type<unknown>, name: string, { handle, parameters, decorators }: Handler): void {
  const target: object = controller.prototype
  const descriptor: PropertyDescriptor = { value: handle, writable: true, configurable: true }
  Object.defineProperty(target, name, descriptor)
  for (const [index, decorate] of parameters.entries()) decorate(target, name, index)
  for (const decorate of decorators.toReversed()) (decorate as MethodDecorator)(target, name, descriptor)
}

import 'reflect-metadata'
import type { AddressInfo } from 'node:net'
import {
  type ArgumentsHost,
  Catch,
  Controller,
  createParamDecorator,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpException,
  type INestApplication,
  Module,
  Post,
  type Type,
  UseGuards,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { Response } from 'express'
import { afterEach, expect, test } from 'vitest'
import { keys } from '../fixtures/keys.ts'
import { sendRaw } from '../fixtures/raw-request.ts'
import { startVerifyServer, type VerifyServer, verifyCredential } from '../fixtures/verify-server.ts'
import { createKeywright } from '../keywright.ts'
import { middlewareCases, type Running } from './cases.testing.ts'
import { apiKey, type Caller, keywright, requires } from './nest.ts'

const ApiKey = createParamDecorator((_data: unknown, context: ExecutionContext) => apiKey(context))
const RawResponse = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  context.switchToHttp().getResponse(),
)

type AnyDecorator =
  | ClassDecorator
  | MethodDecorator
  | ((target: object, method?: string | symbol, descriptor?: PropertyDescriptor) => void)

/** Applies decorators to a method as the compiler would: the last one first. */
function decorate(controller: Type<unknown>, method: string, ...decorators: readonly AnyDecorator[]): void {
  const descriptor = Object.getOwnPropertyDescriptor(controller.prototype, method) as PropertyDescriptor
  for (const decorator of decorators.toReversed()) {
    ;(decorator as MethodDecorator)(controller.prototype, method, descriptor)
  }
  Object.defineProperty(controller.prototype, method, descriptor)
}

function controllerAt(path: string): Type<unknown> {
  class JobsController {
    list(caller: Caller) {
      return { keyId: caller.keyId, mayCreate: caller.has('jobs.create') }
    }
    create() {
      return {}
    }
    any(caller: Caller) {
      return { keyId: caller.keyId, mayCreate: caller.has('jobs.create') }
    }
    stream(response: Response) {
      response.setHeader('Content-Type', 'text/event-stream')
      response.write('data: 1\n\n')
      response.end('data: 2\n\n')
    }
  }
  ApiKey()(JobsController.prototype, 'list', 0)
  ApiKey()(JobsController.prototype, 'any', 0)
  RawResponse()(JobsController.prototype, 'stream', 0)
  decorate(JobsController, 'list', Get('jobs'), requires('jobs.view'))
  decorate(JobsController, 'create', Post('jobs'), requires('jobs.create', { cost: 5, tag: 'import' }))
  decorate(JobsController, 'any', Get('any'))
  decorate(JobsController, 'stream', Get('stream'), requires('jobs.view'))
  Controller(path)(JobsController)
  return JobsController
}

class BareController {
  read() {
    return 'reached'
  }
}
decorate(BareController, 'read', Get('bare'), requires('jobs.view'))
Controller()(BareController)

async function start(
  controllers: readonly Type<unknown>[],
  prepare?: (app: INestApplication) => void,
): Promise<Running> {
  class AppModule {}
  Module({ controllers: [...controllers] })(AppModule)
  const app = await NestFactory.create(AppModule, { logger: false })
  prepare?.(app)
  await app.listen(0, '127.0.0.1')
  return { port: (app.getHttpServer().address() as AddressInfo).port, close: () => app.close() }
}

middlewareCases('nest', (verifiers) =>
  start([
    ...Object.entries(verifiers).map(([name, verifier]) => {
      const controller = controllerAt(name)
      requires('jobs.view')(controller)
      UseGuards(keywright({ verifier }))(controller)
      return controller
    }),
    BareController,
  ]),
)

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

async function startWith(
  controllers: readonly Type<unknown>[],
  prepare: (app: INestApplication, server: VerifyServer) => void,
): Promise<[VerifyServer, Running]> {
  const server = await startVerifyServer({})
  const running = await start(controllers, (app) => prepare(app, server))
  open.push(running.close, server.close)
  return [server, running]
}

const verifierOf = ({ url }: VerifyServer) => createKeywright({ url, credential: verifyCredential })
const bearer = (key: string) => [['Authorization', `Bearer ${key}`]] as const

test('a requirement holds where another decorator replaces the method, and in a class that extends the controller', async () => {
  class BaseController {
    create() {
      return 'made'
    }
  }
  const replace: MethodDecorator = (_target, _method, descriptor) => {
    const wrapped = () => 'made'
    // Decorators that wrap copy the metadata along, or Nest itself would lose the route.
    for (const key of Reflect.getMetadataKeys(descriptor.value as object)) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, descriptor.value as object), wrapped)
    }
    descriptor.value = wrapped as never
  }
  decorate(BaseController, 'create', replace, Post('jobs'), requires('jobs.create'))
  class ExtendingController extends BaseController {}
  Controller('one')(BaseController)
  Controller('two')(ExtendingController)
  const [, { port }] = await startWith([BaseController, ExtendingController], (app, server) => {
    app.useGlobalGuards(keywright({ verifier: verifierOf(server) }))
  })
  for (const path of ['/one/jobs', '/two/jobs']) {
    expect((await sendRaw(port, 'POST', path, bearer(keys.view))).status).toBe(403)
    expect((await sendRaw(port, 'POST', path, bearer(keys.full))).body).toBe('made')
  }
})

test('a guard on the application and one on the controller are one check', async () => {
  const server = await startVerifyServer({})
  const verifier = verifierOf(server)
  const controller = controllerAt('v1')
  UseGuards(keywright({ verifier }))(controller)
  const running = await start([controller], (app) => void app.useGlobalGuards(keywright({ verifier })))
  open.push(running.close, server.close)
  expect((await sendRaw(running.port, 'POST', '/v1/jobs', bearer(keys.full))).status).toBe(201)
  expect(server.asked).toEqual([expect.objectContaining({ permissions: ['jobs.create'], cost: 5, tag: 'import' })])
})

test('with `exception`, refusals go through the filters of the application, header fields included', async () => {
  const caught: unknown[] = []
  class EveryFilter implements ExceptionFilter {
    catch(exception: HttpException, host: ArgumentsHost) {
      caught.push(exception.getResponse())
      const response = host.switchToHttp().getResponse<Response>()
      response.status(exception.getStatus()).json({ wrapped: exception.getResponse() })
    }
  }
  Catch(HttpException)(EveryFilter)
  const [, { port }] = await startWith([controllerAt('v1')], (app, server) => {
    const exception = (problem: Readonly<Record<string, unknown>>, status: number) => new HttpException(problem, status)
    app.useGlobalGuards(keywright({ verifier: verifierOf(server), exception }))
    app.useGlobalFilters(new EveryFilter())
  })
  const answer = await sendRaw(port, 'GET', '/v1/jobs')
  expect(answer.status).toBe(401)
  expect(answer.headers['www-authenticate']).toBe('Bearer realm="api"')
  expect(JSON.parse(answer.body)).toMatchObject({ wrapped: { code: 'credential_missing' } })
  expect(caught).toHaveLength(1)
})

test('handlers that are not HTTP are refused with an error, not let through', async () => {
  const guard = keywright({ verifier: { verify: () => expect.unreachable() } })
  const context = { getType: () => 'rpc' } as ExecutionContext
  await expect(guard.canActivate(context)).rejects.toThrow('Express platform')
})

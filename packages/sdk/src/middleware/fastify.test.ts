import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { fastify } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { keys } from '../fixtures/keys.ts'
import { sendRaw } from '../fixtures/raw-request.ts'
import { startVerifyServer, verifyCredential } from '../fixtures/verify-server.ts'
import { createKeywright } from '../keywright.ts'
import { middlewareCases } from './cases.testing.ts'
import { apiKey, keywright, requires } from './fastify.ts'

middlewareCases('fastify', async (verifiers) => {
  const app = fastify()
  for (const [name, verifier] of Object.entries(verifiers)) {
    await app.register(
      async (scope) => {
        await scope.register(keywright({ verifier, permissions: ['jobs.view'] }))
        scope.get('/jobs', { onRequest: requires('jobs.view') }, async (request) => ({
          keyId: apiKey(request).keyId,
          mayCreate: apiKey(request).has('jobs.create'),
        }))
        scope.post(
          '/jobs',
          { preHandler: [requires('jobs.create', { cost: 5, tag: 'import' })] },
          async (_request, reply) => reply.code(201).send({}),
        )
        scope.get('/any', async (request) => ({
          keyId: apiKey(request).keyId,
          mayCreate: apiKey(request).has('jobs.create'),
        }))
        scope.get('/stream', { onRequest: requires('jobs.view') }, async (_request, reply) => {
          const stream = new PassThrough()
          stream.write('data: 1\n\n')
          stream.end('data: 2\n\n')
          return reply.type('text/event-stream').send(stream)
        })
      },
      { prefix: `/${name}` },
    )
  }
  app.get('/bare', { onRequest: requires('jobs.view') }, async () => 'reached')
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() }
})

const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

test('registered on the application, it guards every route, also those of plugins below and paths that nobody serves', async () => {
  const server = await startVerifyServer({})
  const app = fastify()
  open.push(() => app.close(), server.close)
  await app.register(keywright({ verifier: createKeywright({ url: server.url, credential: verifyCredential }) }))
  await app.register(async (scope) => void scope.get('/below', async () => 'reached'))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  for (const path of ['/below', '/nowhere']) expect((await sendRaw(port, 'GET', path)).status).toBe(401)
  const authorized = [['Authorization', `Bearer ${keys.full}`]] as const
  expect((await sendRaw(port, 'GET', '/below', authorized)).body).toBe('reached')
  expect((await sendRaw(port, 'GET', '/nowhere', authorized)).status).toBe(404)
})

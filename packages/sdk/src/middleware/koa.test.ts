import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { Router } from '@koa/router'
import Koa from 'koa'
import { afterEach, expect, test } from 'vitest'
import { keys } from '../fixtures/keys.ts'
import { sendRaw } from '../fixtures/raw-request.ts'
import { startVerifyServer, verifyCredential } from '../fixtures/verify-server.ts'
import { createKeywright } from '../keywright.ts'
import { middlewareCases, type Running } from './cases.testing.ts'
import { apiKey, keywright, requires } from './koa.ts'

const listen = (app: Koa): Promise<Running> =>
  new Promise((resolve) => {
    app.silent = true
    const server = app.listen(0, '127.0.0.1', () => {
      const close = () => new Promise<void>((done) => void server.close(() => done()))
      resolve({ port: (server.address() as AddressInfo).port, close })
    })
  })

middlewareCases('koa', (verifiers) => {
  const app = new Koa()
  for (const [name, verifier] of Object.entries(verifiers)) {
    const router = new Router({ prefix: `/${name}` })
    router.use(keywright({ verifier, permissions: ['jobs.view'] }))
    router.get('/jobs', requires('jobs.view'), (context) => {
      context.body = { keyId: apiKey(context).keyId, mayCreate: apiKey(context).has('jobs.create') }
    })
    router.post('/jobs', requires('jobs.create', { cost: 5, tag: 'import' }), (context) => {
      context.status = 201
      context.body = {}
    })
    router.get('/any', (context) => {
      context.body = { keyId: apiKey(context).keyId, mayCreate: apiKey(context).has('jobs.create') }
    })
    router.get('/stream', requires('jobs.view'), (context) => {
      const stream = new PassThrough()
      context.type = 'text/event-stream'
      context.body = stream
      stream.write('data: 1\n\n')
      stream.end('data: 2\n\n')
    })
    app.use(router.routes())
  }
  const bare = new Router()
  bare.get('/bare', requires('jobs.view'), (context) => {
    context.body = 'reached'
  })
  app.use(bare.routes())
  return listen(app)
})

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

test('in front of the router, requires decides from the grant: one check, 403 for what is missing', async () => {
  const server = await startVerifyServer({})
  const app = new Koa()
  app.use(keywright({ verifier: createKeywright({ url: server.url, credential: verifyCredential }) }))
  const router = new Router()
  router.post('/jobs', requires('jobs.create'), (context) => {
    context.body = 'made'
  })
  app.use(router.routes())
  const { port, close } = await listen(app)
  open.push(close, server.close)
  expect((await sendRaw(port, 'POST', '/jobs', [['Authorization', `Bearer ${keys.view}`]])).status).toBe(403)
  expect((await sendRaw(port, 'POST', '/jobs', [['Authorization', `Bearer ${keys.full}`]])).body).toBe('made')
  expect(server.asked).toHaveLength(2)
})

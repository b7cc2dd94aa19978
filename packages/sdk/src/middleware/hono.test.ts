import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { afterEach, expect, test } from 'vitest'
import { keys } from '../fixtures/keys.ts'
import { sendRaw } from '../fixtures/raw-request.ts'
import { startVerifyServer, verifyCredential } from '../fixtures/verify-server.ts'
import { createKeywright } from '../keywright.ts'
import { middlewareCases, type Running } from './cases.testing.ts'
import { type KeywrightVariables, keywright, requires } from './hono.ts'

type App = Hono<{ Variables: KeywrightVariables }>
const newApp = (): App => new Hono<{ Variables: KeywrightVariables }>()

const listen = (app: App): Promise<Running> =>
  new Promise((resolve) => {
    app.onError((_error, context) => context.json({}, 500))
    const server = createAdaptorServer({ fetch: app.fetch })
    server.listen(0, '127.0.0.1', () => {
      const close = () => new Promise<void>((done) => void server.close(() => done()))
      resolve({ port: (server.address() as AddressInfo).port, close })
    })
  })

middlewareCases('hono', (verifiers) => {
  const app = newApp()
  for (const [name, verifier] of Object.entries(verifiers)) {
    app.use(`/${name}/*`, keywright({ verifier, permissions: ['jobs.view'] }))
    app.get(`/${name}/jobs`, requires('jobs.view'), (context) => {
      const caller = context.var.apiKey
      return context.json({ keyId: caller.keyId, mayCreate: caller.has('jobs.create') })
    })
    app.post(`/${name}/jobs`, requires('jobs.create', { cost: 5, tag: 'import' }), (context) => context.json({}, 201))
    app.get(`/${name}/any`, (context) => {
      const caller = context.get('apiKey')
      return Response.json({ keyId: caller.keyId, mayCreate: caller.has('jobs.create') })
    })
    app.get(`/${name}/stream`, requires('jobs.view'), (context) =>
      streamSSE(context, async (stream) => {
        await stream.writeSSE({ data: '1' })
        await stream.writeSSE({ data: '2' })
      }),
    )
  }
  app.get('/bare', requires('jobs.view'), (context) => context.text('reached'))
  return listen(app)
})

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

test('a mounted application is in sight too: one check with its permission and cost, also where it handles its own errors', async () => {
  const server = await startVerifyServer({})
  const app = newApp()
  app.use('*', keywright({ verifier: createKeywright({ url: server.url, credential: verifyCredential }) }))
  const mounted = newApp()
  mounted.onError((_error, context) => context.text('its own', 500))
  mounted.post('/', requires('jobs.create', { cost: 3 }), (context) => context.text('made'))
  app.route('/jobs', mounted)
  const { port, close } = await listen(app)
  open.push(close, server.close)
  const refused = await sendRaw(port, 'POST', '/jobs', [['Authorization', `Bearer ${keys.view}`]])
  expect(refused.status).toBe(403)
  expect((await sendRaw(port, 'POST', '/jobs', [['Authorization', `Bearer ${keys.full}`]])).body).toBe('made')
  expect(server.asked).toHaveLength(2)
  for (const asked of server.asked) expect(asked).toMatchObject({ permissions: ['jobs.create'], cost: 3 })
})

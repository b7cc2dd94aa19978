import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterEach, expect, test } from 'vitest'
import { keys } from '../fixtures/keys.ts'
import { sendRaw } from '../fixtures/raw-request.ts'
import { startVerifyServer, type VerifyServer, verifyCredential } from '../fixtures/verify-server.ts'
import { createKeywright } from '../keywright.ts'
import { middlewareCases, type Running } from './cases.testing.ts'
import { apiKey, keywright, requires } from './express.ts'

const listen = (app: express.Express): Promise<Running> =>
  new Promise((resolve) => {
    const server: Server = app.listen(0, '127.0.0.1', () => {
      const close = () => new Promise<void>((done) => void server.close(() => done()))
      resolve({ port: (server.address() as AddressInfo).port, close })
    })
  })

const quietly: express.ErrorRequestHandler = (_error, _request, response, _next) => void response.status(500).json({})

middlewareCases('express', (verifiers) => {
  const app = express()
  for (const [name, verifier] of Object.entries(verifiers)) {
    const guard = keywright({ verifier })
    app.get(`/${name}/jobs`, guard, requires('jobs.view'), (request, response) => {
      response.json({ keyId: apiKey(request).keyId, mayCreate: apiKey(request).has('jobs.create') })
    })
    app
      .route(`/${name}/jobs`)
      .post(
        keywright({ verifier, permissions: ['jobs.view'] }),
        requires('jobs.create', { cost: 5, tag: 'import' }),
        (_request, response) => void response.status(201).json({}),
      )
    app.get(`/${name}/any`, guard, (request, response) => {
      response.json({ keyId: apiKey(request).keyId, mayCreate: apiKey(request).has('jobs.create') })
    })
    app.get(`/${name}/stream`, guard, requires('jobs.view'), (_request, response) => {
      response.setHeader('Content-Type', 'text/event-stream')
      response.write('data: 1\n\n')
      response.end('data: 2\n\n')
    })
  }
  app.get('/bare', requires('jobs.view'), (_request, response) => void response.send('reached'))
  app.use(quietly)
  return listen(app)
})

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

async function startWith(
  build: (app: express.Express, server: VerifyServer) => void,
): Promise<[VerifyServer, Running]> {
  const server = await startVerifyServer({})
  const app = express()
  build(app, server)
  app.use(quietly)
  const running = await listen(app)
  open.push(running.close, server.close)
  return [server, running]
}

const bearer = (key: string) => [['Authorization', `Bearer ${key}`]] as const

test('after an app.use, requires decides from the grant: one check, 403 for what is missing, nothing charged twice', async () => {
  const [server, { port }] = await startWith((app, { url }) => {
    const verifier = createKeywright({ url, credential: verifyCredential })
    app.use(keywright({ verifier }), keywright({ verifier }))
    app.get(
      '/jobs',
      keywright({ verifier, permissions: ['jobs.view'] }),
      (_request, response) => void response.send('list'),
    )
    app.post('/jobs', requires('jobs.create'), (_request, response) => void response.send('made'))
  })
  expect((await sendRaw(port, 'GET', '/jobs', bearer(keys.view))).body).toBe('list')
  const refused = await sendRaw(port, 'POST', '/jobs', bearer(keys.view))
  expect(refused.status).toBe(403)
  expect(refused.headers['www-authenticate']).toContain('error="insufficient_scope", scope="jobs.create"')
  expect((await sendRaw(port, 'POST', '/jobs', bearer(keys.full))).body).toBe('made')
  expect(server.asked).toHaveLength(3)
})

test('a cost that the check before could not see is an error of the code, not a check at the wrong price', async () => {
  const [server, { port }] = await startWith((app, { url }) => {
    app.use(keywright({ verifier: createKeywright({ url, credential: verifyCredential }) }))
    app.get('/jobs', requires('jobs.view', { cost: 5 }), (_request, response) => void response.send('reached'))
  })
  expect((await sendRaw(port, 'GET', '/jobs', bearer(keys.full))).status).toBe(500)
  expect(server.asked).toHaveLength(1)
})

test('two guards with different audiences are two checks', async () => {
  const [server, { port }] = await startWith((app, { url }) => {
    const verifier = createKeywright({ url, credential: verifyCredential })
    app.use(keywright({ verifier, audience: 'one' }))
    app.get('/jobs', keywright({ verifier, audience: 'two' }), (_request, response) => void response.send('list'))
  })
  await sendRaw(port, 'GET', '/jobs', bearer(keys.full))
  expect(server.asked.map(({ audience }) => audience)).toEqual(['one', 'two'])
})

test('HEAD of a guarded GET route needs what the GET needs', async () => {
  const [server, { port }] = await startWith((app, { url }) => {
    const verifier = createKeywright({ url, credential: verifyCredential })
    app.get(
      '/jobs',
      keywright({ verifier }),
      requires('jobs.create'),
      (_request, response) => void response.send('list'),
    )
  })
  const answer = await sendRaw(port, 'HEAD', '/jobs', bearer(keys.view))
  expect([answer.status, answer.body]).toEqual([403, ''])
  expect(server.asked).toEqual([expect.objectContaining({ permissions: ['jobs.create'] })])
})

test('behind a trusted proxy the address is the first one from the right that is not trusted', async () => {
  const [server, { port }] = await startWith((app, { url }) => {
    const verifier = createKeywright({ url, credential: verifyCredential })
    app.use(keywright({ verifier, trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] }))
    app.get('/', (_request, response) => void response.send('list'))
  })
  const forwarded = [
    ['X-Forwarded-For', '203.0.113.1, 198.51.100.7'],
    ['X-Forwarded-For', '10.1.1.1'],
  ] as const
  await sendRaw(port, 'GET', '/', [...bearer(keys.full), ...forwarded])
  expect(server.asked).toEqual([expect.objectContaining({ ip: '198.51.100.7' })])
})

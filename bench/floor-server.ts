import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import fastify from 'fastify'
import { Hono } from 'hono'
import { reportsCpu } from './cpu.ts'
import { endWithParent } from './endings.ts'
import { forwardAuthFields, type Sample } from './samples.ts'

endWithParent()
// The floors of the doors: servers that read and write what our doors read and write for the same request, and decide nothing. Which
// framework and which answer come as arguments.
const [framework = 'bare', text = '{}'] = process.argv.slice(2)
const sample = JSON.parse(text) as Sample
let requests = 0

/** The answer's fields, with an id of the request's own. */
const fields = (): Record<string, string> => ({
  ...sample.fields,
  'X-Request-Id': `bench-${(requests++).toString(36)}`,
})

/** What a check reads of a body. */
function readCheck(body: unknown): void {
  const { key, permissions, ip } = body as { readonly key: string; readonly permissions: string[]; readonly ip: string }
  if (key === '' || permissions.length === 0 || ip === '') throw new Error('nothing to check')
}

/** What a check reads of a proxy's request. */
function readProxied(get: (name: string) => string | undefined, query: URLSearchParams): void {
  for (const name of forwardAuthFields) if (get(name) === undefined) throw new Error(`no ${name}`)
  if (query.get('permission') === null) throw new Error('no permission')
}

function bare(request: IncomingMessage, response: ServerResponse): void {
  const finish = () => {
    response.writeHead(200, fields())
    response.end(sample.body)
  }
  const url = request.url ?? ''
  if (request.method === 'GET') {
    readProxied((name) => request.headers[name] as string | undefined, new URLSearchParams(url.slice(url.indexOf('?'))))
    finish()
    return
  }
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => {
    body += chunk
  })
  request.on('end', () => {
    readCheck(JSON.parse(body))
    finish()
  })
}

async function withFastify(): Promise<number> {
  const app = fastify()
  app.post('/v1/verify', (request, reply) => {
    readCheck(request.body)
    void reply.headers(fields()).send(sample.body)
  })
  app.get('/v1/forward-auth', (request, reply) => {
    readProxied(
      (name) => request.headers[name] as string | undefined,
      new URLSearchParams(request.query as Record<string, string>),
    )
    void reply.headers(fields()).send()
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}

function withHono(): Promise<number> {
  const app = new Hono()
  app.post('/v1/verify', async (context) => {
    readCheck(await context.req.json())
    return context.body(sample.body, 200, fields())
  })
  app.get('/v1/forward-auth', (context) => {
    readProxied((name) => context.req.header(name), new URLSearchParams(context.req.query()))
    return context.body(null, 200, fields())
  })
  return new Promise((resolve) => {
    serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port))
  })
}

function withNothing(): Promise<number> {
  const server = createServer(bare)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

reportsCpu()
const port = await (framework === 'fastify' ? withFastify() : framework === 'hono' ? withHono() : withNothing())
process.send?.({ port })

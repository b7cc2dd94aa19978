// An API on Bun, as people write it, against the built package.
import { createVerifier } from '@keywright/sdk'
import { keywright as fetchGuard, requires as needs } from '@keywright/sdk/fetch'
import { type KeywrightVariables, keywright, requires } from '@keywright/sdk/hono'
import { Hono } from 'hono'
import { getConnInfo } from 'hono/bun'
import { setting, tell } from './telling.ts'

interface BunServer {
  readonly url: URL
  requestIP(request: Request): { readonly address: string } | null
  stop(): Promise<void>
}
declare const Bun: {
  serve(options: {
    readonly hostname: string
    readonly port: number
    readonly fetch: (request: Request, server: BunServer) => Response | Promise<Response>
  }): BunServer
}

const verifier = createVerifier({ url: setting('KEYWRIGHT_URL'), credential: setting('KEYWRIGHT_CREDENTIAL') })
await verifier.ready()
const app = new Hono<{ Variables: KeywrightVariables }>()
app.use('/hono/*', keywright({ verifier, address: (context) => getConnInfo(context).remote.address }))
app.get('/hono/jobs', requires('jobs.view'), (context) => context.json({ account: context.var.apiKey.account }))
app.get('/state', (context) => context.json(verifier.state))

const guarded = fetchGuard({
  verifier,
  address: (request, server) => (server as BunServer).requestIP(request)?.address,
})
const jobs = guarded((_request, key, _server: BunServer) => Response.json({ account: key.account }), needs('jobs.view'))
const api = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request, server) =>
    new URL(request.url).pathname === '/fetch/jobs' ? jobs(request, server) : app.fetch(request, { server }),
})
tell('serves', { url: api.url.origin })
process.once('SIGTERM', () => void api.stop().then(() => verifier.close()))

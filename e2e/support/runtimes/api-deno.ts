// An API on Deno, as people write it, against the built package.
import { createVerifier } from '@keywright/sdk'
import { keywright as fetchGuard, requires as needs } from '@keywright/sdk/fetch'
import { type KeywrightVariables, keywright, requires } from '@keywright/sdk/hono'
import { Hono } from 'hono'
import { getConnInfo } from 'hono/deno'
import { setting, tell } from './telling.ts'

interface DenoInfo {
  readonly remoteAddr: { readonly hostname: string }
}
declare const Deno: {
  serve(
    options: { readonly hostname: string; readonly port: number; readonly onListen: () => void },
    handler: (request: Request, info: DenoInfo) => Response | Promise<Response>,
  ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> }
}

const verifier = createVerifier({ url: setting('KEYWRIGHT_URL'), credential: setting('KEYWRIGHT_CREDENTIAL') })
await verifier.ready()
const app = new Hono<{ Variables: KeywrightVariables }>()
app.use('/hono/*', keywright({ verifier, address: (context) => getConnInfo(context).remote.address }))
app.get('/hono/jobs', requires('jobs.view'), (context) => context.json({ account: context.var.apiKey.account }))
app.get('/state', (context) => context.json(verifier.state))

const guarded = fetchGuard({ verifier, address: (_request, info) => (info as DenoInfo).remoteAddr.hostname })
const jobs = guarded((_request, key, _info: DenoInfo) => Response.json({ account: key.account }), needs('jobs.view'))
const api = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: () => {} }, (request, info) =>
  new URL(request.url).pathname === '/fetch/jobs' ? jobs(request, info) : app.fetch(request, info),
)
tell('serves', { url: `http://127.0.0.1:${api.addr.port}` })
process.once('SIGTERM', () => void api.shutdown().then(() => verifier.close()))

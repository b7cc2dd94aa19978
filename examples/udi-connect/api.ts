import { randomUUID } from 'node:crypto'
import { type ServerType, serve } from '@hono/node-server'
import { createKeywright } from '@keywright/sdk'
import { type KeywrightVariables, keywright } from '@keywright/sdk/hono'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'

interface Agent {
  readonly id: string
  readonly name: string
  readonly instructions: string
}

type Variables = { Variables: KeywrightVariables }

const bodyBytesMax = 64 * 1024
const nameCharactersMax = 100

/** Refuses a request; the API has no other form of error (RFC 9457). */
const refuse = (context: Context, status: 400 | 404 | 413, title: string, detail: string) =>
  context.body(JSON.stringify({ title, status, detail }), status, { 'content-type': 'application/problem+json' })

/** What an agent is made of, from the text of a body; otherwise what is wrong with it. */
function readAgent(text: string): Omit<Agent, 'id'> | { readonly refused: string } {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return { refused: 'Send a JSON object.' }
  }
  if (typeof body !== 'object' || body === null) return { refused: 'Send a JSON object.' }
  const { name, instructions = '' } = body as { readonly name?: unknown; readonly instructions?: unknown }
  if (typeof name !== 'string' || name.trim() === '' || name.length > nameCharactersMax)
    return { refused: `"name" has to be a text of 1 to ${nameCharactersMax} characters.` }
  if (typeof instructions !== 'string') return { refused: '"instructions" has to be a text.' }
  return { name: name.trim(), instructions }
}

/** Makes the protected API. `verifyCredential` names the environment that this instance of it serves; nothing is shared between instances. */
export function createApi(keywrightUrl: string, verifyCredential: string): Hono<Variables> {
  const verifier = createKeywright({ url: keywrightUrl, credential: verifyCredential })
  const agentsOf = new Map<string, Map<string, Agent>>()
  /** The agents of the organization whose key asks. */
  const agents = ({ var: { apiKey } }: Context<Variables>): Map<string, Agent> => {
    const found = agentsOf.get(apiKey.account) ?? new Map<string, Agent>()
    agentsOf.set(apiKey.account, found)
    return found
  }
  const absent = (context: Context) =>
    refuse(context, 404, 'No such agent', 'Your organization has no agent of this id.')

  const app = new Hono<Variables>()
  app.use('/v1/*', keywright({ verifier }))
  app.use(
    '/v1/*',
    bodyLimit({
      maxSize: bodyBytesMax,
      onError: (context) => refuse(context, 413, 'Too large', `A body has at most ${bodyBytesMax} bytes.`),
    }),
  )

  app.get('/v1/agents', (context) =>
    context.json({ environment: context.var.apiKey.environment, agents: [...agents(context).values()] }),
  )

  app.post('/v1/agents', async (context) => {
    const read = readAgent(await context.req.text())
    if ('refused' in read) return refuse(context, 400, 'Not an agent', read.refused)
    const agent: Agent = { id: randomUUID(), ...read }
    agents(context).set(agent.id, agent)
    return context.json(agent, 201)
  })

  app.get('/v1/agents/:id', (context) => {
    const agent = agents(context).get(context.req.param('id'))
    return agent === undefined ? absent(context) : context.json(agent)
  })

  app.delete('/v1/agents/:id', (context) =>
    agents(context).delete(context.req.param('id')) ? context.body(null, 204) : absent(context),
  )
  return app
}

/** Where an API listens on this machine, and how it stops. */
export interface Listening {
  readonly url: string
  close(): Promise<void>
}

/** Listens on a port of this machine; 0 takes a free one. */
export function listen({ fetch }: Hono<Variables>, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server: ServerType = serve({ fetch, port, hostname: '127.0.0.1' }, ({ port: taken }) => {
      const close = () => new Promise<void>((done) => void server.close(() => done()))
      resolve({ url: `http://127.0.0.1:${taken}`, close })
    })
    server.once('error', reject)
  })
}

if (import.meta.main) {
  const { KEYWRIGHT_URL = 'http://127.0.0.1:3000', KEYWRIGHT_CREDENTIAL, PORT = '4000' } = process.env
  if (KEYWRIGHT_CREDENTIAL === undefined) {
    console.error('Set KEYWRIGHT_CREDENTIAL to a verify credential of the environment that this API serves.')
    process.exit(1)
  }
  const { url } = await listen(createApi(KEYWRIGHT_URL, KEYWRIGHT_CREDENTIAL), Number(PORT))
  console.log(`The API listens on ${url}`)
}

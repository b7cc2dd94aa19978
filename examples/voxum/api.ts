import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createKeywright } from '@keywright/sdk'
import { apiKey, keywright, requires } from '@keywright/sdk/koa'
import { Router } from '@koa/router'
import Koa, { type Context } from 'koa'
import { readInventoryJson, readInventoryXml, type Vehicle } from './inventory-text.ts'
import { type Lead, readLead } from './lead.ts'
import { readText } from './read-text.ts'

/** A talk of a visitor with the chatbot on a dealer's site. */
interface Conversation {
  readonly visitor: string
  readonly messages: readonly string[]
}

/** What the chatbot has recorded, by the account whose chatbot it is. */
export type Recorded = (account: string) => readonly Conversation[]

/** One account's part of what is kept: nothing here can be reached from another account's key. */
function ofAccounts<Part>(make: () => Part): (account: string) => Part {
  const parts = new Map<string, Part>()
  return (account) => {
    const part = parts.get(account) ?? make()
    parts.set(account, part)
    return part
  }
}

function refuse(context: Context, status: number, title: string, detail: string): void {
  context.status = status
  context.body = { title, status, detail }
  context.type = 'application/problem+json'
}

/** Makes the protected API. Keys come in the header X-API-Key alone, as the configuration says. */
export function createApi(keywrightUrl: string, verifyCredential: string, recorded: Recorded = () => []): Koa {
  const verifier = createKeywright({ url: keywrightUrl, credential: verifyCredential })
  const inventoryOf = ofAccounts(() => new Map<string, Vehicle>())
  const leadsOf = ofAccounts<Lead[]>(() => [])
  const greetingOf = ofAccounts(() => ({ greeting: 'Hello! Which car are you looking for?' }))

  const router = new Router({ prefix: '/api' })
  router.use(keywright({ verifier }))

  router.get('/inventory', requires('inventory.view'), (context) => {
    context.body = { vehicles: [...inventoryOf(apiKey(context).account).values()] }
  })

  // Vehicles that are there already are brought up to date.
  router.post('/inventory', requires('inventory.edit'), async (context) => {
    const type = context.is('application/json', 'application/xml', 'text/xml')
    if (typeof type !== 'string')
      return refuse(context, 415, 'Unsupported Media Type', 'send application/json or application/xml')
    const text = await readText(context.req)
    if (typeof text !== 'string') return refuse(context, 413, 'Content Too Large', text.refused)
    const vehicles = type === 'application/json' ? readInventoryJson(text) : readInventoryXml(text)
    if ('refused' in vehicles) return refuse(context, 400, 'Bad Request', vehicles.refused)
    const inventory = inventoryOf(apiKey(context).account)
    for (const vehicle of vehicles) inventory.set(vehicle.vin, vehicle)
    context.body = { received: vehicles.length, offered: inventory.size }
  })

  router.get('/leads', requires('leads.view'), (context) => {
    context.body = { leads: leadsOf(apiKey(context).account) }
  })

  router.post('/leads', requires('leads.edit'), async (context) => {
    const text = await readText(context.req)
    if (typeof text !== 'string') return refuse(context, 413, 'Content Too Large', text.refused)
    const read = readLead(text)
    if ('refused' in read) return refuse(context, 400, 'Bad Request', read.refused)
    const lead = { id: randomUUID(), ...read }
    leadsOf(apiKey(context).account).push(lead)
    context.status = 201
    context.body = lead
  })

  router.get('/chatbot/conversations', requires('chatbot.view'), (context) => {
    const { account } = apiKey(context)
    context.body = { ...greetingOf(account), conversations: recorded(account) }
  })

  // No key has this: the chatbot is managed in the admin panel.
  router.put('/chatbot/greeting', requires('chatbot.edit'), async (context) => {
    const text = await readText(context.req)
    if (typeof text !== 'string') return refuse(context, 413, 'Content Too Large', text.refused)
    greetingOf(apiKey(context).account).greeting = text
    context.status = 204
  })

  const app = new Koa()
  app.use(router.routes())
  return app
}

/** Where an API listens on this machine, and how it stops. */
interface Listening {
  readonly url: string
  close(): Promise<void>
}

/** Listens on a port of this machine; 0 takes a free one. */
export function listen(app: Koa, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server: Server = app.listen(port, '127.0.0.1', () => {
      const { port: taken } = server.address() as AddressInfo
      const close = () => new Promise<void>((done) => void server.close(() => done()))
      resolve({ url: `http://127.0.0.1:${taken}`, close })
    })
    server.once('error', reject)
  })
}

if (import.meta.main) {
  const { KEYWRIGHT_URL = 'http://127.0.0.1:3000', KEYWRIGHT_CREDENTIAL, PORT = '4000' } = process.env
  if (KEYWRIGHT_CREDENTIAL === undefined) {
    console.error('Set KEYWRIGHT_CREDENTIAL to a verify credential of this API.')
    process.exit(1)
  }
  const { url } = await listen(createApi(KEYWRIGHT_URL, KEYWRIGHT_CREDENTIAL), Number(PORT))
  console.log(`The API listens on ${url}`)
}

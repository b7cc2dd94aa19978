import { createServer, type Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { createKeywright } from '@keywright/sdk'
import { apiKey, keywright } from '@keywright/sdk/express'
import express, { type ErrorRequestHandler, type Response } from 'express'

/** What a visitor asked and was told. */
interface Conversation {
  readonly question: string
  readonly answer: string
}

interface Chat {
  /** Answers by question, in lower case. */
  readonly knowledge: Map<string, string>
  readonly conversations: Conversation[]
}

const unknownAnswer = 'I do not know that yet. I have passed your question on to the team.'

/** Refuses a request; the API has no other form of error, whatever its success looks like (RFC 9457). */
function refuse(response: Response, status: number, title: string, detail: string): void {
  response.status(status).type('application/problem+json').send(JSON.stringify({ title, status, detail }))
}

/** Reads a text of a JSON body that has to be there; otherwise the request is refused and `undefined` is answered. */
function readText(response: Response, body: unknown, name: string): string | undefined {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  if (typeof value === 'string' && value.trim() !== '' && value.length <= 2_000) return value.trim()
  refuse(response, 422, 'Not a chat message', `Send a JSON object whose "${name}" is a text of 1 to 2,000 characters.`)
  return undefined
}

const sendEvent = (response: Response, event: string, data: object): boolean =>
  response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)

/** Only bodies that express could not read get here; nothing of the body is repeated. */
const refuseBody: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : undefined
  // A stream that has begun cannot become an error any more: its connection is cut.
  if (response.headersSent || typeof status !== 'number' || status >= 500) return next(error)
  refuse(response, status, 'Unreadable request', 'Send a JSON object with Content-Type: application/json.')
}

/**
 * Makes the protected API, not yet listening. `verifyCredential` names both audiences; each route narrows it to its own, so that a key of
 * the other type is refused. `pace` is waited for after each word of a stream.
 */
export function createApi(
  keywrightUrl: string,
  verifyCredential: string,
  pace: () => Promise<unknown> = () => pause(60),
): Server {
  const verifier = createKeywright({ url: keywrightUrl, credential: verifyCredential })
  const chats = new Map<string, Chat>()
  const chatOf = (account: string): Chat => {
    const chat = chats.get(account) ?? { knowledge: new Map(), conversations: [] }
    chats.set(account, chat)
    return chat
  }

  const app = express().disable('x-powered-by')
  // Keys are judged before anything of a body is read.
  const customer = keywright({ verifier, audience: 'customer-chat' })
  const management = keywright({ verifier, audience: 'management-chat' })
  const json = express.json({ limit: '16kb' })

  // The answer is streamed word by word as server-sent events.
  app.post('/api/v1/customer/chat', customer, json, async (request, response) => {
    const question = readText(response, request.body, 'message')
    if (question === undefined) return
    const { knowledge, conversations } = chatOf(apiKey(request).account)
    const answer = knowledge.get(question.toLowerCase()) ?? unknownAnswer
    conversations.push({ question, answer })
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    for (const text of answer.match(/\S+\s*/g) ?? []) {
      if (response.destroyed) return
      sendEvent(response, 'word', { text })
      await pace()
    }
    sendEvent(response, 'done', { answer })
    response.end()
  })

  app.get('/api/v1/management/chat', management, (request, response) => {
    response.json({ conversations: chatOf(apiKey(request).account).conversations })
  })

  // Teaches the chat an answer.
  app.post('/api/v1/management/chat', management, json, (request, response) => {
    const question = readText(response, request.body, 'question')
    if (question === undefined) return
    const answer = readText(response, request.body, 'answer')
    if (answer === undefined) return
    chatOf(apiKey(request).account).knowledge.set(question.toLowerCase(), answer)
    response.status(201).json({ question, answer })
  })

  app.use((request, response) =>
    refuse(response, 404, 'Not found', `There is no ${request.method} at this address; see the README.`),
  )
  app.use(refuseBody)
  return createServer(app)
}

if (import.meta.main) {
  const { KEYWRIGHT_URL = 'http://127.0.0.1:3000', KEYWRIGHT_CREDENTIAL, PORT = '4000' } = process.env
  if (KEYWRIGHT_CREDENTIAL === undefined) {
    console.error(
      'Set KEYWRIGHT_CREDENTIAL to a verify credential with the audiences customer-chat and management-chat.',
    )
    process.exit(1)
  }
  createApi(KEYWRIGHT_URL, KEYWRIGHT_CREDENTIAL).listen(Number(PORT), '127.0.0.1', () => {
    console.log(`The API listens on http://127.0.0.1:${PORT}`)
  })
}

import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { Webhook } from 'standardwebhooks'

/**
 * A receiver of webhooks in a process of its own, as an adopter would write it: the reference library verifies each message before anything is
 * believed, and its id tells repetitions apart. What was accepted is appended to a file, one JSON line each, before it is acknowledged.
 */
const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, file: { type: 'string' }, secret: { type: 'string' } },
})
const { file, secret } = values
if (file === undefined || secret === undefined) throw new Error('give --file and --secret')
const webhook = new Webhook(secret)

const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const body = Buffer.concat(parts).toString('utf8')
    const id = String(request.headers['webhook-id'])
    try {
      const message = webhook.verify(body, request.headers as Record<string, string>)
      appendFileSync(file, `${JSON.stringify({ id, message, body, headers: request.headers })}\n`)
      response.writeHead(204).end()
    } catch {
      response.writeHead(401).end()
    }
  })
})
server.listen(Number(values.port), '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`receives at ${typeof address === 'object' ? address?.port : ''}\n`)
})

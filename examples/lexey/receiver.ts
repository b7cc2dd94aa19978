import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'

/** A message about a key, as Keywright sends it. */
export interface KeyEvent {
  readonly type: string
  readonly timestamp: string
  readonly data: { readonly account: string; readonly target: { readonly kind: string; readonly id: string } }
}

const bodyBytesMax = 65_536
const toleranceSeconds = 300

/** Whether a message was signed with a secret, within the last five minutes (Standard Webhooks 1.0, symmetric). */
function isSigned(secret: string, headers: IncomingHttpHeaders, body: Buffer): boolean {
  const seconds = String(headers['webhook-timestamp'])
  if (!/^\d{1,12}$/.test(seconds) || Math.abs(Date.now() / 1_000 - Number(seconds)) > toleranceSeconds) return false
  const expected = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    .update(`${String(headers['webhook-id'])}.${seconds}.`)
    .update(body)
    .digest()
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => Buffer.from(part.slice(3), 'base64'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected))
}

/**
 * Makes a receiver of webhooks, not yet listening: a message is believed only if it is signed with `secret()`, and told once however
 * often it comes. The secret is asked for late, since a webhook has one only after it was made for the receiver's address.
 */
export function createReceiver(secret: () => string | undefined, tell: (event: KeyEvent) => void): Server {
  // In production: a table with a unique column.
  const seen = new Set<string>()
  return createServer((request, response) => {
    const parts: Buffer[] = []
    let bytes = 0
    request.on('data', (part: Buffer) => {
      bytes += part.length
      if (bytes <= bodyBytesMax) parts.push(part)
    })
    request.on('end', () => {
      const known = secret()
      const body = Buffer.concat(parts)
      const isGenuine = bytes <= bodyBytesMax && known !== undefined && isSigned(known, request.headers, body)
      response.writeHead(isGenuine ? 204 : 401).end()
      const id = String(request.headers['webhook-id'])
      if (!isGenuine || seen.has(id)) return
      seen.add(id)
      tell(JSON.parse(body.toString('utf8')) as KeyEvent)
    })
  })
}

import type { IncomingMessage } from 'node:http'
import { type Refused, refused } from './refused.ts'

const bodyBytesMax = 1_048_576

/** The body of a request as text. */
export async function readText(request: IncomingMessage): Promise<string | Refused> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > bodyBytesMax) return refused(`the body is longer than ${bodyBytesMax} bytes; send it in parts`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

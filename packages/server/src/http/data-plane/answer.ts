import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Problem, problems } from '@keywright/core'

const realm = 'Bearer realm="keywright"'

const challenges: Readonly<Record<string, string>> = {
  credential_missing: realm,
  credential_ambiguous: `${realm}, error="invalid_request"`,
  invalid_token: `${realm}, error="invalid_token"`,
}

let requests = 0

/** Gives each request its id; the process's random part is made once, since a door answers in microseconds. */
export const requestIds =
  (processId: string): (() => string) =>
  () =>
    `${processId}-${(requests++).toString(36)}`

/** Sends JSON with what every answer of the data plane carries. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: string,
  requestId: string,
  more?: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, {
    'Content-Type': status < 400 ? 'application/json; charset=utf-8' : 'application/problem+json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': requestId,
    ...more,
  })
  response.end(body)
}

/** Sends a refused request as RFC 9457 has it, with the challenge of RFC 6750 where it is about the credential. */
export function sendProblem(
  response: ServerResponse,
  refused: Problem,
  publicUrl: string,
  requestId: string,
  more?: Readonly<Record<string, string>>,
): void {
  const { status, title } = problems[refused.problem]
  const challenge = challenges[refused.problem]
  const document = {
    type: `${publicUrl}/problems/${refused.problem}`,
    title,
    status,
    ...(refused.detail === undefined ? {} : { detail: refused.detail }),
    code: refused.problem,
    request_id: requestId,
    ...(refused.errors === undefined ? {} : { errors: refused.errors }),
  }
  sendJson(response, status, JSON.stringify(document), requestId, {
    ...(challenge === undefined ? {} : { 'WWW-Authenticate': challenge }),
    ...(status === 503 ? { 'Retry-After': '1' } : {}),
    ...more,
  })
}

/** Reads a whole body of at most `bytesMax` bytes as UTF-8, and calls back once: with the text, or `undefined` where it is longer. */
export function readBody(request: IncomingMessage, bytesMax: number, done: (text: string | undefined) => void): void {
  let first: Buffer | undefined
  let more: Buffer[] | undefined
  let length = 0
  let finished = false
  const finish = (text: string | undefined) => {
    if (finished) return
    finished = true
    done(text)
  }
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > bytesMax) {
      request.pause()
      finish(undefined)
    } else if (first === undefined) first = chunk
    else {
      more ??= [first]
      more.push(chunk)
    }
  })
  request.on('end', () => finish((more === undefined ? first : Buffer.concat(more))?.toString('utf8') ?? ''))
}

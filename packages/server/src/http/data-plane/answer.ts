import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Problem } from '@keywright/core'
import { type AnswerContext, problemAnswer } from '../respond.ts'

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
  const bytes = Buffer.byteLength(body)
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': bytes,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': requestId,
    ...more,
  })
  // What is ASCII throughout is the same bytes in both encodings, and written faster as this one.
  endTogether(response, body, bytes === body.length ? 'latin1' : 'utf8')
}

interface Ending {
  readonly response: ServerResponse
  readonly body: string
  readonly encoding: 'latin1' | 'utf8'
}

let endings: Ending[] = []

/**
 * Ends an answer in the same turn of the event loop, once every request that the turn has brought was read. A write wakes whoever waits for
 * it: one behind the other they wake a client of many connections once, and cost a fifth less.
 */
export function endTogether(response: ServerResponse, body = '', encoding: Ending['encoding'] = 'utf8'): void {
  if (endings.push({ response, body, encoding }) === 1) setImmediate(endAll)
}

function endAll(): void {
  const all = endings
  endings = []
  for (const { response, body, encoding } of all) response.end(body, encoding)
}

/** Sends a refused request as the management plane does. */
export function sendProblem(
  response: ServerResponse,
  refused: Problem,
  about: AnswerContext,
  more?: Readonly<Record<string, string>>,
): void {
  const { status, headers, body } = problemAnswer(refused, about, more)
  sendJson(response, status, body, about.requestId, headers)
}

/** A body that was announced and not read to its end is not waited for: the connection ends with the answer. */
export function leaveUnread(request: IncomingMessage, response: ServerResponse): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  const announced = encoding !== undefined || (length !== undefined && length !== '0')
  if (announced && !request.complete) response.shouldKeepAlive = false
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

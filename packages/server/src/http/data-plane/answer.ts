import type { Problem } from '@keywright/core'
import { type AnswerContext, problemAnswer } from '../respond.ts'
import type { Exchange } from './exchange.ts'

let requests = 0

/** Gives each request its id; the process's random part is made once, since a door answers in microseconds. */
export const requestIds =
  (processId: string): (() => string) =>
  () =>
    `${processId}-${(requests++).toString(36)}`

/** What every answer of the data plane carries besides what it is. */
const usualFields = (requestId: string): string[] => [
  'Cache-Control',
  'no-store',
  'X-Content-Type-Options',
  'nosniff',
  'X-Request-Id',
  requestId,
]

/** Sends JSON. */
export function sendJson(exchange: Exchange, status: number, body: string, requestId: string): void {
  const fields = usualFields(requestId)
  fields.push('Content-Type', 'application/json; charset=utf-8')
  exchange.answer(status, fields, body)
}

/** Sends a refused request as the management plane does. */
export function sendProblem(
  exchange: Exchange,
  refused: Problem,
  about: AnswerContext,
  more?: Readonly<Record<string, string>>,
): void {
  const { status, headers, body } = problemAnswer(refused, about, more)
  exchange.answer(status, [...usualFields(about.requestId), ...Object.entries(headers).flat()], body)
}

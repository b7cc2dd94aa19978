import type { ServerResponse } from 'node:http'
import { type CredentialFacts, type Position, type Problem, type ProblemError, problem } from '@keywright/core'
import { fieldOf } from './exchange.ts'
import type { FeedPlace } from './feed.ts'
import { parameterProblem, queryErrors, readPosition } from './position.ts'
import { type DoorDeps, fail, refuse, type Visit } from './visit.ts'

/** When a caller who found no place, or no proof, may come again. */
const retryAfter = { 'Retry-After': '5' }

const headersOf = (requestId: string): Readonly<Record<string, string>> => ({
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  // Proxies that gather answers before they pass them on would gather for ever.
  'X-Accel-Buffering': 'no',
  'X-Request-Id': requestId,
})

/** Answers `GET /v1/feed`: what changes, as server-sent events, for as long as the connection and the credential last. */
export function serveFeed(visit: Visit, caller: CredentialFacts, deps: DoorDeps): void {
  const after = readAfter(visit)
  if (after !== null && 'problem' in after) {
    refuse(visit, after, deps)
    return
  }
  const { stream } = visit
  const place = stream === null ? undefined : deps.feed.join(caller.id, stream)
  if (stream === null || place === undefined) {
    refuse(visit, problem('unavailable', 'Too many feeds are open.'), deps, retryAfter)
    return
  }
  const { position, ageMs } = deps.engine.state
  const isAhead =
    after !== null && position !== null && after.epoch === position.epoch && after.number > position.number
  if (ageMs <= deps.freshnessMs && !isAhead) begin(visit, stream, place, after, deps)
  else
    deps.engine.prove(deps.freshnessMs, deps.freshnessMs).then(
      () => begin(visit, stream, place, after, deps),
      (error: unknown) => fail(visit, error, deps),
    )
}

/** The place after which a caller wants to be told; where a browser connects again, the header is newer than the address. */
function readAfter({ exchange, query }: Visit): Position | null | Problem<'invalid_parameters' | 'bad_request'> {
  if (fieldOf(exchange, 'transfer-encoding') !== undefined || (fieldOf(exchange, 'content-length') ?? '0') !== '0')
    return problem('bad_request', 'Send no body here.')
  const errors: ProblemError[] = queryErrors(query, ['after'])
  const read = [
    readPosition(query.get('after'), 'after'),
    readPosition(textOf(fieldOf(exchange, 'last-event-id')), 'Last-Event-ID'),
  ]
  const positions: Position[] = []
  for (const each of read) {
    if (each !== null && 'detail' in each) errors.push(each)
    else if (each !== null) positions.push(each)
  }
  return errors.length > 0 ? parameterProblem(errors) : (positions.at(-1) ?? null)
}

const textOf = (field: string | undefined): string | null => (field === undefined || field === '' ? null : field)

function begin(visit: Visit, stream: ServerResponse, place: FeedPlace, after: Position | null, deps: DoorDeps): void {
  if (place.begin(after, headersOf(visit.requestId))) return
  place.leave()
  if (!stream.destroyed) refuse(visit, problem('unavailable'), deps, retryAfter)
}

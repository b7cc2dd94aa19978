import type { ServerResponse } from 'node:http'
import type { Code, CredentialFacts, NetworkRange, NodeEngine, Problem, ResolvedConfig } from '@keywright/core'
import { problem } from '@keywright/core'
import type { LineLog } from '../../log.ts'
import type { CheckReads, Usage } from '../../storage/ports.ts'
import { JsonRefused, parseUnambiguousJson } from '../json.ts'
import { faultFields } from '../logged.ts'
import type { FailureThrottle } from '../throttle.ts'
import { sendProblem } from './answer.ts'
import { type Exchange, fieldOf } from './exchange.ts'
import type { Feed } from './feed.ts'
import type { LogWindow } from './window.ts'

/** What the doors of the data plane need. */
export interface DoorDeps {
  readonly engine: NodeEngine
  readonly config: ResolvedConfig
  readonly configHash: string
  readonly freshnessMs: number
  /** The newest entries of the log, as the engine was told of them. */
  readonly window: LogWindow
  /** Reads the store's head itself, for callers of whose place the window does not know. */
  readonly head: CheckReads['head']
  readonly feed: Feed
  readonly storeUsage: Usage['store']
  readonly throttle: FailureThrottle
  readonly trustedProxies: readonly NetworkRange[]
  readonly publicUrl: string
  readonly requestId: () => string
  readonly log: LineLog
  /** Told of every answered check, for metrics. */
  readonly counted: (code: Code) => void
}

/** One request at a door. */
export interface Visit {
  readonly exchange: Exchange
  /** For an answer that goes on for as long as the connection does; `null` where nothing can be held open. */
  readonly stream: ServerResponse | null
  readonly query: URLSearchParams
  readonly requestId: string
}

/** A credential's facts that name for what it checks. */
export type VerifyCredential = CredentialFacts & { readonly kind: 'verify' }

/** Answers a refusal. */
export function refuse(visit: Visit, refused: Problem, deps: DoorDeps, more?: Readonly<Record<string, string>>): void {
  sendProblem(visit.exchange, refused, { publicUrl: deps.publicUrl, requestId: visit.requestId }, more)
}

/** Answers with 500 and logs why. */
export function fail(visit: Visit, error: unknown, deps: DoorDeps): void {
  deps.log.error(
    { requestId: visit.requestId, ...faultFields(error) },
    'A door failed; the request was answered with 500.',
  )
  if (visit.exchange.isAnswered) visit.exchange.destroy()
  else refuse(visit, problem('internal_error'), deps)
}

/** Goes on where the caller is a verify credential, and refuses an operator: what is told and taken here is of what one credential checks for. */
export function asVerifier(
  visit: Visit,
  caller: CredentialFacts,
  deps: DoorDeps,
  go: (caller: VerifyCredential) => void,
): void {
  if (caller.kind === 'verify') go(caller)
  else refuse(visit, problem('forbidden', 'Only verify credentials may ask this.'), deps)
}

/** Reads a JSON body and goes on with it, or refuses. */
export function withJson(
  visit: Visit,
  bytesMax: number,
  deps: DoorDeps,
  go: (value: unknown) => void,
  parse: (text: string) => unknown = parseUnambiguousJson,
): void {
  const { exchange } = visit
  const type = fieldOf(exchange, 'content-type') ?? ''
  if (type !== 'application/json' && !/^application\/json\s*(?:;|$)/i.test(type)) {
    refuse(visit, problem('media_type_unsupported', 'Send Content-Type: application/json.'), deps)
    return
  }
  if (fieldOf(exchange, 'content-encoding') !== undefined) {
    refuse(visit, problem('media_type_unsupported', 'Send the body without Content-Encoding.'), deps)
    return
  }
  exchange.readBody(bytesMax, (text) => {
    if (text === undefined) {
      refuse(visit, problem('body_too_large', `At most ${bytesMax} bytes are read.`), deps)
      return
    }
    try {
      go(parse(text))
    } catch (error) {
      if (error instanceof JsonRefused) refuse(visit, problem('bad_request', error.message), deps)
      else fail(visit, error, deps)
    }
  })
}

import { type CredentialFacts, isProblem, type NodeEngine, type Position, type Problem, problem } from '@keywright/core'
import type { HeadAnswer } from '../../storage/ports.ts'
import { faultFields } from '../logged.ts'
import { sendJson } from './answer.ts'
import { formatPosition, parameterProblem, queryErrors, readPosition } from './position.ts'
import { type DoorDeps, refuse, type Visit } from './visit.ts'

/** The most changes that one answer holds. */
const changesMax = 1_000
/** Callers are not told proofs older than three eighths of this or of the node's own bound: a little more than the time between two of its reads. */
const promptBoundMs = 1_000
/** Reads that a caller who is ahead of this node waits for; the first may have been sent too early. */
const roundsMax = 2

/** What a read of the head asks: after which position (none: only where the head is), and the nonce to give back. */
interface HeadQuery {
  readonly after: Position | null
  readonly nonce: string | null
}

/** Reads the query of `GET /v1/head`. */
function readHeadQuery(query: URLSearchParams): HeadQuery | Problem<'invalid_parameters'> {
  const errors = queryErrors(query, ['after', 'nonce'])
  const after = readPosition(query.get('after'), 'after')
  const nonce = query.get('nonce')
  if (after !== null && 'detail' in after) errors.push(after)
  if (nonce !== null && !/^[\w-]{1,64}$/.test(nonce))
    errors.push({ parameter: 'nonce', detail: 'It must be 1 to 64 letters, digits, _ or -.' })
  return errors.length > 0 || (after !== null && 'detail' in after) ? parameterProblem(errors) : { after, nonce }
}

/**
 * Answers `GET /v1/head` from this node's own memory: where its engine is, and how old the engine's proof of that is at this moment. The store
 * is read where the engine's proof is too old for others, once for all who ask meanwhile, and where the window does not know the caller's place.
 */
export function serveHead(visit: Visit, _caller: CredentialFacts, deps: DoorDeps): void {
  const asked = readHeadQuery(visit.query)
  if (isProblem(asked)) {
    refuse(visit, asked, deps)
    return
  }
  const promptMs = (Math.min(deps.freshnessMs, promptBoundMs) * 3) / 8
  const known = fromMemory(asked, deps, promptMs)
  if (known !== undefined) {
    sendJson(visit.exchange, 200, known, visit.requestId)
    return
  }
  fromReads(asked, deps, promptMs).then(
    (body) => sendJson(visit.exchange, 200, body, visit.requestId),
    (error: unknown) => {
      deps.log.error({ requestId: visit.requestId, ...faultFields(error) }, "The log's head could not be read.")
      refuse(visit, problem('unavailable'), deps)
    },
  )
}

type HeadDeps = Pick<DoorDeps, 'engine' | 'window' | 'head' | 'freshnessMs'>

/** The answer from memory, where its proof is not older than `withinMs` and it knows what changed since the caller's place. */
function fromMemory({ after, nonce }: HeadQuery, { engine, window }: HeadDeps, withinMs: number): string | undefined {
  const { position, ageMs } = engine.state
  if (position === null || ageMs > withinMs) return undefined
  if (after === null || isSame(after, position)) return bodyOf(headAt(engine, position, ageMs), '', nonce)
  if (after.number > position.number || !window.has(after) || !window.has(position)) return undefined
  const entries = window.between(after.number, Math.min(position.number, after.number + changesMax))
  const last = entries.at(-1)
  const reached = last === undefined ? position : { epoch: position.epoch, number: last.number, hash: last.hash }
  const head = { ...headAt(engine, reached, ageMs), complete: reached.number === position.number }
  return bodyOf(head, entries.map(({ json, hash }) => withHash(json, hash)).join(), nonce)
}

/** The answer after reading: together with whoever reads the head meanwhile or, where that does not help, from the store itself. */
async function fromReads(asked: HeadQuery, deps: HeadDeps, promptMs: number): Promise<string> {
  const { engine, freshnessMs } = deps
  for (let round = 0; round < roundsMax && (engine.state.ageMs > promptMs || isAhead(asked, engine)); round++) {
    // Where the source fails, what is still proved is told while it is, with its age.
    const waitMs = engine.state.ageMs <= freshnessMs ? freshnessMs / 4 : freshnessMs
    const proved = await engine.prove(promptMs, waitMs)
    const known = fromMemory(asked, deps, freshnessMs)
    if (known !== undefined) return known
    if (!proved) throw new Error('the head could not be read in time')
  }
  const head = await deps.head(asked.after)
  if (!head.reset) engine.wake(head.position)
  const changes = head.changes.map(({ number, scopes, hash }) => withHash(JSON.stringify({ number, scopes }), hash))
  return bodyOf(head, changes.join(), asked.nonce)
}

/** A change with its chain hash: of two pasts that share an epoch, only that tells a caller in which one it is. */
const withHash = (json: string, hash: string): string => `${json.slice(0, -1)},"hash":"${hash}"}`

const isSame = (one: Position, other: Position): boolean =>
  one.number === other.number && one.hash === other.hash && one.epoch === other.epoch

/** Whether the caller has seen more than this node: it asked another one before. */
function isAhead({ after }: HeadQuery, engine: NodeEngine): boolean {
  const { position } = engine.state
  return after !== null && position !== null && after.epoch === position.epoch && after.number > position.number
}

type Told = Omit<HeadAnswer, 'changes'>

const headAt = (engine: NodeEngine, position: Position, ageMs: number): Told => ({
  position,
  ageMs,
  storeTimeMs: engine.storeNowMs(),
  complete: true,
  reset: false,
})

/** The body of an answer. Nothing in it needs escaping: positions and nonces have none of the characters that do. */
const bodyOf = (
  { position, ageMs, storeTimeMs, complete, reset }: Told,
  changes: string,
  nonce: string | null,
): string =>
  `{"position":"${formatPosition(position)}","ageMs":${Math.ceil(ageMs)},"storeTime":"${new Date(storeTimeMs).toISOString()}","nonce":${nonce === null ? 'null' : `"${nonce}"`},"changes":[${changes}],"complete":${complete},"reset":${reset}}`

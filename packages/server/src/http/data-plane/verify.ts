import {
  type CheckRequest,
  type CredentialFacts,
  type Decision,
  isProblem,
  type Problem,
  problem,
  type ResolvedConfig,
} from '@keywright/core'
import { sendJson } from './answer.ts'
import { answerOf, checkOf } from './check.ts'
import { decisionText } from './decision-text.ts'
import { type DoorDeps, fail, refuse, type Visit, withJson } from './visit.ts'

const checkBytesMax = 16_384
const batchBytesMax = 1_048_576
const checksMax = 100

/** Answers `POST /v1/verify`: the verdict on one key. */
export function serveVerify(visit: Visit, caller: CredentialFacts, deps: DoorDeps): void {
  withJson(visit, checkBytesMax, deps, (value) => {
    const check = checkOf(value, '', caller, deps.config)
    if (isProblem(check)) {
      refuse(visit, check, deps)
      return
    }
    const decision = deps.engine.verify(check)
    if (decision instanceof Promise) {
      decision.then(
        (decided) => sendDecision(visit, decided, deps),
        (error: unknown) => fail(visit, error, deps),
      )
    } else sendDecision(visit, decision, deps)
  })
}

function sendDecision(visit: Visit, decision: Decision, deps: DoorDeps): void {
  deps.counted(decision.code)
  if (decision.code === 'UNAVAILABLE') {
    refuse(visit, problem('unavailable'), deps)
    return
  }
  sendJson(visit.exchange, 200, decisionText(decision), visit.requestId)
}

/** Answers `POST /v1/verify/batch`: the verdicts on up to 100 keys. */
export function serveBatch(visit: Visit, caller: CredentialFacts, deps: DoorDeps): void {
  withJson(visit, batchBytesMax, deps, (value) => {
    const checks = readChecks(value, caller, deps.config)
    if (isProblem(checks)) {
      refuse(visit, checks, deps)
      return
    }
    Promise.all(checks.map(async (check) => deps.engine.verify(check))).then(
      (decisions) => {
        for (const { code } of decisions) deps.counted(code)
        sendJson(visit.exchange, 200, JSON.stringify({ results: decisions.map(answerOf) }), visit.requestId)
      },
      (error: unknown) => fail(visit, error, deps),
    )
  })
}

/** All checks of a batch, or the first refusal: a batch is read whole before anything is checked. */
function readChecks(
  value: unknown,
  caller: CredentialFacts,
  config: ResolvedConfig,
): readonly CheckRequest[] | Problem<'invalid_parameters' | 'forbidden'> {
  const asked =
    typeof value === 'object' && value !== null && Object.keys(value).join() === 'checks'
      ? (value as { checks: unknown }).checks
      : undefined
  if (!Array.isArray(asked) || asked.length === 0 || asked.length > checksMax) {
    return problem('invalid_parameters', undefined, [
      { pointer: '#/checks', detail: `It must be a list of 1 to ${checksMax} checks, and the only member.` },
    ])
  }
  const checks: CheckRequest[] = []
  for (const [index, each] of asked.entries()) {
    const check = checkOf(each, `/checks/${index}`, caller, config)
    if (isProblem(check)) return check
    checks.push(check)
  }
  return checks
}

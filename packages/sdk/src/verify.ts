import { type Code, couldBeKey, type Decision, type LimitState, malformed, unavailable } from '@keywright/core'
import { KeywrightError } from './error.ts'
import type { Send } from './transport.ts'
import type { VerifyRequest } from './verifier.ts'
import {
  amount,
  checked,
  flag,
  lenient,
  list,
  listOfKnown,
  oneOf,
  type Reader,
  readGrant,
  readTime,
  record,
  shape,
  text,
} from './wire.ts'

const milliseconds = (value: unknown): number => amount(value) * 1000

const readLimit = shape({
  name: text,
  limit: amount,
  windowSeconds: amount,
  remaining: amount,
  resetSeconds: lenient(milliseconds, 0),
  scope: lenient(oneOf('local'), undefined),
})

function readLimitState(value: unknown): LimitState {
  const { resetSeconds: retryAfterMs, ...limit } = readLimit(value)
  return { ...limit, retryAfterMs }
}

const textOrNull = lenient(text, null)

const readMembers = shape({
  valid: flag,
  // A code of a newer server is passed on; guards answer it like any invalid key.
  code: text as Reader<Code>,
  keyId: textOrNull,
  account: textOrNull,
  externalId: textOrNull,
  type: textOrNull,
  environment: textOrNull,
  grant: lenient(readGrant, null),
  name: textOrNull,
  metadata: lenient(record, null),
  missing: lenient(list(text), null),
  limits: lenient(listOfKnown(readLimitState), null),
})

/** Members that this version does not know are kept. What is valid has to say whose key it is and what it holds. */
function readKnown(wire: unknown): Decision {
  const { expiresAt, retryAfterSeconds, ...rest } = record(wire)
  const members = readMembers(rest)
  const { valid, code, keyId, account, grant } = members
  return checked(
    {
      ...rest,
      ...members,
      expiresAtMs: lenient(readTime, null)(expiresAt),
      retryAfterMs: lenient(milliseconds, null)(retryAfterSeconds),
    },
    valid === (code === 'VALID') && (!valid || (keyId !== null && account !== null && grant !== null)),
  )
}

/** Reads a decision as it travels. What is none is `UNAVAILABLE`: nothing is let through that was not understood. */
const readDecision = (wire: unknown): Decision => lenient(readKnown, undefined)(wire) ?? unavailable()

/** Told why checks could not be answered; the message has no secret in it. */
export type OnVerifyError = (error: Error) => void

function unavailableAfter(error: unknown, onVerifyError: OnVerifyError | undefined): Decision {
  try {
    onVerifyError?.(error instanceof Error ? error : new Error('the check could not be answered'))
  } catch {
    // A listener that throws must not turn a refusal into a crash of the request.
  }
  const seconds = error instanceof KeywrightError ? error.retryAfterSeconds : null
  return unavailable(seconds === null ? undefined : seconds * 1000)
}

/** Makes `verify`, which asks the server and never throws. A check is sent once: repeating it could take from limits twice. */
export const createVerify =
  (send: Send, onVerifyError?: OnVerifyError) =>
  async (request: VerifyRequest): Promise<Decision> => {
    if (!couldBeKey(request.key)) return malformed
    try {
      return readDecision(await send({ method: 'POST', path: 'v1/verify', body: request }))
    } catch (error) {
      return unavailableAfter(error, onVerifyError)
    }
  }

const readResults = (value: unknown): readonly unknown[] => list((item) => item)(record(value)['results'])

/** Makes `verifyBatch`: one decision per check, in the same order. */
export const createVerifyBatch =
  (send: Send, onVerifyError?: OnVerifyError) =>
  async (checks: readonly VerifyRequest[]): Promise<readonly Decision[]> => {
    const sent = checks.filter((check) => couldBeKey(check.key))
    if (sent.length === 0) return checks.map(() => malformed)
    let results: readonly unknown[] = []
    let failed: Decision = unavailable()
    try {
      const answer = await send({ method: 'POST', path: 'v1/verify/batch', body: { checks: sent } })
      const answered = lenient(readResults, [])(answer)
      // Fewer or more results than checks cannot be told apart from results in another order.
      if (answered.length === sent.length) results = answered
    } catch (error) {
      failed = unavailableAfter(error, onVerifyError)
    }
    let index = 0
    return checks.map((check) => {
      if (!couldBeKey(check.key)) return malformed
      const result = results[index++]
      return result === undefined ? failed : readDecision(result)
    })
  }

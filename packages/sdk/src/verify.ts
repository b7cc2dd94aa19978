import { type Code, couldBeKey, type Decision, type Grant, type LimitState } from '@keywright/core'
import { KeywrightError } from './error.ts'
import type { Send } from './transport.ts'
import type { VerifyRequest } from './verifier.ts'

const unknownKey = {
  valid: false,
  keyId: null,
  account: null,
  externalId: null,
  type: null,
  environment: null,
  grant: null,
  name: null,
  metadata: null,
  expiresAtMs: null,
  missing: null,
  limits: null,
  retryAfterMs: null,
} as const satisfies Omit<Decision, 'code'>

/** The decision where nothing can be known: refused, try again after some milliseconds. */
export const unavailable = (retryAfterMs = 1_000): Decision => ({ ...unknownKey, code: 'UNAVAILABLE', retryAfterMs })

/** The decision on a text that no key can have; it costs no call. */
export const malformed: Decision = { ...unknownKey, code: 'MALFORMED' }

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const isGrant = (value: unknown): value is Grant =>
  value === 'unrestricted' || (isRecord(value) && isTexts(value.permissions))

const milliseconds = (seconds: unknown): number | null =>
  typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1000 : null

function limitStates(value: unknown): readonly LimitState[] | null {
  if (!Array.isArray(value)) return null
  return value.filter(isRecord).flatMap(({ name, limit, windowSeconds, remaining, resetSeconds, scope }) =>
    typeof name === 'string' &&
    typeof limit === 'number' &&
    typeof windowSeconds === 'number' &&
    typeof remaining === 'number'
      ? [
          {
            name,
            limit,
            windowSeconds,
            remaining,
            retryAfterMs: milliseconds(resetSeconds) ?? 0,
            ...(scope === 'local' ? { scope } : {}),
          },
        ]
      : [],
  )
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/**
 * Reads a decision as it travels. Members that this version does not know are kept. What is not a decision, or says valid
 * without saying whose key it is and what it holds, is `UNAVAILABLE`: nothing is let through that was not understood.
 */
function readDecision(wire: unknown): Decision {
  if (!isRecord(wire) || typeof wire.valid !== 'boolean' || typeof wire.code !== 'string') return unavailable()
  const { expiresAt, limits, retryAfterSeconds, ...rest } = wire
  if (
    wire.valid &&
    (wire.code !== 'VALID' || text(wire.keyId) === null || text(wire.account) === null || !isGrant(wire.grant))
  ) {
    return unavailable()
  }
  if (!wire.valid && wire.code === 'VALID') return unavailable()
  const expiresAtMs = typeof expiresAt === 'string' ? Date.parse(expiresAt) : Number.NaN
  return {
    ...rest,
    valid: wire.valid,
    // A code of a newer server is passed on; guards answer it like any invalid key.
    code: wire.code as Code,
    keyId: text(wire.keyId),
    account: text(wire.account),
    externalId: text(wire.externalId),
    type: text(wire.type),
    environment: text(wire.environment),
    grant: isGrant(wire.grant) ? wire.grant : null,
    name: text(wire.name),
    metadata: isRecord(wire.metadata) ? wire.metadata : null,
    expiresAtMs: Number.isNaN(expiresAtMs) ? null : expiresAtMs,
    missing: isTexts(wire.missing) ? wire.missing : null,
    limits: limitStates(limits),
    retryAfterMs: milliseconds(retryAfterSeconds),
  }
}

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
      // Fewer or more results than checks cannot be told apart from results in another order.
      if (isRecord(answer) && Array.isArray(answer.results) && answer.results.length === sent.length)
        results = answer.results
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

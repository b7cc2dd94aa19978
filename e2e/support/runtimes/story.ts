// Runs in Node 20, Bun and Deno, against the built package: what a verifier promises, from the first check to its end.
import { createVerifier, type Decision, type LocalVerifier, type VerifyRequest } from '@keywright/sdk'
import { setting, tell, untilSo } from './telling.ts'

const errors: string[] = []
const connection = {
  url: setting('KEYWRIGHT_URL'),
  credential: setting('KEYWRIGHT_CREDENTIAL'),
  onError: (error: Error) => void errors.push(error.message),
}
const counted = { accepted: 0, refused: 0 }

function count(decision: Decision): Decision {
  if (decision.valid) counted.accepted++
  else if (decision.code !== 'UNAVAILABLE') counted.refused++
  return decision
}

/** Checks a key for the first time, and once more. */
async function meet(verifier: LocalVerifier, request: VerifyRequest): Promise<object> {
  const first = verifier.verify(request)
  const code = count(await first).code
  const second = verifier.verify(request)
  const again = second instanceof Promise ? 'asked' : count(second).code
  return { mode: verifier.state.mode, isAsked: first instanceof Promise, code, again }
}

/** Checks until the answer is the one that is waited for, and says when the last accepted check began. */
async function checkUntil(verifier: LocalVerifier, request: VerifyRequest, code: Decision['code']): Promise<object> {
  let acceptedAtMs = 0
  let last: Decision | undefined
  await untilSo(async () => {
    const beganAtMs = Date.now()
    last = count(await verifier.verify(request))
    if (last.valid) acceptedAtMs = beganAtMs
    return last.code === code
  })
  return { code: last?.code, acceptedAtMs }
}

// Its reads of the head come seldom, the first one after a quarter of a minute: only the feed can bring a revocation sooner.
const told = createVerifier({ ...connection, freshnessMs: 60_000, random: () => 0.999 })
await told.ready()
const revoked = { key: setting('REVOKED_KEY'), permissions: ['jobs.create'] }
tell('met', await meet(told, revoked))
await untilSo(() => told.state.feedConnected)
tell('revoke')
tell('refused', await checkUntil(told, revoked, 'REVOKED'))

const strict = createVerifier({ ...connection, freshnessMs: Number(setting('FRESHNESS_MS')) })
await strict.ready()
const kept = { key: setting('KEPT_KEY') }
tell('met', await meet(strict, kept))
tell('stop')
tell('unavailable', await checkUntil(strict, kept, 'UNAVAILABLE'))
tell('start')
tell('back', await checkUntil(strict, kept, 'VALID'))
// What is closed is to be what is under way: an open feed keeps a process.
await untilSo(() => told.state.feedConnected && strict.state.feedConnected)
const newest = strict.state.lastError?.message
await Promise.all([told.close(), strict.close()])
const left = [told, strict].map(({ state: { mode, atStake, uncounted } }) => ({ mode, atStake, uncounted }))
tell('closed', { counted, left, newest, errors })

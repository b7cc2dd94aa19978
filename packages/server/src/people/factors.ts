import { isProblem, problem, randomBase62 } from '@keywright/core'
import { attempt, deviceOf, digestOf, type PeopleContext, passkeyOf } from './context.ts'
import { signInId } from './library.ts'
import { passwordFault } from './passwords.ts'
import type { People, SignedIn, Visitor } from './port.ts'
import { isPassword } from './sessions.ts'
import { callerOf } from './visitor.ts'

type Factors = Pick<People, 'factors' | 'setPassword' | 'issueReset' | 'completeReset'>

const resetMs = 3_600_000

/** Passwords, and the links that set them. */
export function factorsOf(context: PeopleContext): Factors {
  const { database } = context
  return {
    factors: async (personId) => {
      const { passwordHash, providers, secondFactor, passkeys } = await database.factors.of(personId)
      const on = secondFactor?.verified === 1
      return {
        password: passwordHash !== null,
        totp: on,
        backupCodesLeft: on ? (JSON.parse(secondFactor.backup_codes) as unknown[]).length : 0,
        passkeys: passkeys.map(passkeyOf),
        providers,
      }
    },
    setPassword: (visitor, signedIn, given) => setPassword(context, visitor, signedIn, given),
    issueReset: async (caller, personId) => {
      const token = randomBase62(32, context.randomBytes)
      const expiresAtMs = context.clock.wallMs() + resetMs
      const issued = await database.passwords.issueReset(
        caller,
        personId,
        digestOf(context, 'reset', token),
        expiresAtMs,
      )
      return issued ? { token, expiresAtMs } : problem('person_not_found')
    },
    completeReset: (visitor, given) => completeReset(context, visitor, given),
  }
}

async function setPassword(
  context: PeopleContext,
  visitor: Visitor,
  { person, session }: SignedIn,
  given: Parameters<People['setPassword']>[2],
): ReturnType<People['setPassword']> {
  const { database, library } = context
  const { passwordHash } = await database.factors.of(person.id)
  if (passwordHash !== null) {
    const counted = attempt(context, visitor, 'password', { person: `session ${session.id}`, email: person.email })
    if (isProblem(counted)) return counted
    if (!(await isPassword(context, person.id, given.current ?? ''))) return problem('sign_in_refused')
    counted.succeeded()
  }
  const fault = passwordFault(given.password, person.email)
  if (fault !== undefined) return problem('password_not_allowed', fault)
  const stored = await database.passwords.set(callerOf(visitor, person.id), person.id, {
    methodId: signInId('account', context.randomBytes),
    hash: await (await library.$context).password.hash(given.password),
    ifHash: passwordHash,
    exceptSessionId: session.id,
  })
  // Somebody set another one meanwhile: the current one that was given is not it.
  return stored ? null : problem('sign_in_refused')
}

async function completeReset(
  context: PeopleContext,
  visitor: Visitor,
  given: Parameters<People['completeReset']>[1],
): ReturnType<People['completeReset']> {
  const { database, library, throttle } = context
  const digest = digestOf(context, 'reset', given.token)
  const counted = throttle.attempt({ what: 'link', address: visitor.address, person: digest, device: undefined })
  if (isProblem(counted)) return counted
  const personId = await database.passwords.findReset(digest)
  const person = personId === undefined ? undefined : await database.people.read(personId)
  if (person === undefined) return problem('reset_closed')
  counted.succeeded()
  const fault = passwordFault(given.password, person.email)
  if (fault !== undefined) return problem('password_not_allowed', fault)
  return await database.passwords.completeReset(callerOf(visitor, person.id), digest, {
    methodId: signInId('account', context.randomBytes),
    hash: await (await library.$context).password.hash(given.password),
    // Whoever accepted the invitation to this address first need not be whom it belongs to; what they left behind must not outlive the link.
    keepPasskeys: deviceOf(context, visitor, person.email) !== undefined,
  })
}

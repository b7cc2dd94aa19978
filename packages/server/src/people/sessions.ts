import { isProblem, problem } from '@keywright/core'
import { attempt, type PeopleContext, personOf, recordRefusal, sessionOf } from './context.ts'
import { absoluteMs, idleMs, sessionCookie } from './library.ts'
import { verifyPasskey } from './passkeys.ts'
import type { People, Proof, SignedIn, Visitor } from './port.ts'
import { takeCode } from './second-factor.ts'
import { callerOf, cookieOf, libraryHeaders } from './visitor.ts'

type Sessions = Pick<People, 'session' | 'signOut' | 'sessions' | 'endSession' | 'endSessions' | 'prove'>

const seenEveryMs = 60_000

/** Sessions: read from the store at each call. */
export function sessionsOf(context: PeopleContext): Sessions {
  const { database, library } = context
  return {
    session: (headers) => findSession(context, headers),
    signOut: async (visitor) => {
      const held = await findSession(context, visitor.headers)
      if (held !== undefined)
        await database.sessions.end(callerOf(visitor, held.person.id), held.person.id, held.session.id)
      const { headers } = await library.api.forget({ headers: libraryHeaders(visitor), returnHeaders: true })
      return { value: null, setCookies: headers.getSetCookie() }
    },
    sessions: async (personId) => (await database.sessions.list(personId)).map(sessionOf),
    endSession: (caller, personId, sessionId) => database.sessions.end(caller, personId, sessionId),
    endSessions: (caller, personId, exceptSessionId) => database.sessions.endAll(caller, personId, exceptSessionId),
    prove: (visitor, signedIn, proof) => prove(context, visitor, signedIn, proof),
  }
}

async function findSession(context: PeopleContext, headers: Headers): Promise<SignedIn | undefined> {
  const { database, library, clock } = context
  if (cookieOf(headers, sessionCookie) === undefined) return undefined
  const { token } = await library.api.sessionToken({ headers: new Headers({ cookie: headers.get('cookie') ?? '' }) })
  const found = token === null ? undefined : await database.sessions.find(token)
  if (found === undefined) return undefined
  const nowMs = clock.wallMs()
  const endsMs = Math.min(nowMs + idleMs, Date.parse(found.session.created_at) + absoluteMs)
  const stale = nowMs - Date.parse(found.session.updated_at) >= seenEveryMs
  const session = stale ? await database.sessions.touch(found.session, endsMs) : found.session
  return session === undefined ? undefined : { session: sessionOf(session), person: personOf(found.person) }
}

async function prove(
  context: PeopleContext,
  visitor: Visitor,
  { person, session }: SignedIn,
  proof: Proof,
): ReturnType<People['prove']> {
  const what = 'password' in proof ? 'password' : 'code' in proof ? 'code' : 'passkey'
  // By session: whoever holds another one of this person is not kept waiting.
  const counted = attempt(context, visitor, what, { person: `session ${session.id}`, email: person.email })
  if (isProblem(counted)) return counted
  const proved = await isProved(context, visitor, person.id, proof)
  if (!proved) {
    recordRefusal(context, visitor, person.id, what)
    if (what === 'password') return problem('sign_in_refused')
    return what === 'code' ? problem('second_factor_refused') : problem('passkey_refused')
  }
  counted.succeeded()
  const provedAtMs = context.clock.wallMs()
  await context.database.sessions.proved(session.id, provedAtMs)
  return { provedAtMs }
}

async function isProved(context: PeopleContext, visitor: Visitor, personId: string, proof: Proof): Promise<boolean> {
  if ('passkey' in proof) return (await verifyPasskey(context, visitor, proof.passkey, personId)) !== undefined
  if ('code' in proof) return await takeCode(context, personId, proof.code)
  return await isPassword(context, personId, proof.password)
}

/** Whether this is the person's password; as slow where there is none. */
export async function isPassword(
  { database, library }: PeopleContext,
  personId: string,
  password: string,
): Promise<boolean> {
  const { password: hashing } = await library.$context
  const { passwordHash } = await database.factors.of(personId)
  if (passwordHash !== null) return await hashing.verify({ hash: passwordHash, password })
  await hashing.hash(password)
  return false
}

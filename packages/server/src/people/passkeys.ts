import { isProblem, problem } from '@keywright/core'
import { isAPIError } from 'better-auth/api'
import { personEvent } from '../storage/person-rows.ts'
import { attempt, beginning, type PeopleContext, passkeyOf, recordRefusal, signedIn } from './context.ts'
import { sessionCookie } from './library.ts'
import type { People, Visitor, WebAuthnOptions, WithCookies } from './port.ts'
import { callerOf, libraryHeaders } from './visitor.ts'

type Passkeys = Pick<
  People,
  | 'passkeySignInOptions'
  | 'signInWithPasskey'
  | 'passkeyProofOptions'
  | 'passkeyRegistrationOptions'
  | 'addPasskey'
  | 'renamePasskey'
  | 'removePasskey'
>

/** Passkeys (WebAuthn), always with user verification. */
export function passkeysOf(context: PeopleContext): Passkeys {
  const { database, library } = context
  return {
    // Without the session's cookie: whoever signs in may be another person, and discoverable credentials name themselves.
    passkeySignInOptions: async (visitor) =>
      beginning(context, visitor) ?? (await requestOptions(context, libraryHeaders(visitor, sessionCookie))),
    passkeyProofOptions: (visitor) => requestOptions(context, libraryHeaders(visitor)),
    signInWithPasskey: async (visitor, response) => {
      const credential = credentialId(response)
      const passkey = credential === undefined ? undefined : await database.factors.findPasskey(credential)
      const counted = attempt(context, visitor, 'passkey', { person: passkey?.person_id ?? 'unknown', email: '' })
      if (isProblem(counted)) return counted
      const verified = await verifyPasskey(context, visitor, response, passkey?.person_id)
      const person = passkey === undefined ? undefined : await database.people.read(passkey.person_id)
      if (verified === undefined || person === undefined) {
        recordRefusal(context, visitor, passkey?.person_id, 'passkey')
        return problem('passkey_refused')
      }
      counted.succeeded()
      const { headers } = await library.api.establish({
        body: { personId: person.id },
        headers: libraryHeaders(visitor),
        returnHeaders: true,
      })
      return { value: { next: 'done' }, setCookies: await signedIn(context, visitor, person, 'passkey', headers) }
    },
    passkeyRegistrationOptions: async (visitor) => {
      const { response, headers } = await library.api.generatePasskeyRegistrationOptions({
        headers: libraryHeaders(visitor),
        returnHeaders: true,
      })
      return { value: { ...response }, setCookies: headers.getSetCookie() }
    },
    addPasskey: async (visitor, { person }, { name, response }) => {
      const made = await unlessRejected(
        library.api.verifyPasskeyRegistration({ body: { name, response }, headers: libraryHeaders(visitor) }),
      )
      if (made === undefined) return problem('passkey_refused')
      const after = { factor: 'passkey', passkey: made.id }
      await context.record(callerOf(visitor, person.id), personEvent('person.factor_added', person.id, { after }))
      return { id: made.id, name: made.name ?? name, createdAtMs: made.createdAt?.getTime() ?? context.clock.wallMs() }
    },
    renamePasskey: async (caller, personId, passkeyId, name) => {
      const row = await database.factors.renamePasskey(caller, personId, passkeyId, name)
      return isProblem(row) ? row : passkeyOf(row)
    },
    removePasskey: (caller, personId, passkeyId) => database.factors.removePasskey(caller, personId, passkeyId),
  }
}

async function requestOptions({ library }: PeopleContext, headers: Headers): Promise<WithCookies<WebAuthnOptions>> {
  const answer = await library.api.generatePasskeyAuthenticationOptions({ headers, returnHeaders: true })
  // The library asks for it only where the device prefers to, and we do not accept an answer without.
  const value = { ...answer.response, userVerification: 'required' }
  return { value, setCookies: answer.headers.getSetCookie() }
}

const credentialId = (response: unknown): string | undefined =>
  typeof response === 'object' && response !== null && 'id' in response && typeof response.id === 'string'
    ? response.id
    : undefined

/** Judges a browser's answer, which uses its challenge up; the session that the library makes of it is not kept. */
export async function verifyPasskey(
  { library }: PeopleContext,
  visitor: Visitor,
  response: unknown,
  personId: string | undefined,
): Promise<string | undefined> {
  if (credentialId(response) === undefined || personId === undefined) return undefined
  const made = await unlessRejected(
    library.api.verifyPasskeyAuthentication({
      body: { response: response as never },
      headers: libraryHeaders(visitor),
    }),
  )
  if (made === undefined) return undefined
  await (await library.$context).internalAdapter.deleteSession(made.session.token)
  return made.session.userId === personId ? personId : undefined
}

/** The library answers what a browser got wrong as its own failure (500), so that every answer of it is a refusal here. */
async function unlessRejected<Result>(call: Promise<Result>): Promise<Result | undefined> {
  try {
    return await call
  } catch (error) {
    if (isAPIError(error)) return undefined
    throw error
  }
}

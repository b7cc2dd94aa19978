import type { StandardSchemaV1 } from 'better-auth'
import { APIError, createAuthEndpoint } from 'better-auth/api'
import { setSessionCookie } from 'better-auth/cookies'

interface EstablishBody {
  readonly personId: string
}

/** A body that is taken as it is: only this folder calls. */
const taken: StandardSchemaV1<EstablishBody> = {
  '~standard': { version: 1, vendor: 'keywright', validate: (value) => ({ value: value as EstablishBody }) },
}

/** What the library does not offer by itself; none of it is reached over HTTP. */
export const ownEndpoints = {
  id: 'keywright',
  endpoints: {
    /** Signs a person in without asking for a factor. */
    establish: createAuthEndpoint.serverOnly({ method: 'POST', body: taken }, async (context) => {
      const { internalAdapter } = context.context
      const user = await internalAdapter.findUserById(context.body.personId)
      if (user === null) throw new APIError('UNAUTHORIZED')
      const session = await internalAdapter.createSession(user.id)
      await setSessionCookie(context, { session, user })
      return { token: session.token }
    }),
    /** The session's token, where the cookie is signed by us. */
    sessionToken: createAuthEndpoint.serverOnly({ method: 'GET' }, async (context) => {
      const { authCookies, secret } = context.context
      return { token: (await context.getSignedCookie(authCookies.sessionToken.name, secret)) || null }
    }),
    /** Who has passed the first step and owes the second. */
    secondStep: createAuthEndpoint.serverOnly({ method: 'GET' }, async (context) => {
      const cookie = context.context.createAuthCookie('two_factor')
      const identifier = await context.getSignedCookie(cookie.name, context.context.secret)
      if (!identifier) return { personId: null }
      const step = await context.context.internalAdapter.findVerificationValue(identifier)
      return { personId: step !== null && step.expiresAt.getTime() > Date.now() ? step.value : null }
    }),
    /** Signs the browser out: the cookie goes, whatever became of the row. */
    forget: createAuthEndpoint.serverOnly({ method: 'POST' }, async (context) => {
      const { name, attributes } = context.context.authCookies.sessionToken
      context.setCookie(name, '', { ...attributes, maxAge: 0 })
      return null
    }),
  },
}

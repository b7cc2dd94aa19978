import { problem } from '@keywright/core'
import type { GenericOAuthConfig } from 'better-auth/plugins'
import type { Clock } from '../clock.ts'
import type { Secret } from '../secret.ts'
import { personEvent } from '../storage/person-rows.ts'
import { beginning, deviceOf, type PeopleContext, signedIn, unlessRefused } from './context.ts'
import { type Library, sessionCookie } from './library.ts'
import type { People, Visitor } from './port.ts'
import { callerOf, libraryHeaders } from './visitor.ts'

/** An OpenID Connect provider by which people may sign in. */
export interface OidcProvider {
  /** Its issuer identifier, from which its addresses are discovered. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: Secret
  /** What the button says. */
  readonly label: string
}

type Providers = Pick<People, 'providers' | 'startProvider' | 'finishProvider'>

const providerId = 'oidc'
const discoveredForMs = 3_600_000

/** What the providers are made from besides the context. */
export interface ProviderParts {
  readonly oidc: OidcProvider | null
  readonly publicUrl: string
  /** The library with a provider: it discovers when it is made. */
  readonly libraryWith: (provider: GenericOAuthConfig) => Library
  /** People to whom an identity was linked just now. */
  readonly linked: Set<string>
}

/** Signing in by OpenID Connect: authorization code with PKCE, state and nonce; an identity is issuer and subject. */
export function providersOf(context: PeopleContext, parts: ProviderParts): Providers {
  const { oidc } = parts
  const provider = oidc === null ? undefined : discovering(oidc, parts, context.clock)
  return {
    providers: oidc === null ? [] : [{ id: providerId, label: oidc.label }],
    startProvider: async (visitor, id, returnTo) => {
      const library = id === providerId ? await provider?.() : undefined
      if (id !== providerId || provider === undefined) return problem('provider_not_found')
      if (library === undefined) {
        context.report(unreachable(oidc))
        return { value: { url: failure('provider_unavailable') }, setCookies: [] }
      }
      const throttled = beginning(context, visitor)
      if (throttled !== undefined) return throttled
      const answer = await library.api.signInSocial({
        body: {
          provider: providerId,
          callbackURL: ownPath(returnTo),
          errorCallbackURL: '/sign-in',
          disableRedirect: true,
        },
        headers: libraryHeaders(visitor),
        returnHeaders: true,
      })
      return { value: { url: answer.response.url as string }, setCookies: answer.headers.getSetCookie() }
    },
    finishProvider: async (request, visitor) => {
      const library = provider === undefined ? undefined : await provider()
      if (library !== undefined) return await finish(context, parts, library, request, visitor)
      if (oidc !== null) context.report(unreachable(oidc))
      return { value: { location: failure('provider_unavailable') }, setCookies: [] }
    },
  }
}

const unreachable = (oidc: OidcProvider | null): string =>
  `The identity provider ${oidc?.issuer} could not be discovered; check KEYWRIGHT_OIDC_ISSUER and that it can be reached.`

const failure = (code: string): string => `/sign-in?error=${code}`

/** A path of ours; whatever else was asked for is the start page. */
export function ownPath(path: string): string {
  const base = 'http://own.invalid'
  const target = path.startsWith('/') && URL.canParse(path, base) ? new URL(path, base) : undefined
  return target?.origin === base ? `${target.pathname}${target.search}${target.hash}` : '/'
}

/** The library with the provider as it was discovered within the last hour; `undefined` where it cannot be. */
function discovering(oidc: OidcProvider, parts: ProviderParts, clock: Clock): () => Promise<Library | undefined> {
  let held: { readonly library: Promise<Library | undefined>; readonly atMs: number } | undefined
  return async () => {
    if (held === undefined || clock.monotonicMs() - held.atMs > discoveredForMs)
      held = { library: discover(oidc, parts), atMs: clock.monotonicMs() }
    const current = held
    const library = await current.library
    if (library === undefined && held === current) held = undefined
    return library
  }
}

async function discover(oidc: OidcProvider, parts: ProviderParts): Promise<Library | undefined> {
  const library = parts.libraryWith(configOf(oidc, parts.publicUrl))
  const { socialProviders } = await library.$context
  const found = socialProviders.find(({ id }) => id === providerId)
  // The document must name the issuer that was asked for (OpenID Connect Discovery, section 4.3).
  return found !== undefined && sameIssuer(found.issuer ?? '', oidc.issuer) ? library : undefined
}

const sameIssuer = (one: string, other: string): boolean => one.replace(/\/$/, '') === other.replace(/\/$/, '')

const subjectOf = (idToken: string | undefined): unknown => {
  try {
    const claims: unknown = JSON.parse(Buffer.from(idToken?.split('.')[1] ?? '', 'base64url').toString())
    return typeof claims === 'object' && claims !== null && 'sub' in claims ? claims.sub : undefined
  } catch {
    return undefined
  }
}

const configOf = (oidc: OidcProvider, publicUrl: string): GenericOAuthConfig => ({
  providerId,
  name: oidc.label,
  discoveryUrl: `${oidc.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
  requireIdTokenVerification: true,
  clientId: oidc.clientId,
  clientSecret: oidc.clientSecret.expose(),
  scopes: ['openid', 'email', 'profile'],
  pkce: true,
  redirectURI: `${publicUrl}/v1/sign-in/providers/${providerId}/callback`,
  disableSignUp: true,
  disableImplicitSignUp: true,
  overrideUserInfo: false,
  // A provider may write "false" as text, which would be true.
  mapProfileToUser: (profile) => ({ emailVerified: profile['email_verified'] === true }),
  accountSubject: ({ tokens, profile }) => {
    const subject = subjectOf(tokens.idToken)
    // What the user endpoint says counts only for the subject of the verified token (OpenID Connect Core, section 5.3.2).
    return typeof subject === 'string' && subject !== '' && profile['sub'] === subject
      ? `${oidc.issuer.replace(/\/$/, '')}|${subject}`
      : ''
  },
})

/** The library's words for what its callback refused, in ours. */
const refusals: Readonly<Record<string, string>> = {
  signup_disabled: 'not_invited',
  account_not_linked: 'email_not_verified',
  email_not_found: 'email_missing',
  access_denied: 'provider_refused',
}

async function finish(
  context: PeopleContext,
  { linked }: ProviderParts,
  library: Library,
  request: Request,
  visitor: Visitor,
): ReturnType<People['finishProvider']> {
  const url = new URL(request.url)
  const id = /\/providers\/([^/]+)\/callback$/.exec(url.pathname)?.[1] ?? ''
  if (id !== providerId) return { value: { location: failure('provider_not_found') }, setCookies: [] }
  const answer = await unlessRefused(
    library.api.callbackOAuth({
      params: { id },
      query: Object.fromEntries(url.searchParams),
      headers: libraryHeaders(visitor, sessionCookie),
      method: 'GET',
      asResponse: true,
    }),
  )
  const headers = new Headers(answer?.headers)
  const location = headers.get('location') ?? '/sign-in?error=provider_failed'
  const token = tokenOf(headers)
  const found = token === undefined ? undefined : await context.database.sessions.find(token)
  if (found === undefined) {
    const error = new URL(location, 'http://own.invalid').searchParams.get('error') ?? 'provider_failed'
    if (!(error in refusals)) context.report(`A sign-in by the identity provider failed: ${error.slice(0, 100)}`)
    return { value: { location: failure(refusals[error] ?? 'provider_failed') }, setCookies: withoutSession(headers) }
  }
  const { person } = found
  if (linked.delete(person.id)) {
    const caller = callerOf(visitor, person.id)
    // Whoever accepted the invitation to this address need not have been whom the provider says it belongs to: unless it was on this
    // browser, nothing that they can sign in with stays.
    if (deviceOf(context, visitor, person.email) === undefined)
      await context.database.factors.removeEarlier(caller, person.id, found.session.id)
    const after = { provider: providerId }
    await context.record(caller, personEvent('person.provider_linked', person.id, { after }))
  }
  const setCookies = await signedIn(context, visitor, person, 'provider', headers)
  return { value: { location: ownPath(location) }, setCookies }
}

const isSessionLine = (line: string): boolean => line.startsWith(`${sessionCookie}=`)
const withoutSession = (headers: Headers): readonly string[] =>
  headers.getSetCookie().filter((line) => !isSessionLine(line))

/** The token of the session that an answer begins. */
function tokenOf(headers: Headers): string | undefined {
  const line = headers.getSetCookie().find(isSessionLine)
  const value = decodeURIComponent(line?.slice(sessionCookie.length + 1).split(';', 1)[0] ?? '')
  return value === '' ? undefined : value.slice(0, value.lastIndexOf('.'))
}

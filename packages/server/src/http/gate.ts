import type { IncomingMessage } from 'node:http'
import { isProblem, type Problem, problem } from '@keywright/core'
import type { SignedIn } from '../people/port.ts'
import type { Storage } from '../storage/ports.ts'
import { type Identity, type PersonIdentity, type ResolveCredential, readCredential } from './actor.ts'
import { authorize, isStranger, type Target } from './authorization.ts'
import type { RouteDeps } from './deps.ts'
import { idPattern } from './fields.ts'
import { horizonOf, isWithinHorizon } from './horizon.ts'
import { refuseForeign, refuseForeignToOpen } from './origin.ts'
import { parametersOf, type Route } from './route.ts'
import { notFound } from './route-problems.ts'
import { actingAs, actingHeader, countSessionCookies, findSignedIn, personOf, provedUntilMs } from './session.ts'
import type { FailureThrottle, Refusal } from './throttle.ts'

/** The request as the gate sees it. */
export interface Knock {
  readonly rawHeaders: IncomingMessage['rawHeaders']
  readonly headers: Headers
  readonly query: URLSearchParams
  readonly params: Readonly<Record<string, string>>
  readonly address: string
}

export interface GateDeps extends RouteDeps {
  readonly resolveCredential: ResolveCredential
  readonly throttle: FailureThrottle
}

/** Whom the gate let through. */
export type Passed = Identity | PersonIdentity

/** Who calls; those who do so by the session of a browser with it. */
interface Known {
  readonly identity: Passed
  readonly signedIn?: SignedIn
}

const queryNames = ({ spec }: Route): readonly string[] =>
  'query' in spec && spec.query !== undefined ? Object.keys(spec.query.shape) : []

const isUnsafe = ({ spec }: Route): boolean => spec.method !== 'get'

async function authenticate(route: Route, knock: Knock, deps: GateDeps): Promise<Known | Refusal> {
  const text = readCredential(knock.rawHeaders, knock.query, queryNames(route))
  if (isProblem(text)) {
    // Whoever sends Authorization is judged by it alone, whatever cookies come along.
    const bySession =
      text.problem === 'credential_missing' &&
      !knock.headers.has('authorization') &&
      countSessionCookies(knock.headers) > 0
    return bySession ? await recogniseSession(route, knock, deps) : { refused: text }
  }
  const identity = await deps.resolveCredential(text, knock.address)
  if (identity === 'unavailable' || identity === 'network_not_allowed') return { refused: problem(identity) }
  return identity === undefined ? deps.throttle.failed(knock.address) : { identity }
}

const hasBody = (headers: Headers): boolean =>
  headers.has('content-type') || Number(headers.get('content-length') ?? 0) > 0

const isJson = (headers: Headers): boolean =>
  headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() === 'application/json'

async function recogniseSession(route: Route, { headers }: Knock, deps: GateDeps): Promise<Known | Refusal> {
  const foreign = refuseForeign({ headers, unsafe: isUnsafe(route) }, deps.settings.ownOrigins)
  if (foreign !== undefined) return { refused: foreign }
  // Forms of other sites can send every other kind of body without asking first.
  if (isUnsafe(route) && hasBody(headers) && !isJson(headers))
    return { refused: problem('media_type_unsupported', 'Send Content-Type: application/json.') }
  const signedIn = await findSignedIn(headers, deps)
  if (isProblem(signedIn)) return { refused: signedIn }
  if (route.spec.permission === 'person') return { identity: personOf(signedIn), signedIn }
  const identity = await actingAs(route, signedIn, headers.get(actingHeader), deps.storage)
  return isProblem(identity) ? { refused: identity } : { identity, signedIn }
}

/** What a request is about, as far as the rights of a caller who has rights in one account depend on it. */
async function targetOf(
  route: Route,
  params: Readonly<Record<string, string>>,
  identity: Identity,
  storage: Storage,
): Promise<Target> {
  const [name = ''] = parametersOf(route.spec.path)
  const value = params[name] ?? ''
  if (name === 'account')
    return { kind: 'account', accountId: value, notFound: 'account_not_found', memberId: params['member'] }
  if (name !== 'key') return { kind: 'none' }
  const key = idPattern.test(value) ? await storage.keys.read(value) : problem('key_not_found')
  if (isProblem(key)) return { kind: 'missing', notFound: 'key_not_found' }
  const beyondSight =
    route.spec.method === 'get' &&
    identity.kind === 'key' &&
    key.accountId === identity.accountId &&
    !isWithinHorizon(key, await horizonOf(identity, storage))
  return { kind: 'account', accountId: key.accountId, notFound: 'key_not_found', beyondSight }
}

/** The answer to a parameter that cannot be an id: the same as to an id that nothing has. */
function refuseShapeless(route: Route, params: Readonly<Record<string, string>>): Problem | undefined {
  const shapeless = parametersOf(route.spec.path).find((name) => !idPattern.test(params[name] ?? ''))
  return shapeless === undefined ? undefined : problem(notFound(shapeless))
}

async function refuseUnauthorized(
  route: Route,
  knock: Knock,
  identity: Passed,
  deps: GateDeps,
): Promise<Problem | undefined> {
  const { permission } = route.spec
  if (permission === 'public' || identity.kind === 'person') return undefined
  const config = deps.config()
  const reads = identity.kind !== 'operator' && !isStranger(config, identity)
  const target: Target = reads ? await targetOf(route, knock.params, identity, deps.storage) : { kind: 'none' }
  return authorize(config, permission, identity, target)
}

/** Before what is dangerous, whoever sits at a browser proves once more who they are. */
const refuseUnproved = ({ spec }: Route, signedIn: SignedIn | undefined, nowMs: number): Problem | undefined =>
  spec.sensitive && signedIn !== undefined && provedUntilMs(signedIn.session, nowMs) === null
    ? problem('reauthentication_required')
    : undefined

function refuseOpen(route: Route, { headers }: Knock, { settings }: GateDeps): Problem | undefined {
  const sent = { headers, unsafe: isUnsafe(route) }
  const fromForm = route.kind === 'document'
  // A browser that has a session sends its Origin with whatever a page of ours asks.
  return isUnsafe(route) && !fromForm && countSessionCookies(headers) > 0
    ? refuseForeign(sent, settings.ownOrigins)
    : refuseForeignToOpen(sent, settings.ownOrigins, fromForm)
}

/** Lets a request through to its handler with who calls (`undefined` on an open route), or says why not. */
export async function pass(
  route: Route,
  knock: Knock,
  deps: GateDeps,
): Promise<{ readonly identity: Passed | undefined } | Refusal> {
  if (route.spec.permission === 'public') {
    const refused = refuseOpen(route, knock, deps)
    return refused === undefined ? { identity: undefined } : { refused }
  }
  const known = await authenticate(route, knock, deps)
  if ('refused' in known) return known
  const { identity, signedIn } = known
  const refused =
    (await refuseUnauthorized(route, knock, identity, deps)) ??
    refuseShapeless(route, knock.params) ??
    refuseUnproved(route, signedIn, deps.clock.wallMs())
  return refused === undefined ? { identity } : { refused }
}

import type { IncomingMessage } from 'node:http'
import { isProblem, type Problem, problem } from '@keywright/core'
import type { Storage } from '../storage/ports.ts'
import { type Identity, type ResolveCredential, readCredential } from './actor.ts'
import { authorize, isStranger, type Target } from './authorization.ts'
import type { RouteDeps } from './deps.ts'
import { idPattern } from './fields.ts'
import { horizonOf, isWithinHorizon } from './horizon.ts'
import { notFound, parametersOf, type Route } from './route.ts'
import type { FailureThrottle, Refusal } from './throttle.ts'

/** The request as the gate sees it. */
export interface Knock {
  readonly rawHeaders: IncomingMessage['rawHeaders']
  readonly query: URLSearchParams
  readonly params: Readonly<Record<string, string>>
  readonly address: string
}

export interface GateDeps extends RouteDeps {
  readonly resolveCredential: ResolveCredential
  readonly throttle: FailureThrottle
}

const queryNames = ({ spec }: Route): readonly string[] =>
  'query' in spec && spec.query !== undefined ? Object.keys(spec.query.shape) : []

async function authenticate(route: Route, knock: Knock, deps: GateDeps): Promise<Identity | Refusal> {
  const text = readCredential(knock.rawHeaders, knock.query, queryNames(route))
  if (isProblem(text)) return { refused: text }
  const identity = await deps.resolveCredential(text, knock.address)
  if (identity === 'unavailable' || identity === 'network_not_allowed') return { refused: problem(identity) }
  return identity ?? deps.throttle.failed(knock.address)
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
  if (name === 'account') return { kind: 'account', accountId: value, notFound: 'account_not_found' }
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

/** Lets a request through to its handler with who calls (`undefined` on an open route), or says why not. */
export async function pass(
  route: Route,
  knock: Knock,
  deps: GateDeps,
): Promise<{ readonly identity: Identity | undefined } | Refusal> {
  const { permission } = route.spec
  if (permission === 'public') return { identity: undefined }
  const identity = await authenticate(route, knock, deps)
  if ('refused' in identity) return identity
  const config = deps.config()
  const reads = identity.kind !== 'operator' && !isStranger(config, identity)
  const target: Target = reads ? await targetOf(route, knock.params, identity, deps.storage) : { kind: 'none' }
  const refused = authorize(config, permission, identity, target) ?? refuseShapeless(route, knock.params)
  return refused === undefined ? { identity } : { refused }
}

import {
  type CheckRequest,
  type CredentialFacts,
  containsKeyText,
  type Decision,
  nearestName,
  type Problem,
  type ProblemError,
  parseAddress,
  parsePermission,
  problem,
  type ResolvedConfig,
} from '@keywright/core'
import { redact } from '../../log.ts'
import { keptUserAgent } from '../request.ts'

const permissionsMax = 32
const costMax = 1_000_000
const errorsMax = 20
const members = ['key', 'permissions', 'audience', 'environment', 'ip', 'userAgent', 'cost', 'tag']

/** A check as its caller asks for it, before the caller's own credential narrows it. */
interface AskedCheck {
  readonly key: string
  readonly permissions: readonly string[] | undefined
  readonly audience: string | undefined
  readonly environment: string | undefined
  readonly ip: string | undefined
  readonly userAgent: string | undefined
  readonly cost: number | undefined
  readonly tag: string | undefined
}

/** Reads one check of a body, or says everything that is wrong with it. No value of the body is repeated: it may hold a secret. */
function readCheck(value: unknown, pointer: string, config: ResolvedConfig): AskedCheck | readonly ProblemError[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ pointer: pointer === '' ? '#' : `#${pointer}`, detail: 'A check must be an object.' }]
  }
  const errors: ProblemError[] = []
  const wrong = (member: string, detail: string) => errors.push({ pointer: `#${pointer}/${member}`, detail })
  const given = value as Readonly<Record<string, unknown>>
  for (const member of Object.keys(given)) {
    if (members.includes(member)) continue
    if (errors.length === errorsMax) return errors
    const meant = nearestName(member, members)
    wrong(
      redact(member).slice(0, 40),
      `There is no such member.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
    )
  }
  const own = (member: string): unknown => (Object.hasOwn(given, member) ? (given[member] ?? undefined) : undefined)
  const text = (member: string, max: number): string | undefined => {
    const found = own(member)
    if (found === undefined) return undefined
    if (typeof found === 'string' && found.length <= max) return found
    wrong(member, `It must be a text of at most ${max} characters.`)
    return undefined
  }
  const key = own('key')
  if (typeof key !== 'string') wrong('key', 'It must be the presented key, a text.')
  const permissions = own('permissions')
  if (permissions !== undefined && !arePermissions(permissions, config)) {
    wrong('permissions', `It must be a list of at most ${permissionsMax} permissions, such as "jobs.view".`)
  }
  const cost = own('cost')
  if (cost !== undefined && !(typeof cost === 'number' && Number.isInteger(cost) && cost >= 0 && cost <= costMax)) {
    wrong('cost', `It must be a whole number from 0 to ${costMax}.`)
  }
  const ip = text('ip', 64)
  if (ip !== undefined && parseAddress(ip) === undefined) wrong('ip', 'It must be an IPv4 or IPv6 address.')
  const tag = text('tag', 64)
  if (tag !== undefined && !/^[\w.:/-]{1,64}$/.test(tag))
    wrong('tag', 'It must be 1 to 64 letters, digits or _ . : / -')
  else if (tag !== undefined && containsKeyText(tag)) wrong('tag', 'It looks like a secret key; write a tag instead.')
  const userAgent = own('userAgent')
  if (userAgent !== undefined && typeof userAgent !== 'string') wrong('userAgent', 'It must be a text.')
  const asked = {
    key: key as string,
    permissions: permissions as readonly string[] | undefined,
    audience: text('audience', 128),
    environment: text('environment', 128),
    ip,
    userAgent: typeof userAgent === 'string' ? keptUserAgent(userAgent) : undefined,
    cost: cost as number | undefined,
    tag,
  }
  return errors.length > 0 ? errors : asked
}

function arePermissions(value: unknown, config: ResolvedConfig): boolean {
  if (!Array.isArray(value) || value.length > permissionsMax) return false
  for (const permission of value) {
    if (typeof permission !== 'string') return false
    if (config.permissions.has(permission)) continue
    if (parsePermission(permission) === undefined || containsKeyText(permission)) return false
  }
  return true
}

/**
 * The check that a body asks for and its caller may ask: a verify credential's environment and audiences hold, and the request narrows them at
 * most; an operator states both. Otherwise why not.
 */
export function checkOf(
  value: unknown,
  pointer: string,
  caller: CredentialFacts,
  config: ResolvedConfig,
): CheckRequest | Problem<'invalid_parameters' | 'forbidden'> {
  const asked = readCheck(value, pointer, config)
  if (isErrors(asked)) return problem('invalid_parameters', undefined, asked)
  const { key, permissions, ip, userAgent, cost, tag } = asked
  const scope = caller.kind === 'verify' ? narrowed(asked, caller) : stated(asked, pointer, config)
  if ('problem' in scope) return scope
  return { key, permissions, ip, userAgent, cost, tag, environment: scope.environment, audiences: scope.audiences }
}

const isErrors = (value: AskedCheck | readonly ProblemError[]): value is readonly ProblemError[] => Array.isArray(value)

interface CheckScope {
  readonly environment: string | null
  readonly audiences: readonly string[]
}

function narrowed(
  asked: AskedCheck,
  caller: CredentialFacts & { readonly kind: 'verify' },
): CheckScope | Problem<'forbidden'> {
  if (asked.environment !== undefined && asked.environment !== caller.environment) {
    return problem('forbidden', 'This verify credential checks for another environment.')
  }
  if (asked.audience === undefined) return caller
  if (!caller.audiences.includes(asked.audience))
    return problem('forbidden', 'This verify credential does not check for that audience.')
  return { environment: caller.environment, audiences: [asked.audience] }
}

function stated(
  asked: AskedCheck,
  pointer: string,
  config: ResolvedConfig,
): CheckScope | Problem<'invalid_parameters'> {
  const errors: ProblemError[] = []
  const { environment, audience } = asked
  const audiences = new Set(config.types.flatMap((type) => type.audiences))
  if (audience === undefined || !audiences.has(audience)) {
    errors.push({
      pointer: `#${pointer}/audience`,
      detail: `An operator's check names the audience: ${[...audiences].join(', ')}.`,
    })
  }
  if (config.environments.length > 0 && (environment === undefined || !config.environmentById.has(environment))) {
    const known = config.environments.map(({ id }) => id).join(', ')
    errors.push({ pointer: `#${pointer}/environment`, detail: `An operator's check names the environment: ${known}.` })
  }
  if (config.environments.length === 0 && environment !== undefined) {
    errors.push({ pointer: `#${pointer}/environment`, detail: 'The configuration has no environments.' })
  }
  if (errors.length > 0 || audience === undefined) return problem('invalid_parameters', undefined, errors)
  return { environment: environment ?? null, audiences: [audience] }
}

/** The wire form of a decision. An unknown key has nothing but its code. */
export function answerOf(decision: Decision): object {
  const { valid, code, keyId, missing, limits, expiresAtMs, retryAfterMs } = decision
  const retryAfter = retryAfterMs === null ? undefined : Math.max(1, Math.ceil(retryAfterMs / 1000))
  if (keyId === null) return { valid, code, retryAfterSeconds: retryAfter }
  return {
    valid,
    code,
    keyId,
    account: decision.account,
    externalId: decision.externalId,
    type: decision.type,
    environment: decision.environment,
    grant: decision.grant,
    name: decision.name,
    metadata: decision.metadata,
    missing: missing ?? undefined,
    limits: limits?.map((limit) => ({
      name: limit.name,
      limit: limit.limit,
      windowSeconds: limit.windowSeconds,
      remaining: limit.remaining,
      resetSeconds: Math.ceil(limit.retryAfterMs / 1000),
      scope: limit.scope,
    })),
    expiresAt: expiresAtMs === null ? undefined : new Date(expiresAtMs).toISOString(),
    retryAfterSeconds: retryAfter,
    staleMs: decision.staleMs,
  }
}

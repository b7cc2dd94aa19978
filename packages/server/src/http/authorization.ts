import {
  compileGrant,
  type KeyAction,
  keyActions,
  type Problem,
  type ProblemCode,
  problem,
  type ResolvedConfig,
  satisfies,
} from '@keywright/core'
import type { Identity } from './actor.ts'
import type { Permission } from './route.ts'

/** What a request is about: an account (or something in it), nothing that exists, or no account in particular. */
export type Target =
  | {
      readonly kind: 'account'
      readonly accountId: string
      readonly notFound: ProblemCode
      /** It holds more than the managing key that asks, which may not look at it. */
      readonly beyondSight?: boolean
      /** The member that the path names. */
      readonly memberId?: string | undefined
    }
  | { readonly kind: 'missing'; readonly notFound: ProblemCode }
  | { readonly kind: 'none' }

/** The key actions that a key's grant holds, by the resource that the configuration marks; empty without one. */
function managingActions(config: ResolvedConfig, identity: Extract<Identity, { kind: 'key' }>): ReadonlySet<KeyAction> {
  const marked = config.managingResource === null ? undefined : config.resourceById.get(config.managingResource)
  if (marked === undefined) return new Set()
  const grant = compileGrant(identity.grant)
  return new Set(
    keyActions.filter((action) => marked.verbs.includes(action) && satisfies(grant, `${marked.id}.${action}`)),
  )
}

/** What a caller may do with the keys of its own account (an operator: of any). */
export function keyActionsOf(config: ResolvedConfig, identity: Identity): ReadonlySet<KeyAction> {
  switch (identity.kind) {
    case 'operator':
      return new Set(keyActions)
    case 'verify':
      return new Set()
    case 'member':
      return new Set(config.roleById.get(identity.role)?.may)
    case 'key':
      return managingActions(config, identity)
  }
}

/** Whether a caller has no rights over keys anywhere: a verify credential, or a key that manages none. */
export const isStranger = (config: ResolvedConfig, identity: Identity): boolean =>
  identity.kind === 'verify' || (identity.kind === 'key' && managingActions(config, identity).size === 0)

/**
 * Whether a caller may come through: nothing, or the problem to answer. Whoever has rights in one account sees nothing of another: its
 * records answer exactly as ids that do not exist do.
 */
export function authorize(
  config: ResolvedConfig,
  permission: Exclude<Permission, 'public'>,
  identity: Identity,
  target: Target,
): Problem | undefined {
  if (permission === 'person') return forbidden('This is for people who signed in with a browser, not for credentials.')
  if (identity.kind === 'operator') return undefined
  if (identity.kind === 'verify')
    return permission === 'verify' ? undefined : forbidden('A verify credential only checks keys.')
  // Before anything is looked at: a key that manages no keys has no business here, whatever it asks for.
  if (isStranger(config, identity)) return forbidden('This key does not manage keys.')
  const may = mayInOwnAccount(config, permission, identity, target)
  // Who may not see keys is told the same of each, wherever it is and whether there is one.
  if (isAboutKey(target) && !may && !keyActionsOf(config, identity).has('view')) return forbidden()
  if (target.kind === 'missing') return problem(target.notFound)
  if (target.kind === 'account' && target.accountId !== identity.accountId) return problem(target.notFound)
  if (target.kind === 'account' && target.beyondSight) return forbidden('The key holds more than yours.')
  return may ? undefined : forbidden()
}

const isAboutKey = (target: Target): boolean => target.kind !== 'none' && target.notFound === 'key_not_found'

const forbidden = (detail?: string) => problem('forbidden', detail)

function mayInOwnAccount(
  config: ResolvedConfig,
  permission: Exclude<Permission, 'public'>,
  identity: Extract<Identity, { kind: 'member' | 'key' }>,
  target: Target,
): boolean {
  if (typeof permission === 'string') return false
  if ('key' in permission) return keyActionsOf(config, identity).has(permission.key)
  if (identity.kind === 'key') return false
  const role = config.roleById.get(identity.role)
  if (permission.members === 'view') return role !== undefined
  const isOneself = target.kind === 'account' && target.memberId === identity.id
  return role?.managesMembers === true || (permission.members === 'manage or leave' && isOneself)
}

/** The account that a listing over accounts is confined to; `undefined`: all (operators only). */
export function confine(
  identity: Exclude<Identity, { kind: 'verify' }>,
  asked: string | undefined,
): string | undefined | Problem<'account_not_found'> {
  if (identity.kind === 'operator') return asked
  return asked === undefined || asked === identity.accountId ? identity.accountId : problem('account_not_found')
}

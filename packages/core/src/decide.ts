import { anyEnvironment, type CheckRequest, type Code } from './decision.ts'
import { type CompiledGrant, satisfies } from './grant.ts'
import type { StoredState } from './lifecycle.ts'
import { contains, type NetworkRange, parseAddress } from './network.ts'
import { withoutInstance } from './permission.ts'

/** What the verdict looks at of one key, prepared for it. */
export interface Subject {
  readonly state: StoredState
  /** Epoch milliseconds by the store's clock; `null`: never. */
  readonly endsAtMs: number | null
  readonly environment: string | null
  /** The audiences of the key's type; `undefined` where the configuration no longer knows the type. */
  readonly audiences: readonly string[] | undefined
  readonly networks: readonly NetworkRange[] | null
  readonly grant: CompiledGrant
  /** False where the member that the key personally belongs to is suspended or gone. */
  readonly ownerActive: boolean
  /** False where the managing key that made this one has no usable key left in its lineage. */
  readonly parentUsable: boolean
}

/** The standing of the account that owns a key; `undefined` where the account is gone. */
export interface Standing {
  readonly active: boolean
}

/** How limits and quota answered: not asked yet, or taken all, or refused by one. */
export type Outcome = 'not-asked' | 'taken' | 'rate-limited' | 'quota-exceeded'

/**
 * The one verdict, from facts and a request alone. Every door calls it: before anything is taken with `not-asked`, and again after the last
 * wait with the outcome. `VALID` with `not-asked` means that limits may now be taken. A key that is `undefined` is unknown.
 */
export function decide(
  key: Subject | undefined,
  account: Standing | undefined,
  request: CheckRequest,
  knownPermissions: ReadonlySet<string>,
  nowMs: number,
  outcome: Outcome,
): Code {
  if (key === undefined || account === undefined) return 'NOT_FOUND'
  if (!account.active || !key.ownerActive) return 'SUSPENDED'
  if (key.environment !== request.environment && request.environment !== anyEnvironment) return 'WRONG_ENVIRONMENT'
  if (key.state === 'revoked' || !key.parentUsable) return 'REVOKED'
  if (key.endsAtMs !== null && key.endsAtMs <= nowMs) return 'EXPIRED'
  if (key.state !== 'active') return 'PAUSED'
  if (!reaches(key.audiences, request.audiences)) return 'WRONG_TYPE'
  if (key.networks !== null && !isFrom(key.networks, request.ip)) return 'IP_NOT_ALLOWED'
  if (request.permissions !== undefined && !holdsAll(key.grant, request.permissions, knownPermissions)) {
    return 'INSUFFICIENT_PERMISSION'
  }
  if (outcome === 'rate-limited') return 'RATE_LIMITED'
  if (outcome === 'quota-exceeded') return 'QUOTA_EXCEEDED'
  return 'VALID'
}

function reaches(has: readonly string[] | undefined, asked: readonly string[] | null): boolean {
  if (has === undefined) return false
  if (asked === null) return true
  for (const audience of asked) if (has.includes(audience)) return true
  return false
}

function isFrom(networks: readonly NetworkRange[], ip: string | undefined): boolean {
  const address = ip === undefined ? undefined : parseAddress(ip)
  return address !== undefined && networks.some((range) => contains(range, address))
}

function holds(grant: CompiledGrant, permission: string, known: ReadonlySet<string>): boolean {
  // An unrestricted key follows the resources that there are, not whatever a caller may name.
  if (grant.unrestricted) return known.has(permission) || known.has(withoutInstance(permission))
  return satisfies(grant, permission)
}

function holdsAll(grant: CompiledGrant, asked: readonly string[], known: ReadonlySet<string>): boolean {
  for (const permission of asked) if (!holds(grant, permission, known)) return false
  return true
}

/** The permissions asked for that a key lacks, in the order asked. */
export const missingOf = (
  grant: CompiledGrant,
  asked: readonly string[],
  known: ReadonlySet<string>,
): readonly string[] => asked.filter((permission) => !holds(grant, permission, known))

import type {
  AccountFacts,
  Grant,
  KeyFacts,
  Limit,
  LimitOverride,
  NetworkRange,
  Position,
  Quota,
} from '@keywright/core'
import { readPosition } from './positions.ts'
import { amount, ForeignShape, flag, list, oneOf, orNull, record, text } from './wire.ts'

/** Reads a limit. */
export function readLimit(value: unknown): Limit {
  const { name, limit, windowSeconds, burst } = record(value)
  return {
    name: text(name),
    limit: amount(limit),
    windowSeconds: amount(windowSeconds),
    ...(burst === undefined || burst === null ? {} : { burst: amount(burst) }),
  }
}

function readOverride(value: unknown): LimitOverride {
  const { limit, untilMs } = record(value)
  return { limit: readLimit(limit), untilMs: orNull(untilMs, amount) }
}

function readQuota(value: unknown): Quota {
  const { limit, period } = record(value)
  return { limit: amount(limit), period: oneOf(period, ['day', 'month', null]) }
}

function readGrant(value: unknown): Grant {
  return value === 'unrestricted' ? value : { permissions: list(record(value)['permissions'], text) }
}

function readNetwork(value: unknown): NetworkRange {
  const { address, bits } = record(value)
  const words = list(address, amount)
  if (words.length !== 4) throw new ForeignShape('an address was expected')
  return { address: words as unknown as NetworkRange['address'], bits: amount(bits) }
}

function readKeyFacts(value: unknown): KeyFacts {
  const facts = record(value)
  return {
    id: text(facts['id']),
    accountId: text(facts['accountId']),
    lineageId: text(facts['lineageId']),
    lineageShared: flag(facts['lineageShared']),
    type: text(facts['type']),
    environment: orNull(facts['environment'], text),
    state: oneOf(facts['state'], ['active', 'paused', 'revoked']),
    endsAtMs: orNull(facts['endsAtMs'], amount),
    grant: readGrant(facts['grant']),
    // What only describes the key may be absent as well as null.
    name: orNull(facts['name'] ?? null, text),
    metadata: orNull(facts['metadata'] ?? null, record),
    networks: orNull(facts['networks'], (networks) => list(networks, readNetwork)),
    limits: list(facts['limits'], readLimit),
    overrides: list(facts['overrides'], readOverride),
    quota: orNull(facts['quota'], readQuota),
    quotaOverride: orNull(facts['quotaOverride'], (override) => {
      const { quota, untilMs } = record(override)
      return { quota: readQuota(quota), untilMs: orNull(untilMs, amount) }
    }),
    owner: orNull(facts['owner'], (owner) => {
      const { memberId, active } = record(owner)
      return { memberId: text(memberId), active: flag(active) }
    }),
    parent: orNull(facts['parent'], (parent) => {
      const { lineageId, aboveIds, usable } = record(parent)
      return { lineageId: text(lineageId), aboveIds: list(aboveIds ?? [], text), usable: flag(usable) }
    }),
  }
}

function readAccountFacts(value: unknown): AccountFacts {
  const facts = record(value)
  return {
    id: text(facts['id']),
    externalId: orNull(facts['externalId'] ?? null, text),
    active: flag(facts['active']),
    plan: text(facts['plan']),
    overrides: list(facts['overrides'], readOverride),
  }
}

/** What was found for one key or account asked for; `'unavailable'`: the server could not prove anything now. */
export type Found =
  | { readonly position: Position; readonly key: KeyFacts | null; readonly account: AccountFacts | null }
  | 'unavailable'

/** The facts of one call, in the order asked, and the configuration that they have to be judged by. */
export interface FactsAnswer {
  readonly config: string
  readonly keys: readonly Found[]
  readonly accounts: readonly Found[]
}

function readFound(value: unknown, isKey: boolean): Found {
  const found = record(value)
  if (found['unavailable'] === true) return 'unavailable'
  const key = isKey ? orNull(found['key'], readKeyFacts) : null
  const account = orNull(found['account'] ?? (isKey ? null : undefined), readAccountFacts)
  if (key !== null && account !== null && key.accountId !== account.id)
    throw new ForeignShape('the account of the key was expected')
  return { position: readPosition(found['position']), key, account }
}

/** Reads an answer of `POST /v1/facts` to a question for so many keys and accounts. */
export function readFacts(value: unknown, keyCount: number, accountCount: number): FactsAnswer {
  const answer = record(value)
  const keys = list(answer['keys'], (item) => readFound(item, true))
  const accounts = list(answer['accounts'], (item) => readFound(item, false))
  // Fewer or more answers than questions cannot be told apart from answers in another order.
  if (keys.length !== keyCount || accounts.length !== accountCount)
    throw new ForeignShape('one answer for each question was expected')
  return { config: text(answer['config']), keys, accounts }
}

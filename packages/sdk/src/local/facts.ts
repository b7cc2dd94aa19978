import type { AccountFacts, KeyFacts, Limit, LimitOverride, NetworkRange, Position, Quota } from '@keywright/core'
import {
  amount,
  checked,
  flag,
  list,
  oneOf,
  orElse,
  orNull,
  type Reader,
  readGrant,
  record,
  shape,
  text,
} from '../wire.ts'
import { readPosition } from './positions.ts'

/** Reads a limit. */
export const readLimit: Reader<Limit> = shape({
  name: text,
  limit: amount,
  windowSeconds: amount,
  burst: orElse(amount, undefined),
})

const readOverrides: Reader<LimitOverride[]> = list(shape({ limit: readLimit, untilMs: orNull(amount) }))

const readQuota: Reader<Quota> = shape({ limit: amount, period: oneOf('day', 'month', null) })

const readAddress = (value: unknown): NetworkRange['address'] => {
  const words = list(amount)(value)
  return checked(words as unknown as NetworkRange['address'], words.length === 4)
}

const readKeyFacts: Reader<KeyFacts> = shape({
  id: text,
  accountId: text,
  lineageId: text,
  lineageShared: flag,
  type: text,
  environment: orNull(text),
  state: oneOf('active', 'paused', 'revoked'),
  endsAtMs: orNull(amount),
  grant: readGrant,
  // What only describes the key may be absent as well as null.
  name: orElse(text, null),
  metadata: orElse(record, null),
  networks: orNull(list(shape({ address: readAddress, bits: amount }))),
  limits: list(readLimit),
  overrides: readOverrides,
  quota: orNull(readQuota),
  quotaOverride: orNull(shape({ quota: readQuota, untilMs: orNull(amount) })),
  owner: orNull(shape({ memberId: text, active: flag })),
  parent: orNull(shape({ lineageId: text, aboveIds: orElse<string[], string[]>(list(text), []), usable: flag })),
})

const readAccountFacts: Reader<AccountFacts> = shape({
  id: text,
  externalId: orElse(text, null),
  active: flag,
  plan: text,
  overrides: readOverrides,
})

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

const orUnavailable =
  <Value>(read: Reader<Value>): Reader<Value | 'unavailable'> =>
  (value) =>
    record(value)['unavailable'] === true ? 'unavailable' : read(value)

const readFoundKey = shape({
  position: readPosition,
  key: orNull(readKeyFacts),
  account: orElse(readAccountFacts, null),
})
const readFoundAccount = shape({ position: readPosition, account: orNull(readAccountFacts) })

const readAnswer = shape({
  config: text,
  keys: list(
    orUnavailable((value) => {
      const found = readFoundKey(value)
      const { key, account } = found
      return checked(found, key === null || account === null || key.accountId === account.id)
    }),
  ),
  accounts: list(orUnavailable((value) => ({ key: null, ...readFoundAccount(value) }))),
})

/** Reads an answer of `POST /v1/facts` to a question for so many keys and accounts. */
export function readFacts(value: unknown, keyCount: number, accountCount: number): FactsAnswer {
  const answer = readAnswer(value)
  // Fewer or more answers than questions cannot be told apart from answers in another order.
  return checked(answer, answer.keys.length === keyCount && answer.accounts.length === accountCount)
}

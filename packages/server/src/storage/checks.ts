import type { AccountFacts, CredentialFacts, Position } from '@keywright/core'
import { sql } from 'kysely'
import { place } from './database.ts'
import { digestPlaces, digestValues } from './digest-places.ts'
import { fromJson } from './json.ts'
import { keyReader } from './key-reads.ts'
import { KnownKeys } from './known-keys.ts'
import type { Store } from './open-store.ts'
import type { CheckReads, HeadAnswer, Loaded } from './ports.ts'
import type { AccountRow, CredentialRow } from './schema.ts'
import { whenThere } from './soon.ts'
import { answerTimeOf } from './store-time.ts'

type Nullable<Row> = { readonly [Column in keyof Row]: Row[Column] | null }

/** Where facts were read, and when by the database's own time where it has one. */
type FoundAt = Position & { readonly store_time_ms: number | null }

/** The reads of the check path, by statements that were compiled once: facts and the position that they were read at. */
export function checksOf(
  store: Store,
  head: (after: Position | null) => Promise<HeadAnswer>,
  known: KnownKeys = new KnownKeys(store, head),
): CheckReads {
  return {
    key: keyReader(store, known),
    account: accountReader(store),
    credential: credentialReader(store),
    head,
  }
}

function accountReader(store: Store): CheckReads['account'] {
  type Row = FoundAt & Nullable<AccountRow>
  const time = answerTimeOf(store.database.capabilities, store.clock)
  const statement = store.database.prepare<Row>(sql<Row>`
    select head.epoch, head.number, head.hash, a.id, a.external_id, a.state, a.plan, a.overrides_json, ${time.column}
    from log_head head left join accounts a on a.id = ${place('id')}
    where head.id = 1`)
  return (id) => {
    const sent = time.values()
    return whenThere(statement.all({ id, ...sent }), ([row]) =>
      loaded(row, time.read(row?.store_time_ms, sent), row?.id == null ? undefined : accountFacts(row as AccountRow)),
    )
  }
}

function credentialReader(store: Store): CheckReads['credential'] {
  type Row = FoundAt & Nullable<CredentialRow>
  const { digests } = store.context
  const time = answerTimeOf(store.database.capabilities, store.clock)
  const statement = store.database.prepare<Row>(sql<Row>`
    select head.epoch, head.number, head.hash, c.id, c.kind, c.environment, c.audiences_json, ${time.column}
    from log_head head left join credentials c on c.digest in (${digestPlaces(digests.chainCount)})
    where head.id = 1`)
  return async (text) => {
    const sent = time.values()
    const [row] = await statement.all({ ...digestValues(digests.candidates('credential', text)), ...sent })
    return loaded(
      row,
      time.read(row?.store_time_ms, sent),
      row?.id == null ? undefined : credentialFacts(row as CredentialRow),
    )
  }
}

function loaded<Facts>(row: Position | undefined, storeTimeMs: number, facts: Facts | undefined): Loaded<Facts> {
  if (row === undefined) throw new Error('the log has no head')
  return { position: { epoch: row.epoch, number: row.number, hash: row.hash }, storeTimeMs, facts }
}

const accountFacts = (row: AccountRow): AccountFacts => ({
  id: row.id,
  externalId: row.external_id,
  active: row.state === 'active',
  plan: row.plan,
  overrides: fromJson(row.overrides_json),
})

const credentialFacts = (row: CredentialRow): CredentialFacts =>
  row.kind === 'operator'
    ? { id: row.id, kind: 'operator' }
    : { id: row.id, kind: 'verify', environment: row.environment, audiences: fromJson(row.audiences_json) }

import type { LogEntryRow } from '../storage/schema.ts'
import type { Holdings, Row } from './carry-over.ts'

type Rows = Map<string, Row>
type Changing = { readonly [Name in keyof Holdings]: Rows }

/** Where what an entry is about is held. */
const tables: Readonly<Record<string, keyof Holdings>> = {
  account: 'accounts',
  member: 'members',
  key: 'keys',
  credential: 'credentials',
  operator: 'operators',
  person: 'people',
}

const endings = ['.deleted']
const beginnings = ['.created']

/** What happens to other things, and comes back with a backup: nobody but a person can say whether it matters. */
const forReview: readonly string[] = [
  'config.applied',
  'person.password_changed',
  'person.factor_added',
  'person.factor_removed',
  'person.provider_linked',
  'webhook.updated',
  'webhook.secret_rotated',
  'webhook.disabled',
  'webhook.deleted',
  'log.personal_data_erased',
]

/** What a store held after later entries of its log, as far as they say, and what they say besides. */
export function holdingsAfter(
  restored: Holdings,
  entries: readonly LogEntryRow[],
): { readonly holdings: Holdings; readonly review: readonly string[] } {
  const holdings: Changing = {
    accounts: new Map(restored.accounts),
    members: new Map(restored.members),
    keys: new Map(restored.keys),
    credentials: new Map(restored.credentials),
    operators: new Map(restored.operators),
    people: new Map(restored.people),
  }
  const review = new Set<string>()
  for (const entry of entries) {
    apply(holdings, entry)
    const { type, target_kind, target_id } = entry
    if (forReview.includes(type)) review.add(`${target_kind} ${target_id}: ${type}, after the backup`)
  }
  return { holdings, review: [...review] }
}

function apply(holdings: Changing, { type, target_kind, target_id: id, account_id, after_json }: LogEntryRow): void {
  const name = tables[target_kind]
  if (name === undefined) return
  const rows = holdings[name]
  if (endings.some((ending) => type.endsWith(ending))) {
    rows.delete(id)
    return
  }
  const after = objectOf(after_json)
  const row = rows.get(id) ?? { id, state: 'active', account_id: account_id ?? '', version: 0 }
  if (beginnings.some((beginning) => type.endsWith(beginning))) rows.set(id, row)
  if (type === 'person.suspended') rows.set(id, { ...row, state: 'suspended' })
  else if (type === 'person.resumed') rows.set(id, { ...row, state: 'active' })
  else if (type === 'person.updated') turnOperator(holdings.operators, row, after['operator'])
  else if (rows.has(id)) rows.set(id, changed(row, after['state']))
}

/** An operator who was suspended may not act as one. */
function turnOperator(operators: Rows, row: Row, operator: unknown): void {
  if (operator === 'suspended') operators.delete(row.id)
  if (operator === 'active') operators.set(row.id, { ...row, state: 'active', version: 1 })
}

const changed = (row: Row, state: unknown): Row =>
  typeof state === 'string' && state !== row.state ? { ...row, state } : { ...row, version: row.version + 1 }

function objectOf(json: string | null): Readonly<Record<string, unknown>> {
  const value: unknown = json === null ? null : JSON.parse(json)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

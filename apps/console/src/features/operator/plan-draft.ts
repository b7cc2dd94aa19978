import type { Account } from '../../api/records.ts'
import { fromLocalText, toLocalText } from '../../ui/local-moment.ts'

/** An account as it stands in a list. */
export type ListedAccount = Omit<Account, 'inForce'>

/** What a field for a number holds while someone types. */
export type Typed = number | string

/** One limit that is to be in force, while someone types it. */
export interface OverrideDraft {
  /** Tells the rows apart. */
  readonly row: number
  readonly name: string
  readonly limit: Typed
  readonly windowSeconds: Typed
  readonly burst: Typed
  readonly until: string
}

/** What is to be in force for an account, while someone types it. */
export interface PlanDraft {
  readonly plan: string
  readonly overrides: readonly OverrideDraft[]
  readonly cap: 'plan' | 'none' | 'max'
  readonly capMax: Typed
  readonly capUntil: string
}

/** A field of a draft: `cap.max`, or `2.limit` for the row 2. */
export type DraftField =
  | `cap.${'max' | 'until'}`
  | `${number}.${'name' | 'limit' | 'windowSeconds' | 'burst' | 'until'}`

/** What can be wrong with a field. */
export type DraftFault = 'name' | 'twice' | 'number' | 'count' | 'moment'

const countMax = 1_000_000_000
const capMaxMax = 1_000_000
const windowSecondsMax = 31_622_400

const localOf = (until: string | null): string => (until === null ? '' : toLocalText(Date.parse(until)))

/** The draft with which a dialog about an account begins. */
export function draftOf({ plan, overrides, activeKeys }: ListedAccount): PlanDraft {
  return {
    plan,
    overrides: overrides.map(({ name, limit, windowSeconds, burst, until }, row) => ({
      row,
      name,
      limit,
      windowSeconds,
      burst: burst ?? '',
      until: localOf(until),
    })),
    cap: activeKeys === null ? 'plan' : activeKeys.max === null ? 'none' : 'max',
    capMax: activeKeys?.max ?? '',
    capUntil: localOf(activeKeys?.until ?? null),
  }
}

/** A row to begin with. */
export const emptyOverride = (row: number): OverrideDraft => ({
  row,
  name: '',
  limit: '',
  windowSeconds: 60,
  burst: '',
  until: '',
})

const isWhole = (value: Typed, min: number, max: number): boolean =>
  value !== '' && Number.isInteger(Number(value)) && Number(value) >= min && Number(value) <= max

const isMoment = (text: string): boolean => text === '' || fromLocalText(text) !== undefined

function overrideFaults(
  each: OverrideDraft,
  all: readonly OverrideDraft[],
): readonly (readonly [DraftField, DraftFault])[] {
  const { row, name, limit, windowSeconds, burst, until } = each
  const isTwice = all.some((other) => other.row < row && other.name.trim() === name.trim())
  const found: (readonly [DraftField, DraftFault])[] = []
  if (!/^[a-z][a-z0-9_-]{0,63}$/.test(name.trim())) found.push([`${row}.name`, 'name'])
  else if (isTwice) found.push([`${row}.name`, 'twice'])
  if (!isWhole(limit, 1, countMax)) found.push([`${row}.limit`, 'number'])
  if (!isWhole(windowSeconds, 1, windowSecondsMax)) found.push([`${row}.windowSeconds`, 'number'])
  if (burst !== '' && !isWhole(burst, 1, countMax)) found.push([`${row}.burst`, 'number'])
  if (!isMoment(until)) found.push([`${row}.until`, 'moment'])
  return found
}

/** What is wrong with a draft, by field; empty: it can be sent. */
export function draftFaults({ overrides, cap, capMax, capUntil }: PlanDraft): ReadonlyMap<DraftField, DraftFault> {
  const found = new Map<DraftField, DraftFault>(overrides.flatMap((each) => overrideFaults(each, overrides)))
  if (cap === 'max' && !isWhole(capMax, 0, capMaxMax)) found.set('cap.max', 'count')
  if (cap !== 'plan' && !isMoment(capUntil)) found.set('cap.until', 'moment')
  return found
}

const momentOf = (text: string): string | null => {
  const epochMs = fromLocalText(text)
  return epochMs === undefined ? null : new Date(epochMs).toISOString()
}

/** The change of the account that a draft without faults means. */
export function changeOf({ plan, overrides, cap, capMax, capUntil }: PlanDraft) {
  return {
    plan,
    overrides: overrides.map(({ name, limit, windowSeconds, burst, until }) => ({
      name: name.trim(),
      limit: Number(limit),
      windowSeconds: Number(windowSeconds),
      ...(burst === '' ? {} : { burst: Number(burst) }),
      until: momentOf(until),
    })),
    activeKeys: cap === 'plan' ? null : { max: cap === 'none' ? null : Number(capMax), until: momentOf(capUntil) },
  }
}

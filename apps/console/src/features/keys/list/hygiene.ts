import type { Config, KeySummary } from '../../../api/records.ts'
import type { KeysSearch } from '../keys-search.ts'

/** Something to do about some keys: how many, and the filter that shows them. */
export interface Chore {
  readonly kind: 'unused' | 'unrestricted' | 'expiring' | 'due'
  readonly count: number
  readonly search: KeysSearch
}

/** What there is to do about an account's keys, most pressing first; empty where all is well. */
export function choresOf(summary: KeySummary, config: Pick<Config, 'grants' | 'rotation'>): readonly Chore[] {
  const chores: readonly Chore[] = [
    { kind: 'expiring', count: summary.expiring7Days, search: { state: 'active', expiring: 7 } },
    {
      kind: 'unrestricted',
      count: config.grants.unrestricted === 'absent' ? 0 : summary.unrestricted,
      search: { state: 'active', unrestricted: true },
    },
    { kind: 'unused', count: summary.unused90Days, search: { state: 'active', unused: 90 } },
    {
      kind: 'due',
      count: config.rotation.dueAfterDays === null ? 0 : summary.dueForRotation,
      search: { state: 'active', due: true },
    },
  ]
  return chores.filter(({ count }) => count > 0)
}

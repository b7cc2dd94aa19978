import type { KeyState } from '@keywright/core'
import type { Config } from '../../../api/records.ts'
import type { KeysSearch } from '../keys-search.ts'

const hourMs = 3_600_000
const dayMs = 86_400_000

/** How many keys a page shows. */
export const pageKeys = 50

const keyStates = ['active', 'paused', 'revoked', 'expired'] as const satisfies readonly KeyState[]

/** The columns that sort, and how each sorts when it is chosen first. */
export const firstSort = {
  name: 'name',
  created: '-created',
  lastUsed: '-lastUsed',
  expires: 'expires',
} as const

export type SortColumn = keyof typeof firstSort

interface Place {
  readonly config: Pick<Config, 'display'>
  /** The member who looks, for `owner=me`. */
  readonly memberId: string | null
  readonly nowMs: number
}

/** The states that a search asks for; unknown ones are forgotten, none at all means those that the configuration lists. */
export function statesOf(search: KeysSearch, config: Pick<Config, 'display'>): readonly KeyState[] {
  const asked = (search.state ?? '').split(',')
  const known = keyStates.filter((state) => asked.includes(state))
  return known.length === 0 ? config.display.listedStates : known
}

/** A moment at the end of its hour: a page that is turned asks for the same keys as the one before. */
const wholeHour = (ms: number): string => new Date(Math.ceil(ms / hourMs) * hourMs).toISOString()

function ownerOf({ owner }: KeysSearch, memberId: string | null): string | undefined {
  if (owner !== 'me') return owner
  return memberId ?? undefined
}

const defined = <Part extends object>(part: Part): Partial<Part> =>
  Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as Partial<Part>

const conditionsOf = (search: KeysSearch, { memberId, nowMs }: Place) =>
  defined({
    search: search.search,
    type: search.type,
    environment: search.environment,
    owner: ownerOf(search, memberId),
    permission: search.permission,
    unusedSince: search.unused === undefined ? undefined : wholeHour(nowMs - search.unused * dayMs),
    expiresBefore: search.expiring === undefined ? undefined : wholeHour(nowMs + search.expiring * dayMs),
    dueForRotation: search.due,
    noExpiry: search.noExpiry,
    unrestricted: search.unrestricted,
    rotating: search.rotating,
  })

/** The order of a search as the API names it; anything else is the API's own order. */
export const sortOf = ({ sort }: KeysSearch): string =>
  sort !== undefined && /^-?(?:name|created|lastUsed|expires)$/.test(sort) ? sort : '-created'

/** The query of the listing that a search asks for. */
export const toListQuery = (search: KeysSearch, place: Place) => ({
  ...conditionsOf(search, place),
  state: statesOf(search, place.config),
  sort: sortOf(search),
  cursor: search.cursor,
  limit: pageKeys,
})

/** The filter of a batch over all keys that a search finds, always of one account and with its states named. */
export const toBatchFilter = (search: KeysSearch, accountId: string, place: Place) => ({
  account: accountId,
  ...conditionsOf(search, place),
  state: [...statesOf(search, place.config)],
})

/** A filter that is on: a chip, and what the search is without it. */
export type FilterName = Exclude<keyof KeysSearch, 'sort' | 'cursor' | 'page'>

const filterNames = [
  'search',
  'state',
  'environment',
  'type',
  'owner',
  'permission',
  'unused',
  'expiring',
  'due',
  'noExpiry',
  'unrestricted',
  'rotating',
] as const satisfies readonly FilterName[]

/** The filters that are on, in the order in which they are shown. */
export const activeFilters = (search: KeysSearch): readonly FilterName[] =>
  filterNames.filter((name) => search[name] !== undefined)

/** The search with some filters changed (`undefined` removes one); it begins at its first page. */
export function changed(
  search: KeysSearch,
  change: { readonly [Name in keyof KeysSearch]?: KeysSearch[Name] | undefined },
): KeysSearch {
  const { cursor: _cursor, page: _page, ...rest } = search
  return defined({ ...rest, ...change }) as KeysSearch
}

/** The search without any filter; the order stays. */
export const cleared = ({ sort }: KeysSearch): KeysSearch => (sort === undefined ? {} : { sort })

/** How many keys a search finds, where the summary tells: only states are chosen. */
export function countOf(
  search: KeysSearch,
  states: Readonly<Record<KeyState, number>> | undefined,
  config: Pick<Config, 'display'>,
): number | null {
  if (states === undefined || activeFilters(search).some((name) => name !== 'state')) return null
  return statesOf(search, config).reduce((sum, state) => sum + states[state], 0)
}

/** The other order of a column, or its first one. */
export function nextSort(column: SortColumn, current: string): string {
  if (current === column) return `-${column}`
  if (current === `-${column}`) return column
  return firstSort[column]
}

/** What a list of events shows; all of it in the address. */
export interface ActivitySearch {
  readonly type?: string
  readonly key?: string
  readonly account?: string
}

const names = ['type', 'key', 'account'] as const

/** Reads the filters of an address; what it does not know is forgotten. */
export function readActivitySearch(search: Record<string, unknown>): ActivitySearch {
  const read: Record<string, string> = {}
  for (const name of names) {
    const value = search[name]
    if (typeof value === 'string' && value !== '') read[name] = value.slice(0, 200)
  }
  return read
}

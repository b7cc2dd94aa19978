import { looksSecret } from './list/pasted-key.ts'

/** What the list of keys shows: its filters, order and place, all in the address. */
export interface KeysSearch {
  readonly search?: string
  /** States with commas; absent: those that the configuration lists. */
  readonly state?: string
  readonly type?: string
  readonly environment?: string
  /** `me`, `none` (service keys) or a member's id. */
  readonly owner?: string
  readonly permission?: string
  /** Days without use. */
  readonly unused?: number
  readonly due?: true
  readonly noExpiry?: true
  readonly unrestricted?: true
  readonly rotating?: true
  /** Days until the key's own expiry. */
  readonly expiring?: number
  readonly sort?: string
  /** Where the page begins; absent: at the first key. */
  readonly cursor?: string
  /** The number of the page, from 2. */
  readonly page?: number
}

const texts = ['search', 'state', 'type', 'environment', 'owner', 'permission', 'sort'] as const
const flags = ['due', 'noExpiry', 'unrestricted', 'rotating'] as const
const numbers = ['unused', 'expiring', 'page'] as const
const textMax = 200
const cursorMax = 2_000
const numberMax = 100_000

/** Reads the filters of an address; what it does not know is forgotten, and a secret most of all. */
export function readKeysSearch(search: Record<string, unknown>): KeysSearch {
  const read: Record<string, string | number | true> = {}
  for (const name of texts) {
    const value = search[name]
    if (typeof value === 'string' && value !== '') read[name] = value.slice(0, textMax)
    else if (typeof value === 'number') read[name] = String(value)
  }
  if (typeof read['search'] === 'string' && looksSecret(read['search'])) delete read['search']
  for (const name of flags) if (search[name] === true || search[name] === 'true') read[name] = true
  for (const name of numbers) {
    const value = Number(search[name])
    if (Number.isInteger(value) && value > 0 && value <= numberMax) read[name] = value
  }
  const { cursor } = search
  if (typeof cursor === 'string' && cursor !== '' && cursor.length <= cursorMax) read['cursor'] = cursor
  return read
}

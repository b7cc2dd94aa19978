import type { Position } from '@keywright/core'

/** The channel on which processes of one database tell each other what changed. */
export const channel = 'keywright'

/** PostgreSQL carries less than 8,000 bytes at once: more accounts than these are all of them. */
const accountsMax = 100

/** What one process tells the others. It only wakes: whoever misses it sees the change at the next look. */
export interface Announcement {
  /** The place that the log has reached; absent: what changed is not in the log. */
  readonly position?: Position | undefined
  readonly what: 'log' | 'usage' | 'notices'
  /** The accounts in which something changed; `null`: it may be any. */
  readonly accounts: readonly string[] | null
  /** The process that tells, where it need not hear itself. */
  readonly from?: string | undefined
}

/** An announcement as it is sent. */
export function announcementText({ position, what, accounts, from }: Announcement): string {
  const named = accounts !== null && accounts.length <= accountsMax ? accounts : null
  return JSON.stringify({ position, what, accounts: named, from })
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

function positionOf(value: unknown): Position | undefined {
  if (!isObject(value)) return undefined
  const { epoch, number, hash } = value
  return typeof epoch === 'string' && Number.isSafeInteger(number) && typeof hash === 'string'
    ? { epoch, number: number as number, hash }
    : undefined
}

/** Reads what was sent; anybody who may connect can send, hence `undefined` for what is none. */
export function readAnnouncement(text: string): Announcement | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  const { what, accounts, from } = value
  if (what !== 'log' && what !== 'usage' && what !== 'notices') return undefined
  const named = Array.isArray(accounts) && accounts.every((account) => typeof account === 'string') ? accounts : null
  return {
    position: positionOf(value['position']),
    what,
    accounts: named,
    from: typeof from === 'string' ? from : undefined,
  }
}

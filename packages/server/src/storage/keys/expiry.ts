import type { ResolvedConfig } from '@keywright/core'
import { isMoment } from '../limits.ts'
import type { Faults } from './faults.ts'

const dayMs = 86_400_000
/** By how much the clock of whoever computed "in 90 days" may be ahead of the store's. */
const toleranceMs = 300_000

/** The longest life that the configuration allows, in days; `null`: no bound. */
function longestDays({ expiry }: ResolvedConfig): number | null {
  const choices = expiry.choicesDays?.filter((days) => days !== null) ?? []
  const largest = expiry.choicesDays === null ? null : Math.max(0, ...choices)
  if (largest === null || expiry.maxDays === null) return largest ?? expiry.maxDays
  return Math.min(largest, expiry.maxDays)
}

const mayBeNever = ({ expiry }: ResolvedConfig): boolean =>
  expiry.choicesDays === null ? expiry.maxDays === null : expiry.choicesDays.includes(null)

/**
 * When a key expires (epoch milliseconds; `null`: never): as named, else by the configuration's default. `bornMs` is when its life began.
 * What the configuration does not allow is a fault.
 */
export function chooseExpiry(
  given: number | null | undefined,
  config: ResolvedConfig,
  moments: { readonly nowMs: number; readonly bornMs: number },
  faults: Faults,
): number | null {
  const { defaultDays } = config.expiry
  if (given === undefined) return defaultDays === null ? null : moments.nowMs + defaultDays * dayMs
  if (given === null) {
    if (!mayBeNever(config)) faults.refused('/expiresAt', `Keys must expire here${withinDays(config)}. Name a time.`)
    return null
  }
  if (!isMoment(given)) {
    faults.invalid('/expiresAt', 'Write a time (RFC 3339) before the year 10000, or null for never.')
    return null
  }
  if (given <= moments.nowMs) {
    faults.invalid('/expiresAt', 'The time has passed. Name one in the future; to stop a key now, revoke it.')
    return null
  }
  const days = longestDays(config)
  if (days === 0) faults.refused('/expiresAt', 'Keys do not expire here. Leave the time out.')
  if (days === null || days === 0) return given
  const lastMs = moments.bornMs + days * dayMs
  if (given > lastMs + toleranceMs)
    faults.refused('/expiresAt', `Keys must expire here${withinDays(config)}. Name an earlier time.`)
  return Math.min(given, Math.max(lastMs, moments.nowMs + 1))
}

function withinDays(config: ResolvedConfig): string {
  const days = longestDays(config)
  return days === null ? '' : ` within ${days} days`
}

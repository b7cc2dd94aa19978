import type { Config } from '../../../api/records.ts'

const dayMs = 86_400_000
const usualDays = [7, 30, 60, 90, 180, 365] as const

/** When a key is to expire: never, after days, or at the end of a day that was named (`2027-02-18`, in the browser's time zone). */
export type Expiry =
  | { readonly kind: 'never' }
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'date'; readonly date: string }

/** What the configuration leaves to choose. */
export interface ExpiryChoices {
  readonly days: readonly number[]
  readonly never: boolean
  /** Days from the beginning of the key's life; `null`: no bound. */
  readonly maxDays: number | null
}

/** The choices of the configuration; `null`: keys do not expire here, and nothing is asked. */
export function expiryChoices({ expiry }: Pick<Config, 'expiry'>): ExpiryChoices | null {
  const { choicesDays, maxDays } = expiry
  if (choicesDays === null)
    return {
      days: usualDays.filter((days) => maxDays === null || days <= maxDays),
      never: maxDays === null,
      maxDays,
    }
  const days = choicesDays.filter((each) => each !== null)
  if (days.length === 0) return null
  const longest = Math.max(...days)
  return { days, never: choicesDays.includes(null), maxDays: maxDays === null ? longest : Math.min(longest, maxDays) }
}

/** What is chosen before the person chooses. */
export function firstExpiry(config: Pick<Config, 'expiry'>): Expiry {
  const choices = expiryChoices(config)
  const { defaultDays } = config.expiry
  if (choices === null || (defaultDays === null && choices.never)) return { kind: 'never' }
  return { kind: 'days', days: defaultDays ?? choices.days[0] ?? choices.maxDays ?? 1 }
}

/** The moment of an expiry in epoch milliseconds; `null`: never; `undefined`: no day is named. */
export function expiryMs(expiry: Expiry, nowMs: number): number | null | undefined {
  if (expiry.kind === 'never') return null
  if (expiry.kind === 'days') return nowMs + expiry.days * dayMs
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(expiry.date)
  if (match === null) return undefined
  const end = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]), 23, 59, 59).getTime()
  return Number.isNaN(end) ? undefined : end
}

/** The last moment that may be named, for a life that begins at `bornMs`; `null`: no bound. */
export const lastMs = ({ maxDays }: ExpiryChoices, bornMs: number): number | null =>
  maxDays === null ? null : bornMs + maxDays * dayMs

/** What is wrong with an expiry; `null`: nothing. */
export function expiryFault(
  expiry: Expiry,
  choices: ExpiryChoices,
  { nowMs, bornMs }: { readonly nowMs: number; readonly bornMs: number },
): { readonly fault: 'missing' } | { readonly fault: 'late'; readonly lastMs: number } | null {
  const moment = expiryMs(expiry, nowMs)
  if (moment === null) return choices.never ? null : { fault: 'missing' }
  if (moment === undefined || moment <= nowMs) return { fault: 'missing' }
  const last = lastMs(choices, bornMs)
  return last !== null && expiry.kind === 'date' && startOfDay(moment) > last ? { fault: 'late', lastMs: last } : null
}

/** An expiry as it is sent; the end of the last possible day is that possible moment. */
export function expiryToSend(
  expiry: Expiry,
  choices: ExpiryChoices,
  { nowMs, bornMs }: { readonly nowMs: number; readonly bornMs: number },
): string | null {
  const moment = expiryMs(expiry, nowMs)
  if (moment === null || moment === undefined) return null
  const last = lastMs(choices, bornMs)
  return new Date(last === null ? moment : Math.min(moment, last)).toISOString()
}

const startOfDay = (moment: number): number => new Date(moment).setHours(0, 0, 0, 0)

/** The day of a moment as a date field writes it, in the browser's time zone. */
export function dateField(moment: number): string {
  const date = new Date(moment)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

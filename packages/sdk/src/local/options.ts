import type { ConnectionOptions } from '../transport.ts'
import { systemClock, type VerifierClock } from './clock.ts'

/** What a verifier does while the server cannot be reached. */
export type Outage =
  /** Answers `UNAVAILABLE` once memory is older than `freshnessMs`. */
  | 'refuse'
  /** Answers from older memory for at most so many milliseconds more, saying so in `staleMs` of each answer. Revocations may be late by as much. */
  | { readonly graceMs: number }

/** How a verifier checks keys where the adopter's API runs. */
export interface VerifierOptions extends Pick<ConnectionOptions, 'url' | 'fetch' | 'timeoutMs'> {
  /** A `verify` credential. It is kept where neither `JSON.stringify` nor an inspector sees it. */
  readonly credential: string
  /**
   * How old, in milliseconds, memory may be when it answers, the age of the server's own proof included: within it every revocation is seen.
   * It is this process's own bound, whatever `FRESHNESS_MS` the server has; one below that of the server may make checks wait. 50 to 60,000.
   * Default: 1,000.
   */
  readonly freshnessMs?: number
  /** Default: `'refuse'`. A grace has at most 3,600,000 milliseconds. It never holds where the server refuses the credential. */
  readonly outage?: Outage
  /**
   * `'local'`: each process counts the limits of keys and accounts by itself and admits up to them, so n processes admit up to n times as much.
   * `'exact'`: a check of a key that has limits asks the server, which counts for all. Quotas always ask. Default: `'local'`.
   */
  readonly limits?: 'local' | 'exact'
  /** Keys that memory holds at most, about 600 bytes each; those used longest ago make room. Accounts are bounded alike. From 1,000;
   * default: 100,000. */
  readonly keysMax?: number
  /** Texts that are remembered as no key at most, about 120 bytes each. Default: 16,384. */
  readonly unknownMax?: number
  /**
   * Told of failures: one that lasts when it begins, when it becomes another and once a minute; a check that is wrongly asked, and usage that
   * is lost, each time. No error has a key or the credential in it.
   */
  readonly onError?: (error: Error) => void
  /** Default: the clocks of the machine. */
  readonly clock?: VerifierClock
  /** A number from 0 to below 1, for the jitter of what is repeated. Default: `Math.random`. */
  readonly random?: () => number
}

/** The options with what they leave out. */
export type CheckedOptions = Required<Omit<VerifierOptions, 'fetch' | 'onError' | 'outage'>> & {
  readonly fetch: typeof globalThis.fetch
  readonly graceMs: number
  readonly onError: VerifierOptions['onError'] | undefined
}

function between(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw new TypeError(`${name} is ${String(value)}; it must be a whole number from ${least} to ${most}`)
}

/** Checks the options where they are written; throws a `TypeError` that names what is wrong. */
export function checkedOptions(options: VerifierOptions): CheckedOptions {
  const outage = options.outage ?? 'refuse'
  if (outage !== 'refuse' && typeof outage?.graceMs !== 'number')
    throw new TypeError("outage must be 'refuse' or { graceMs }")
  const limits = options.limits ?? 'local'
  if (limits !== 'local' && limits !== 'exact') throw new TypeError("limits must be 'local' or 'exact'")
  return {
    url: options.url,
    credential: options.credential,
    fetch: options.fetch ?? globalThis.fetch,
    timeoutMs: between('timeoutMs', options.timeoutMs ?? 5_000, 1, 600_000),
    freshnessMs: between('freshnessMs', options.freshnessMs ?? 1_000, 50, 60_000),
    graceMs: outage === 'refuse' ? 0 : between('outage.graceMs', outage.graceMs, 0, 3_600_000),
    limits,
    keysMax: between('keysMax', options.keysMax ?? 100_000, 1_000, 10_000_000),
    unknownMax: between('unknownMax', options.unknownMax ?? 16_384, 1, 10_000_000),
    onError: options.onError,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  }
}

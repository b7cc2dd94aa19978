/** What a checking process is told. */
export type Order =
  | { readonly order: 'watch'; readonly keys: readonly string[] }
  /** Answer what was seen so far, and go on. */
  | { readonly order: 'report' }
  | { readonly order: 'rest' }

/** What a checking process says. */
export type News =
  | { readonly news: 'ready'; readonly worker: string }
  /** Every key that is watched was accepted at least once. */
  | { readonly news: 'warm' }
  | { readonly news: 'report'; readonly report: Report }

/** What was seen of the keys that are watched, in their order. */
export interface Report {
  /** When each was last accepted, nanoseconds of the machine's monotonic clock; `null`: never. */
  readonly acceptedNs: readonly (number | null)[]
  /** How each was answered the last time. */
  readonly codes: readonly string[]
  readonly checks: number
  /** Acceptances that count from before their check, since the process stood still during it. */
  readonly interrupted: number
}

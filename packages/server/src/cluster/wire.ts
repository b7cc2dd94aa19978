import type { Position, Rate } from '@keywright/core'
import type { Told } from '../gossip.ts'

/** What a worker process is told before it begins. */
export interface Start {
  /** Counts the workers from 1, replacements included; for the log. */
  readonly worker: number
  /** The configuration in force as it was given, and its hash: workers do not read the file, which may have changed since. */
  readonly configSource: unknown
  readonly configHash: string
  /** One name for all processes, by which pages recognise their cursors. */
  readonly pulse: string
  /** The port that the others listen on; `null`: nobody does yet. */
  readonly port: number | null
}

/** Where a worker serves. */
export interface Served {
  readonly url: string
  readonly port: number
}

/** One metric with its values, as prom-client writes it. */
export interface MetricValues {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly aggregator?: string
  readonly values: readonly {
    readonly value: number
    readonly labels: Readonly<Record<string, string | number>>
    /** Of histograms: the series. */
    readonly metricName?: string
  }[]
}

/** Limits of one owner that a check takes from; a list of rates goes by a number that the worker gave it. */
export type OwnerAsked = readonly [owner: string, rates: number]

/** A rate in writing. Its emission follows from the rest, and a tolerance that is no number is `null`. */
export type RateWritten = readonly [name: string, limit: number, windowSeconds: number, toleranceMs: number | null]

/** How one limit stands: what remains, and when there is something again. */
export type StateWritten = readonly [remaining: number, retryAfterMs: number]

/** What is touched beside the log, in which accounts; `null`: in too many to name. */
export type TouchedMessage = readonly [
  kind: 'touched',
  what: 'usage' | 'notices',
  accountIds: readonly string[] | null,
  at: number,
]

/** A limit that a worker asks for, or gives back to; a cost that is no number is `null`. */
export type LimitMessage = readonly [
  kind: 'take' | 'give-back',
  number: number,
  cost: number | null,
  owners: readonly OwnerAsked[],
]

/** What all processes tell each other through the primary. */
export type SharedMessage =
  | readonly ['committed', Position]
  | readonly ['told', string, Told]
  | readonly ['watching']
  | TouchedMessage

/** What workers say to the primary about limits. */
export type LimitsMessage =
  | LimitMessage
  | readonly ['rates', number, readonly RateWritten[]]
  | readonly ['forget-rates']

/** What workers say to the primary. */
export type ToPrimary =
  | SharedMessage
  | LimitsMessage
  | readonly ['hello']
  | readonly ['beat']
  | readonly ['serves', Served]
  | readonly ['refused', string]
  | readonly ['leaves', readonly MetricValues[]]
  | readonly ['measured', number, readonly MetricValues[]]
  | readonly ['measure-all', number, readonly MetricValues[]]

/** What the primary says to workers. */
export type ToWorker =
  | SharedMessage
  | readonly ['begin', Start]
  | readonly ['taken', number, boolean, number | null, readonly StateWritten[]]
  | readonly ['given-back', number]
  | readonly ['measure', number]
  | readonly ['all-measured', number, readonly (readonly MetricValues[])[]]
  | readonly ['lead']
  | readonly ['stop']

/** A rate in writing. */
export const writeRate = ({ name, limit, windowSeconds, toleranceMs }: Rate): RateWritten => [
  name,
  limit,
  windowSeconds,
  Number.isFinite(toleranceMs) ? toleranceMs : null,
]

/** A rate out of writing. */
export const readRate = ([name, limit, windowSeconds, toleranceMs]: RateWritten): Rate => ({
  name,
  limit,
  windowSeconds,
  emissionMs: (windowSeconds * 1_000) / limit,
  toleranceMs: toleranceMs ?? Number.NaN,
})

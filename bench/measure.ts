/** One measured comparison: the subject's figure over the floor's, from rounds that alternate within one run. */
export interface Comparison {
  readonly name: string
  readonly unit: string
  readonly floor: number
  readonly subject: number
  /** Median of the rounds' ratios. */
  readonly ratio: number
  /** Smallest and largest ratio of the rounds. */
  readonly spread: readonly [number, number]
  /** `null`: shown without an aim. */
  readonly aim: string | null
  readonly met: boolean | null
}

/** One measured figure with a bound of its own. */
export interface Figure {
  readonly name: string
  readonly unit: string
  readonly value: number
  readonly aim: string | null
  readonly met: boolean | null
}

/** Many measured values of one kind, and one of their percentiles held to a bound. */
export interface Distribution {
  readonly name: string
  readonly unit: string
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly aim: string | null
  readonly met: boolean | null
}

export type Result = Comparison | Figure | Distribution

/** What a comparison is called and held to. */
export interface About {
  readonly name: string
  readonly unit: string
  /** The ratio that is aimed at; absent: shown without an aim. */
  readonly aimRatio?: number
  readonly rounds: number
}

/** A rate, measured once. */
type Rate = () => number | Promise<number>

/** The value in the middle; of an even number of values the larger of the two; `NaN` of none. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** The value that a share of all, 0 to 1, does not exceed (nearest rank); `NaN` of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** Runs a body in batches for a time and answers how often a second it ran. */
export function perSecond(durationMs: number, body: (index: number) => void): number {
  const start = performance.now()
  let count = 0
  while (performance.now() - start < durationMs) for (let step = 0; step < 1_000; step++) body(count++)
  return count / ((performance.now() - start) / 1_000)
}

/** The same of a body that answers later, with as many of them under way as there are lanes. */
export async function perSecondLater(
  durationMs: number,
  lanes: number,
  body: (index: number) => Promise<unknown>,
): Promise<number> {
  const start = performance.now()
  let count = 0
  const lane = async () => {
    while (performance.now() - start < durationMs) await body(count++)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return count / ((performance.now() - start) / 1_000)
}

/** Compares rates in alternating rounds; the first round warms up and is left out. */
export async function compare(about: About, floor: Rate, subject: Rate): Promise<Comparison> {
  await floor()
  await subject()
  const floors: number[] = []
  const subjects: number[] = []
  for (let round = 0; round < about.rounds; round++) {
    floors.push(await floor())
    subjects.push(await subject())
  }
  return comparisonOf(about, floors, subjects)
}

/** The comparison of rates that were measured in pairs. */
export function comparisonOf(
  { name, unit, aimRatio }: About,
  floors: readonly number[],
  subjects: readonly number[],
): Comparison {
  const ratios = subjects.map((value, index) => value / (floors[index] as number))
  const ratio = median(ratios)
  return {
    name,
    unit,
    floor: median(floors),
    subject: median(subjects),
    ratio,
    spread: [Math.min(...ratios), Math.max(...ratios)],
    aim: aimRatio === undefined ? null : `≥ ${aimRatio}`,
    met: aimRatio === undefined ? null : ratio >= aimRatio,
  }
}

/** A figure that should not exceed a bound. */
export const atMost = (name: string, unit: string, value: number, bound: number): Figure => ({
  name,
  unit,
  value,
  aim: `≤ ${bound} ${unit}`,
  met: value <= bound,
})

/** The distribution of values, of which one percentile should not exceed a bound. */
export function distributionOf(
  { name, unit, aim }: { readonly name: string; readonly unit: string; readonly aim?: DistributionAim },
  values: readonly number[],
): Distribution {
  const found = { p50: percentile(values, 0.5), p99: percentile(values, 0.99), max: percentile(values, 1) }
  return {
    name,
    unit,
    count: values.length,
    ...found,
    aim: aim === undefined ? null : `${aim.of} ≤ ${aim.bound} ${unit}`,
    met: aim === undefined ? null : values.length > 0 && found[aim.of] <= aim.bound,
  }
}

/** Which percentile is held to which bound. */
interface DistributionAim {
  readonly of: 'p99' | 'max'
  readonly bound: number
}

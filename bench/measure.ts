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
  readonly aim: string
  readonly met: boolean
}

/** One measured figure with a bound of its own. */
export interface Figure {
  readonly name: string
  readonly unit: string
  readonly value: number
  readonly aim: string
  readonly met: boolean
}

export type Result = Comparison | Figure

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Runs a body in batches for a time and answers how often a second it ran. */
export function perSecond(durationMs: number, body: (index: number) => void): number {
  const start = performance.now()
  let count = 0
  while (performance.now() - start < durationMs) for (let step = 0; step < 1_000; step++) body(count++)
  return count / ((performance.now() - start) / 1_000)
}

/** Compares rates in alternating rounds; the first round warms up and is left out. */
export async function compare(
  about: { readonly name: string; readonly unit: string; readonly aimRatio: number; readonly rounds: number },
  floor: () => number | Promise<number>,
  subject: () => number | Promise<number>,
): Promise<Comparison> {
  await floor()
  await subject()
  const floors: number[] = []
  const subjects: number[] = []
  for (let round = 0; round < about.rounds; round++) {
    floors.push(await floor())
    subjects.push(await subject())
  }
  const ratios = subjects.map((value, index) => value / (floors[index] as number))
  const ratio = median(ratios)
  return {
    name: about.name,
    unit: about.unit,
    floor: median(floors),
    subject: median(subjects),
    ratio,
    spread: [Math.min(...ratios), Math.max(...ratios)],
    aim: `≥ ${about.aimRatio} of the floor`,
    met: ratio >= about.aimRatio,
  }
}

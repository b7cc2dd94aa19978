import { mkdirSync, writeFileSync } from 'node:fs'
import type { Machine } from './machine.ts'
import type { Result } from './measure.ts'

/** The results of one part of the bench, as they are kept in `bench/results/<part>.json`. */
export interface PartResults {
  readonly part: string
  /** RFC 3339. */
  readonly at: string
  readonly machine: Machine
  readonly results: readonly Result[]
}

/** Where results are kept. */
const resultsFolder = new URL('./results/', import.meta.url)

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })

/** One line that says what a result is and whether its aim was met. */
export function lineOf(result: Result): string {
  const aim = result.aim === null ? '' : `; aim ${result.aim}: ${result.met === true ? 'met' : 'NOT met'}`
  if ('ratio' in result) {
    const spread = result.spread.map((ratio) => number.format(ratio)).join(' to ')
    return `${result.name}: ${number.format(result.subject)} ${result.unit}, floor ${number.format(result.floor)}, ratio ${number.format(result.ratio)} (${spread}${aim})`
  }
  if ('count' in result) {
    const values = [result.p50, result.p99, result.max].map((value) => number.format(value)).join(', ')
    return `${result.name}: p50, p99, max of ${result.count}: ${values} ${result.unit}${aim}`
  }
  return `${result.name}: ${number.format(result.value)} ${result.unit}${aim}`
}

/** Keeps the results of a part, in place of those of an earlier run. */
export function keepResults(kept: PartResults): void {
  mkdirSync(resultsFolder, { recursive: true })
  writeFileSync(new URL(`${kept.part}.json`, resultsFolder), `${JSON.stringify(kept, null, 2)}\n`)
}

import type { Comparison, Distribution, Figure, Result } from '../bench/measure.ts'

/** Whether a result compares rates. */
export const isComparison = (result: Result): result is Comparison => 'ratio' in result
/** Whether a result is a distribution. */
export const isDistribution = (result: Result): result is Distribution => 'count' in result

/** Writes a figure with as many digits as mean something. */
export const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/** The aim of a result, in words. */
export const aimOf = (result: Result): string => result.aim ?? ''
const metOf = (result: Result): string => (result.met === null ? '' : result.met ? 'met' : '**missed**')

/** A table of Markdown; the first column is of words. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')

/** All results of a section, one table for each kind. */
export function tablesOf(results: readonly Result[]): string {
  const comparisons = results.filter(isComparison)
  const distributions = results.filter(isDistribution)
  const figures = results.filter((result): result is Figure => !isComparison(result) && !isDistribution(result))
  const tables: string[] = []
  if (comparisons.length > 0) {
    const rows = comparisons.map((result) => [
      result.name,
      `${number.format(result.subject)} ${result.unit}`,
      number.format(result.floor),
      `${number.format(result.ratio)} (${result.spread.map((each) => number.format(each)).join(' to ')})`,
      aimOf(result),
      metOf(result),
    ])
    tables.push(table(['what', 'seen', 'compared with', 'ratio (spread)', 'aim', ''], rows))
  }
  if (distributions.length > 0) {
    const rows = distributions.map((result) => [
      result.name,
      number.format(result.count),
      ...[result.p50, result.p99, result.max].map((value) => `${number.format(value)} ${result.unit}`),
      aimOf(result),
      metOf(result),
    ])
    tables.push(table(['what', 'measured', 'p50', 'p99', 'max', 'aim', ''], rows))
  }
  if (figures.length > 0) {
    const rows = figures.map((result) => [
      result.name,
      `${number.format(result.value)} ${result.unit}`,
      aimOf(result),
      metOf(result),
    ])
    tables.push(table(['what', 'seen', 'aim', ''], rows))
  }
  return tables.join('\n\n')
}

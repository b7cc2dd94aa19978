import type { MetricValues } from './wire.ts'

type Series = MetricValues['values'][number]

const seriesName = ({ metricName, labels }: Series): string => JSON.stringify([metricName, labels])

function summed(one: readonly Series[], other: readonly Series[]): readonly Series[] {
  const sums = new Map(one.map((series) => [seriesName(series), series]))
  for (const series of other) {
    const name = seriesName(series)
    const before = sums.get(name)
    sums.set(name, before === undefined ? series : { ...series, value: before.value + series.value })
  }
  return [...sums.values()]
}

/** Adds what a process has counted to what those before it had; what only says how a process stands goes with it. */
export function addCounters(before: readonly MetricValues[], gone: readonly MetricValues[]): readonly MetricValues[] {
  const sums = new Map(before.map((metric) => [metric.name, metric]))
  for (const metric of gone) {
    if (metric.type === 'gauge' || metric.aggregator === 'omit') continue
    const known = sums.get(metric.name)
    sums.set(metric.name, known === undefined ? metric : { ...metric, values: summed(known.values, metric.values) })
  }
  return [...sums.values()]
}

import '@mantine/charts/styles.css'
import { BarChart } from '@mantine/charts'
import { useComputedColorScheme } from '@mantine/core'
import { useWords } from '../../locales/words.tsx'
import { type UsageQuery, type UsageSeries, usageColors } from './usage-series.ts'
import { useStepLabel } from './use-step-label.ts'

/** Thin bars, what was refused on what was accepted; the running hour or day is marked by its own word. */
export function UsageChart({ series, query }: { readonly series: UsageSeries; readonly query: UsageQuery }) {
  const { say } = useWords()
  const scheme = useComputedColorScheme('light')
  const label = useStepLabel(query)
  const last = series.bars.at(-1)?.startMs
  const data = series.bars.map(({ startMs, accepted, refused }) => ({
    step: startMs === last ? label.running : label.short(startMs),
    [say('keyDetail.usage.accepted')]: accepted,
    [say('keyDetail.usage.refused')]: refused,
  }))
  const colors = usageColors[scheme]
  return (
    <div role="img" aria-label={say('keyDetail.usage.chart')}>
      <BarChart
        h={200}
        data={data}
        dataKey="step"
        type="stacked"
        series={[
          { name: say('keyDetail.usage.accepted'), color: colors.accepted },
          { name: say('keyDetail.usage.refused'), color: colors.refused },
        ]}
        gridAxis="none"
        tickLine="none"
        maxBarWidth={14}
        withXAxis
        withYAxis
        yAxisProps={{ width: 44, allowDecimals: false }}
        xAxisProps={{ interval: 'preserveStartEnd', minTickGap: 16, axisLine: true }}
        barProps={{ isAnimationActive: false }}
        barChartProps={{ accessibilityLayer: false, margin: { top: 8 } }}
      />
    </div>
  )
}

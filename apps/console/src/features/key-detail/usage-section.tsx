import { Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { accountKey } from '../../api/queries.ts'
import type { Usage } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useFormat } from '../../locales/format.ts'
import { useWords } from '../../locales/words.tsx'
import { Choices } from '../../ui/choices.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { ScrollRegion } from '../../ui/scroll-region.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import { codeWord } from './code-words.ts'
import classes from './key-detail.module.css'
import { Section } from './section.tsx'
import { total, type UsageQuery, type UsageRange, type UsageSeries, usageQuery, usageSeries } from './usage-series.ts'
import { useStepLabel } from './use-step-label.ts'

const UsageChart = lazy(() => import('./usage-chart.tsx').then(({ UsageChart }) => ({ default: UsageChart })))

const ranges = [
  { id: '24h', phrase: 'keyDetail.usage.hours24' },
  { id: '7d', phrase: 'keyDetail.usage.days7' },
  { id: '30d', phrase: 'keyDetail.usage.days30' },
] as const

function useUsage(keyId: string, query: UsageQuery) {
  const { accountId, acting } = useAccount()
  return useQuery({
    queryKey: [...accountKey(accountId, 'usage'), keyId, query],
    queryFn: ({ signal }) =>
      api<Usage>(`/v1/keys/${segment(keyId)}/usage`, {
        acting,
        signal,
        query: { from: new Date(query.fromMs).toISOString(), granularity: query.granularity },
      }),
    placeholderData: keepPreviousData,
  })
}

/** How much a key was used, accepted and refused by reason: in a sentence, as bars, and as a table. */
export function UsageSection({ keyId }: { readonly keyId: string }) {
  const { say } = useWords()
  const [range, setRange] = useState<UsageRange>('24h')
  const [asTable, setAsTable] = useState(false)
  const query = usageQuery(range, Date.now())
  const { data, error, refetch } = useUsage(keyId, query)
  const series = data === undefined ? null : usageSeries(data.buckets, query)
  const isEmpty = series !== null && series.peak === null
  return (
    <Section
      title={say('keyDetail.usage.title')}
      action={
        <Choices
          label={say('keyDetail.usage.range')}
          choices={ranges.map(({ id, phrase }) => ({ id, label: say(phrase) }))}
          chosen={range}
          onChoose={(id) => setRange(ranges.find((each) => each.id === id)?.id ?? '24h')}
        />
      }
    >
      {error !== null && series === null && <ErrorNote error={error} retry={() => void refetch()} />}
      {error === null && series === null && <Skeleton height={240} />}
      {isEmpty && (
        <Stack gap={4} py="lg" align="center" ta="center">
          <Text fw={500}>{say('keyDetail.usage.none')}</Text>
          <Text c="dimmed">{say('keyDetail.usage.noneText')}</Text>
        </Stack>
      )}
      {series !== null && !isEmpty && (
        <Stack gap="sm">
          <UsageSummary series={series} query={query} />
          {asTable ? (
            <UsageTable series={series} query={query} />
          ) : (
            <Suspense fallback={<Skeleton height={200} />}>
              <UsageChart series={series} query={query} />
            </Suspense>
          )}
          <Group justify="space-between" align="flex-start" gap="sm">
            <Legend series={series} />
            <Button variant="default" size="xs" onClick={() => setAsTable(!asTable)}>
              {say(asTable ? 'keyDetail.usage.chartAgain' : 'keyDetail.usage.table')}
            </Button>
          </Group>
        </Stack>
      )}
    </Section>
  )
}

interface Shown {
  readonly series: UsageSeries
  readonly query: UsageQuery
}

function UsageSummary({ series, query }: Shown) {
  const { say } = useWords()
  const format = useFormat()
  const label = useStepLabel(query)
  const { accepted, refused, peak } = series
  return (
    <Text className="figures">
      {refused === 0
        ? say('keyDetail.usage.summaryFine', { accepted })
        : say('keyDetail.usage.summary', {
            accepted,
            refused,
            percent: format.percent(refused / (accepted + refused)),
          })}{' '}
      {peak !== null && say('keyDetail.usage.peak', { when: label.long(peak.startMs), count: total(peak) })}
    </Text>
  )
}

function Legend({ series }: { readonly series: UsageSeries }) {
  const config = useConfig()
  const { say } = useWords()
  const format = useFormat()
  return (
    <ul className={classes['legend']} aria-label={say('keyDetail.usage.reasons')}>
      <li>
        <span className={`${classes['swatch']} ${classes['accepted']}`} aria-hidden />
        {say('keyDetail.usage.accepted')} <b className="figures">{format.number(series.accepted)}</b>
      </li>
      {series.refused > 0 && (
        <li>
          <span className={`${classes['swatch']} ${classes['refused']}`} aria-hidden />
          {say('keyDetail.usage.refused')} <b className="figures">{format.number(series.refused)}</b>
        </li>
      )}
      {series.reasons.map(({ code, count }) => (
        <li key={code}>
          {codeWord(code, say, config)} <span className="figures">{format.number(count)}</span>
        </li>
      ))}
    </ul>
  )
}

function UsageTable({ series, query }: Shown) {
  const { say } = useWords()
  const format = useFormat()
  const label = useStepLabel(query)
  return (
    <ScrollRegion label={say('keyDetail.usage.caption')}>
      <table className={classes['table']}>
        <caption className="visually-hidden">{say('keyDetail.usage.caption')}</caption>
        <thead>
          <tr>
            <th scope="col">{say('keyDetail.usage.time')}</th>
            <th scope="col" className={classes['number']}>
              {say('keyDetail.usage.accepted')}
            </th>
            <th scope="col" className={classes['number']}>
              {say('keyDetail.usage.refused')}
            </th>
            <th scope="col" className={classes['number']}>
              {say('keyDetail.usage.total')}
            </th>
          </tr>
        </thead>
        <tbody>
          {series.bars.toReversed().map((bar) => (
            <tr key={bar.startMs}>
              <th scope="row">{label.long(bar.startMs)}</th>
              <td className={classes['number']}>{format.number(bar.accepted)}</td>
              <td className={classes['number']}>{format.number(bar.refused)}</td>
              <td className={classes['number']}>{format.number(total(bar))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

import { Paper, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { summaryQuery } from '../../api/queries.ts'
import type { Account } from '../../api/records.ts'
import { capitalized } from '../../locales/capitalized.ts'
import { type Format, useFormat } from '../../locales/format.ts'
import { type Say, useWords } from '../../locales/words.tsx'
import { Moment } from '../../ui/moment.tsx'
import { ScrollRegion } from '../../ui/scroll-region.tsx'
import { useAccount, useConfig } from '../account-context.tsx'

type Row = readonly [label: string, value: ReactNode]

function limitRows({ inForce }: Account, say: Say, format: Format): readonly Row[] {
  const rate = ({ limit, windowSeconds }: { readonly limit: number; readonly windowSeconds: number }) =>
    say('settings.rate', { limit, window: format.window(windowSeconds) })
  const { quota } = inForce
  const periods = { day: 'settings.quotaDay', month: 'settings.quotaMonth', all: 'settings.quotaAll' } as const
  return [
    ...inForce.limits.map((limit): Row => [`${capitalized(limit.name)} · ${say('settings.perKey')}`, rate(limit)]),
    ...inForce.accountLimits.map(
      (limit): Row => [`${capitalized(limit.name)} · ${say('settings.shared')}`, rate(limit)],
    ),
    ...(quota === null
      ? []
      : [[say('settings.quota'), say(periods[quota.period ?? 'all'], { limit: quota.limit })] as Row]),
  ]
}

function Facts({ caption, rows }: { readonly caption: string; readonly rows: readonly Row[] }) {
  return (
    <Paper>
      <ScrollRegion label={caption}>
        <Table>
          <caption className="visually-hidden">{caption}</caption>
          <Table.Tbody>
            {rows.map(([label, value]) => (
              <Table.Tr key={label}>
                <Table.Th scope="row" w="40%" style={{ whiteSpace: 'normal' }}>
                  {label}
                </Table.Th>
                <Table.Td className="figures breaks">{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
    </Paper>
  )
}

/** What is fixed about an account, and the limits that apply to it at this moment. */
export function AccountFacts() {
  const { say } = useWords()
  const format = useFormat()
  const { plans } = useConfig()
  const { account, accountId, acting, may } = useAccount()
  const { data: summary } = useQuery({ ...summaryQuery(accountId, acting), enabled: may('view') })
  const planLabel = plans.find(({ id }) => id === account.plan)?.label ?? account.plan
  const max = account.inForce.activeKeysMax
  const rows = limitRows(account, say, format)
  const used = summary?.cap.used
  const cap: readonly Row[] =
    used === undefined
      ? []
      : [
          [
            say('settings.cap'),
            max === null ? say('settings.noCap', { used }) : say('settings.capValue', { used, max }),
          ],
        ]
  return (
    <>
      <div>
        <Title order={2} mb="sm">
          {say('settings.facts')}
        </Title>
        <Facts
          caption={say('settings.facts')}
          rows={[
            [
              say('settings.id'),
              <span key="id" className="mono">
                {account.id}
              </span>,
            ],
            // Where there is only one plan, it says nothing.
            ...(plans.length > 1 ? [[say('settings.plan'), planLabel] as const] : []),
            [say('settings.created'), <Moment key="created" at={account.createdAt} />],
          ]}
        />
      </div>
      <div>
        <Title order={2} mb={4}>
          {say('settings.limits')}
        </Title>
        <Text c="dimmed" mb="sm">
          {rows.length === 0 ? say('settings.noLimits') : say('settings.change')}
        </Text>
        {rows.length + cap.length > 0 && <Facts caption={say('settings.limits')} rows={[...cap, ...rows]} />}
      </div>
    </>
  )
}

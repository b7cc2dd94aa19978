import { Paper, Table, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Webhook } from '../../api/records.ts'
import { useFormat } from '../../locales/format.ts'
import { useWords } from '../../locales/words.tsx'
import { Moment } from '../../ui/moment.tsx'
import { ScrollRegion } from '../../ui/scroll-region.tsx'
import { eventLabel } from './event-types.ts'
import { WebhookState } from './webhook-state.tsx'

/** What is known of a webhook. */
export function WebhookFacts({ webhook }: { readonly webhook: Webhook }) {
  const { say } = useWords()
  const format = useFormat()
  const { events, secretRotatingUntil } = webhook
  const rows: readonly (readonly [label: string, value: ReactNode])[] = [
    [say('webhooks.column.state'), <WebhookState key="state" webhook={webhook} />],
    [
      say('webhooks.events'),
      events === null ? say('webhooks.allEvents') : format.list(events.map((type) => eventLabel(type, say))),
    ],
    [say('webhooks.column.lastSuccess'), <Moment key="success" at={webhook.lastSuccessAt} />],
    [
      say('webhooks.column.failingSince'),
      <Moment key="failing" at={webhook.failingSince} absent={say('webhooks.noFailure')} />,
    ],
    ...(secretRotatingUntil === null
      ? []
      : [[say('webhooks.secret.rotating'), <Moment key="rotating" at={secretRotatingUntil} />] as const]),
    [say('webhooks.created_at'), <Moment key="created" at={webhook.createdAt} />],
    [
      say('webhooks.id'),
      <Text key="id" span className="mono breaks">
        {webhook.id}
      </Text>,
    ],
  ]
  return (
    <Paper>
      <ScrollRegion label={say('webhooks.facts')}>
        <Table>
          <caption className="visually-hidden">{say('webhooks.facts')}</caption>
          <Table.Tbody>
            {rows.map(([label, value]) => (
              <Table.Tr key={label}>
                <Table.Th scope="row" w="30%" style={{ whiteSpace: 'normal' }}>
                  {label}
                </Table.Th>
                <Table.Td className="breaks">{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
    </Paper>
  )
}

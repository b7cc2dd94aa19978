import { Button, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Delivery, Webhook } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { usePages } from '../../api/use-pages.ts'
import { type Say, useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { Choices } from '../../ui/choices.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { type Column, Listing } from '../../ui/listing.tsx'
import { Moment } from '../../ui/moment.tsx'
import { deliveryFault, isUnderWay } from './delivery-words.ts'
import { eventLabel } from './event-types.ts'
import type { WebhookOwner } from './webhook-owner.ts'
import { DeliveryState } from './webhook-state.tsx'

const filters = ['all', 'pending', 'delivered', 'failed'] as const
const refreshMs = 3_000

const columnsOf = (say: Say, replay: (delivery: Delivery) => void): readonly Column<Delivery>[] => [
  {
    id: 'type',
    label: say('webhooks.event'),
    names: true,
    cell: ({ type, id }) => (
      <>
        {eventLabel(type, say)}
        <Text size="xs" c="dimmed" fw={400} className="mono breaks">
          {id}
        </Text>
      </>
    ),
  },
  { id: 'state', label: say('webhooks.column.state'), cell: ({ state }) => <DeliveryState state={state} /> },
  {
    id: 'attempts',
    label: say('webhooks.attempts'),
    numeric: true,
    cell: ({ attempts }) => <span className="figures">{attempts}</span>,
  },
  {
    id: 'lastStatus',
    label: say('webhooks.lastStatus'),
    cell: (delivery) => (
      <>
        {delivery.lastStatus !== null && <span className="figures">{String(delivery.lastStatus)} </span>}
        <Text span size="sm" c="dimmed">
          {deliveryFault(delivery, say)}
        </Text>
      </>
    ),
  },
  {
    id: 'lastAttempt',
    label: say('webhooks.lastAttempt'),
    cell: ({ lastAttemptAt }) => <Moment at={lastAttemptAt} absent={say('webhooks.noAttempt')} />,
  },
  {
    id: 'nextAttempt',
    label: say('webhooks.nextAttempt'),
    cell: ({ nextAttemptAt }) => <Moment at={nextAttemptAt} absent={say('webhooks.noNext')} />,
  },
  {
    id: 'actions',
    label: say('common.actions'),
    headingHidden: true,
    cell: (delivery) => (
      <Group justify="flex-end">
        <Button
          variant="default"
          size="xs"
          onClick={() => replay(delivery)}
          aria-label={say('webhooks.replayNamed', { type: eventLabel(delivery.type, say), id: delivery.id })}
        >
          {say('webhooks.replay')}
        </Button>
      </Group>
    ),
  },
]

/** What a webhook was sent, and what became of it. */
export function Deliveries({ owner, webhook }: { readonly owner: WebhookOwner; readonly webhook: Webhook }) {
  const { say } = useWords()
  const announce = useAnnounce()
  const queries = useQueryClient()
  const [state, setState] = useState<(typeof filters)[number]>('all')
  const path = `${owner.apiPath}/${segment(webhook.id)}/deliveries`
  const { acting, queryKey } = owner
  const pages = usePages<Delivery>([...queryKey, webhook.id, 'deliveries'], path, {
    acting,
    query: state === 'all' ? {} : { state },
  })
  const replay = useMutation({
    mutationFn: ({ id }: Delivery) =>
      api<Delivery>(`${path}/${segment(id)}/replay`, { method: 'POST', acting, body: {} }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey })
      announce(say('webhooks.replayed'))
    },
  })
  const underWay = pages.items.some((delivery) => isUnderWay(delivery, Date.now()))
  useEffect(() => {
    if (!underWay) return
    const timer = setInterval(() => void queries.invalidateQueries({ queryKey }), refreshMs)
    return () => clearInterval(timer)
  }, [underWay, queries, queryKey])
  return (
    <>
      <Group mb="sm">
        <Choices
          label={say('webhooks.deliveryStates')}
          choices={filters.map((id) => ({
            id,
            label: id === 'all' ? say('common.all') : say(`webhooks.delivery.${id}`),
          }))}
          chosen={state}
          onChoose={(id) => setState(filters.find((filter) => filter === id) ?? 'all')}
        />
      </Group>
      <ErrorNote error={replay.error} />
      <Listing
        caption={say('webhooks.deliveries')}
        pages={pages}
        empty={<Text c="dimmed">{say(state === 'all' ? 'webhooks.noDeliveries' : 'webhooks.noSuchDeliveries')}</Text>}
        columns={columnsOf(say, (delivery) => replay.mutate(delivery))}
      />
    </>
  )
}

import { Anchor, Group, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { Webhook } from '../../api/records.ts'
import { segment } from '../../api/request.ts'
import { usePages } from '../../api/use-pages.ts'
import { useWords } from '../../locales/words.tsx'
import { Listing } from '../../ui/listing.tsx'
import { Moment } from '../../ui/moment.tsx'
import { WebhookDialog, type WebhookStep } from './webhook-dialogs.tsx'
import { WebhookMenu } from './webhook-menu.tsx'
import type { WebhookOwner } from './webhook-owner.ts'
import { WebhookState } from './webhook-state.tsx'

/** The webhooks of an owner. */
export function WebhookList({ owner, empty }: { readonly owner: WebhookOwner; readonly empty: ReactNode }) {
  const { say } = useWords()
  const [chosen, setChosen] = useState<{ readonly webhook: Webhook; readonly step: WebhookStep } | null>(null)
  const pages = usePages<Webhook>(owner.queryKey, owner.apiPath, { acting: owner.acting })
  const pathOf = ({ id }: Webhook) => `${owner.pagePath}/${segment(id)}`
  return (
    <>
      <Listing
        caption={say('webhooks.caption')}
        pages={pages}
        empty={empty}
        columns={[
          {
            id: 'url',
            label: say('webhooks.url'),
            names: true,
            cell: (webhook) => (
              <>
                <Anchor component={Link} to={pathOf(webhook)} inherit c="inherit" underline="hover" className="breaks">
                  {webhook.url}
                </Anchor>
                {webhook.description !== null && (
                  <Text size="sm" c="dimmed" fw={400} className="breaks">
                    {webhook.description}
                  </Text>
                )}
              </>
            ),
          },
          {
            id: 'events',
            label: say('webhooks.events'),
            cell: ({ events }) =>
              events === null ? say('common.all') : say('webhooks.eventCount', { count: events.length }),
          },
          { id: 'state', label: say('webhooks.column.state'), cell: (webhook) => <WebhookState webhook={webhook} /> },
          {
            id: 'lastSuccess',
            label: say('webhooks.column.lastSuccess'),
            cell: ({ lastSuccessAt }) => <Moment at={lastSuccessAt} />,
          },
          {
            id: 'failingSince',
            label: say('webhooks.column.failingSince'),
            cell: ({ failingSince }) => <Moment at={failingSince} absent={say('webhooks.noFailure')} />,
          },
          {
            id: 'actions',
            label: say('common.actions'),
            headingHidden: true,
            cell: (webhook) => (
              <Group justify="flex-end">
                <WebhookMenu webhook={webhook} to={pathOf(webhook)} choose={(step) => setChosen({ webhook, step })} />
              </Group>
            ),
          },
        ]}
      />
      {chosen !== null && <WebhookDialog owner={owner} {...chosen} onClose={() => setChosen(null)} />}
    </>
  )
}

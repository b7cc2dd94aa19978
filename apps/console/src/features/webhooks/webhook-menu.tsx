import { ActionIcon, Menu } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { Webhook } from '../../api/records.ts'
import { useWords } from '../../locales/words.tsx'
import type { WebhookStep } from './webhook-dialogs.tsx'

const switches = { active: 'pause', paused: 'resume', disabled: 'switchOn' } as const

/** What can be done with a webhook in the list, or (without `to`) on its own page. */
export function WebhookMenu({
  webhook,
  to,
  choose,
}: {
  readonly webhook: Webhook
  readonly to?: string
  readonly choose: (step: WebhookStep) => void
}) {
  const { say } = useWords()
  const step = switches[webhook.state]
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon
          variant={to === undefined ? 'default' : 'subtle'}
          color="gray"
          c="inherit"
          size="lg"
          aria-label={say('common.actionsFor', { name: webhook.description ?? webhook.url })}
        >
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {to !== undefined && (
          <Menu.Item component={Link} to={to}>
            {say('webhooks.open')}
          </Menu.Item>
        )}
        <Menu.Item onClick={() => choose('edit')}>{say('webhooks.edit')}</Menu.Item>
        <Menu.Item onClick={() => choose(step)}>{say(`webhooks.${step}`)}</Menu.Item>
        <Menu.Item onClick={() => choose('rotate')}>{say('webhooks.secret.rotate')}</Menu.Item>
        <Menu.Item c="var(--mantine-color-error)" onClick={() => choose('delete')}>
          {say('webhooks.delete')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

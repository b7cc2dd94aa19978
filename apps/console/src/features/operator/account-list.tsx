import { ActionIcon, Anchor, Group, Menu, Text } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { segment } from '../../api/request.ts'
import { usePages } from '../../api/use-pages.ts'
import { type Say, useWords } from '../../locales/words.tsx'
import { type Column, Listing } from '../../ui/listing.tsx'
import { Moment } from '../../ui/moment.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { type AccountStep, AccountStepDialog } from './account-step-dialog.tsx'
import { operatorKey } from './operator-keys.ts'
import { PlanDialog } from './plan-dialog.tsx'
import type { ListedAccount } from './plan-draft.ts'
import { plansQuery } from './plans-query.ts'

type Step = AccountStep | 'plan'

const pathOf = ({ id }: ListedAccount): string => `/accounts/${segment(id)}/keys`

function AccountMenu({ account, choose }: { readonly account: ListedAccount; readonly choose: (step: Step) => void }) {
  const { say } = useWords()
  const step = account.state === 'active' ? 'suspend' : 'resume'
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          c="inherit"
          size="lg"
          aria-label={say('common.actionsFor', { name: account.name })}
        >
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to={pathOf(account)}>
          {say('operator.account.open')}
        </Menu.Item>
        <Menu.Item onClick={() => choose('plan')}>{say('operator.account.setPlan')}</Menu.Item>
        <Menu.Item onClick={() => choose(step)}>{say(`operator.${step}`)}</Menu.Item>
        <Menu.Item c="var(--mantine-color-error)" onClick={() => choose('delete')}>
          {say('operator.delete')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

const columnsOf = (say: Say, planLabel: (id: string) => string): readonly Column<ListedAccount>[] => [
  {
    id: 'name',
    label: say('operator.name'),
    names: true,
    cell: (account) => (
      <Anchor component={Link} to={pathOf(account)} inherit c="inherit" underline="hover" className="breaks">
        {account.name}
      </Anchor>
    ),
  },
  {
    id: 'externalId',
    label: say('operator.account.externalId'),
    cell: ({ externalId }) =>
      externalId === null ? (
        <Text size="sm" c="dimmed">
          {say('common.none')}
        </Text>
      ) : (
        <div className="mono breaks" style={{ minWidth: 140 }}>
          {externalId}
        </div>
      ),
  },
  {
    id: 'plan',
    label: say('operator.account.plan'),
    cell: ({ plan, overrides, activeKeys }) => (
      <>
        {planLabel(plan)}
        {(overrides.length > 0 || activeKeys !== null) && (
          <Text size="sm" c="dimmed">
            {say('operator.account.overridden')}
          </Text>
        )}
      </>
    ),
  },
  {
    id: 'state',
    label: say('operator.state'),
    cell: ({ state }) => (
      <StateBadge tone={state === 'active' ? 'good' : 'attention'}>{say(`operator.${state}`)}</StateBadge>
    ),
  },
  { id: 'created', label: say('operator.created'), cell: ({ createdAt }) => <Moment at={createdAt} /> },
]

/** The accounts that fit a search (empty: all), and what operators do with them. */
export function AccountList({ search, empty }: { readonly search: string; readonly empty: ReactNode }) {
  const { say, language } = useWords()
  const { data: plans } = useQuery(plansQuery(language))
  const [chosen, setChosen] = useState<{ readonly account: ListedAccount; readonly step: Step } | null>(null)
  const pages = usePages<ListedAccount>(operatorKey('accounts'), '/v1/accounts', {
    acting: 'operator',
    query: { search },
  })
  const planLabel = (plan: string): string => plans?.items.find(({ id }) => id === plan)?.label ?? plan
  const close = () => setChosen(null)
  return (
    <>
      <Listing
        caption={say('operator.account.caption')}
        pages={pages}
        empty={empty}
        columns={[
          ...columnsOf(say, planLabel),
          {
            id: 'actions',
            label: say('common.actions'),
            headingHidden: true,
            cell: (account) => (
              <Group justify="flex-end">
                <AccountMenu account={account} choose={(step) => setChosen({ account, step })} />
              </Group>
            ),
          },
        ]}
      />
      {chosen?.step === 'plan' && <PlanDialog account={chosen.account} onClose={close} />}
      {chosen !== null && chosen.step !== 'plan' && (
        <AccountStepDialog account={chosen.account} step={chosen.step} onClose={close} />
      )}
    </>
  )
}

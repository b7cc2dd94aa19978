import { ActionIcon, Group, Menu, Text } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { useState } from 'react'
import { accountKey } from '../../api/queries.ts'
import type { Member } from '../../api/records.ts'
import { segment } from '../../api/request.ts'
import { usePages } from '../../api/use-pages.ts'
import { useWords } from '../../locales/words.tsx'
import { Listing } from '../../ui/listing.tsx'
import { Moment } from '../../ui/moment.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import { MemberDialog, type MemberStep } from './member-dialog.tsx'
import { memberLabel } from './member-label.ts'

function MemberMenu({ member, choose }: { readonly member: Member; readonly choose: (step: MemberStep) => void }) {
  const { say } = useWords()
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          c="inherit"
          size="lg"
          aria-label={say('common.actionsFor', { name: memberLabel(member) })}
        >
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => choose('role')}>{say('team.changeRole')}</Menu.Item>
        {member.state === 'active' ? (
          <Menu.Item onClick={() => choose('suspend')}>{say('team.suspend')}</Menu.Item>
        ) : (
          <Menu.Item onClick={() => choose('resume')}>{say('team.resume')}</Menu.Item>
        )}
        <Menu.Item c="var(--mantine-color-error)" onClick={() => choose('remove')}>
          {say('team.remove')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

/** The members of the account; who manages the team changes them here. */
export function MemberList() {
  const { say } = useWords()
  const config = useConfig()
  const { accountId, acting, memberId, managesMembers } = useAccount()
  const [chosen, setChosen] = useState<{ readonly member: Member; readonly step: MemberStep } | null>(null)
  const pages = usePages<Member>(accountKey(accountId, 'members'), `/v1/accounts/${segment(accountId)}/members`, {
    acting,
  })
  const roleLabel = (id: string) => config.roles.find((role) => role.id === id)?.label ?? id
  return (
    <>
      <Listing
        caption={say('team.members')}
        pages={pages}
        empty={null}
        columns={[
          {
            id: 'name',
            label: say('team.name'),
            names: true,
            cell: (member) => (
              <>
                <span className="breaks">{memberLabel(member)}</span>
                {member.id === memberId && (
                  <Text span c="dimmed" fw={400}>
                    {' '}
                    · {say('team.you')}
                  </Text>
                )}
                <Text size="sm" c="dimmed" fw={400} className="breaks">
                  {member.email ?? say('team.program')}
                </Text>
              </>
            ),
          },
          { id: 'role', label: say('team.role'), cell: (member) => roleLabel(member.role) },
          {
            id: 'state',
            label: say('team.state'),
            cell: ({ state }) => (
              <StateBadge tone={state === 'active' ? 'good' : 'resting'}>
                {say(state === 'active' ? 'team.active' : 'team.suspended')}
              </StateBadge>
            ),
          },
          { id: 'joined', label: say('team.joined'), cell: ({ createdAt }) => <Moment at={createdAt} /> },
          ...(managesMembers
            ? [
                {
                  id: 'actions',
                  label: say('common.actions'),
                  headingHidden: true,
                  cell: (member: Member) => (
                    <Group justify="flex-end">
                      <MemberMenu member={member} choose={(step) => setChosen({ member, step })} />
                    </Group>
                  ),
                },
              ]
            : []),
        ]}
      />
      {chosen !== null && <MemberDialog {...chosen} onClose={() => setChosen(null)} />}
    </>
  )
}

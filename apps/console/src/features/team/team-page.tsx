import { Button, Stack, Title } from '@mantine/core'
import { useState } from 'react'
import { useWords } from '../../locales/words.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Reasoned } from '../../ui/reasoned.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import { InvitationList } from './invitation-list.tsx'
import { InviteDialog } from './invite-dialog.tsx'
import { MemberList } from './member-list.tsx'
import { RoleTable } from './role-table.tsx'

/** Who belongs to the account, who is invited, and what each role may do. */
export function TeamPage() {
  const { say } = useWords()
  const config = useConfig()
  const { account, managesMembers } = useAccount()
  const [inviting, setInviting] = useState(false)
  return (
    <Stack gap="xl">
      <div>
        <PageHeader
          title={say('team.title')}
          product={config.product.name}
          description={say('team.description', { account: account.name, keys: config.words.key.many })}
          action={
            <Reasoned reason={managesMembers ? null : say('team.cannotManage')}>
              <Button onClick={() => setInviting(true)}>{say('team.invite')}</Button>
            </Reasoned>
          }
        />
        <MemberList />
      </div>
      {managesMembers && (
        <div>
          <Title order={2} mb="sm">
            {say('team.invitations')}
          </Title>
          <InvitationList />
        </div>
      )}
      <div>
        <Title order={2} mb="sm">
          {say('team.roles')}
        </Title>
        <RoleTable />
      </div>
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </Stack>
  )
}

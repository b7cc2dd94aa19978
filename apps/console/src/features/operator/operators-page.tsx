import { Button, Stack, Title } from '@mantine/core'
import { useState } from 'react'
import { useWords } from '../../locales/words.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { useConfig } from '../account-context.tsx'
import { InviteOperatorDialog } from './invite-operator-dialog.tsx'
import { OperatorInvitations } from './operator-invitations.tsx'
import { OperatorList } from './operator-list.tsx'

/** The people who operate the installation, and who is invited to. */
export function OperatorsPage() {
  const { say } = useWords()
  const { product } = useConfig()
  const [inviting, setInviting] = useState(false)
  return (
    <Stack gap="xl">
      <div>
        <PageHeader
          title={say('operator.operators')}
          product={product.name}
          description={say('operator.who.description')}
          action={<Button onClick={() => setInviting(true)}>{say('operator.who.invite')}</Button>}
        />
        <OperatorList />
      </div>
      <div>
        <Title order={2} mb="sm">
          {say('team.invitations')}
        </Title>
        <OperatorInvitations />
      </div>
      {inviting && <InviteOperatorDialog onClose={() => setInviting(false)} />}
    </Stack>
  )
}

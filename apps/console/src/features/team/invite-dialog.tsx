import { Button, Group, Radio, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ApiProblem } from '../../api/problem.ts'
import { accountKey } from '../../api/queries.ts'
import type { CreatedInvitation } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { useProof } from '../../ui/proof.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import { InvitedDialog } from './invited-dialog.tsx'

/** Asks for an address and a role; then shows the link of the invitation. */
export function InviteDialog({ onClose }: { readonly onClose: () => void }) {
  const { say } = useWords()
  const { roles } = useConfig()
  const { account, accountId, acting } = useAccount()
  const queries = useQueryClient()
  const prove = useProof()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState('')
  const [tried, setTried] = useState(false)
  const invite = useMutation({
    mutationFn: () =>
      prove(() =>
        api<CreatedInvitation>(`/v1/accounts/${segment(accountId)}/invitations`, {
          method: 'POST',
          acting,
          body: { email: email.trim(), role },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: accountKey(accountId, 'members') }),
  })
  if (invite.data !== undefined) return <InvitedDialog invitation={invite.data} onClose={onClose} />

  const emailFault = email.includes('@') ? undefined : say('team.emailMissing')
  const roleFault = role === '' ? say('team.roleMissing') : undefined
  const refused = invite.error instanceof ApiProblem ? invite.error.errorAt('/email') : undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (emailFault === undefined && roleFault === undefined) invite.mutate()
  }
  return (
    <Dialog opened onClose={onClose} title={say('team.inviteTitle', { account: account.name })} size="md">
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <TextInput
            type="email"
            label={say('team.email')}
            description={say('team.emailHint')}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            error={tried ? (emailFault ?? refused) : undefined}
            autoComplete="off"
            data-autofocus
          />
          <Radio.Group value={role} onChange={setRole} label={say('team.role')} error={tried ? roleFault : undefined}>
            <Stack gap="xs" my="xs">
              {roles.map(({ id, label, description }) => (
                <Radio key={id} value={id} label={label} description={description} />
              ))}
            </Stack>
          </Radio.Group>
          {refused === undefined && <ErrorNote error={invite.error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {say('common.cancel')}
            </Button>
            <BusyButton type="submit" busy={invite.isPending}>
              {say('team.send')}
            </BusyButton>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

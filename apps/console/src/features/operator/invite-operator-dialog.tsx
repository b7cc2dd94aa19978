import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ApiProblem, isProblem } from '../../api/problem.ts'
import type { CreatedInvitation } from '../../api/records.ts'
import { api } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { useProof } from '../../ui/proof.tsx'
import { useFaultFocus } from '../../ui/use-fault-focus.ts'
import { InvitedDialog } from '../team/invited-dialog.tsx'
import { operatorKey } from './operator-keys.ts'

/** Invites someone to operate the installation, and then shows the link. */
export function InviteOperatorDialog({ onClose }: { readonly onClose: () => void }) {
  const { say } = useWords()
  const prove = useProof()
  const queries = useQueryClient()
  const [email, setEmail] = useState('')
  const { form, tried, attempt } = useFaultFocus()
  const invite = useMutation({
    gcTime: 0,
    mutationFn: () =>
      prove(() =>
        api<CreatedInvitation>('/v1/operators/invitations', {
          method: 'POST',
          acting: 'operator',
          body: { email: email.trim() },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: operatorKey('operators') }),
  })
  if (invite.data !== undefined)
    return (
      <InvitedDialog
        invitation={invite.data}
        onClose={() => {
          invite.reset()
          onClose()
        }}
      />
    )
  const isFine = /^[^\s@]+@[^\s@]+$/.test(email.trim())
  const known = isProblem(invite.error, 'member_exists')
  const refused = invite.error instanceof ApiProblem ? invite.error.errorAt('/email') : undefined
  const atField = known ? say('operator.who.known') : refused
  const submit = (event: FormEvent) => {
    event.preventDefault()
    attempt()
    if (isFine) invite.mutate()
  }
  return (
    <Dialog opened onClose={onClose} title={say('operator.who.inviteTitle')} size="md">
      <form ref={form} onSubmit={submit} noValidate>
        <Stack gap="md">
          <Text>{say('operator.who.inviteText')}</Text>
          <TextInput
            type="email"
            label={say('operator.email')}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            error={tried && !isFine ? say('operator.who.emailMissing') : atField}
            aria-required
            autoComplete="off"
            data-autofocus
          />
          {atField === undefined && <ErrorNote error={invite.error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {say('common.cancel')}
            </Button>
            <Button type="submit" loading={invite.isPending}>
              {say('operator.who.send')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

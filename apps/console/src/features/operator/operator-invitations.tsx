import { Button, Group, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { CreatedInvitation, Invitation } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { usePages } from '../../api/use-pages.ts'
import { useWords } from '../../locales/words.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Listing } from '../../ui/listing.tsx'
import { Moment } from '../../ui/moment.tsx'
import { InvitedDialog } from '../team/invited-dialog.tsx'
import { operatorKey } from './operator-keys.ts'

interface Asked {
  readonly invitation: Invitation
  readonly step: 'renew' | 'withdraw'
}

const base = '/v1/operators/invitations'
const words = {
  renew: { title: 'team.renewTitle', verb: 'team.renew', done: 'team.link', text: 'team.renewText' },
  withdraw: { title: 'team.withdrawTitle', verb: 'team.withdraw', done: 'team.withdrawn', text: 'team.withdrawText' },
} as const

function StepDialog({
  asked: { invitation, step },
  onRenewed,
  onClose,
}: {
  readonly asked: Asked
  readonly onRenewed: (renewed: CreatedInvitation) => void
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const queries = useQueryClient()
  const path = `${base}/${segment(invitation.id)}`
  const { title, verb, done, text } = words[step]
  const work = async (): Promise<void> => {
    if (step === 'withdraw') await api(path, { method: 'DELETE', acting: 'operator' })
    else onRenewed(await api<CreatedInvitation>(`${path}/renew`, { method: 'POST', acting: 'operator', body: {} }))
    await queries.invalidateQueries({ queryKey: operatorKey('operators') })
  }
  return (
    <ConfirmDialog
      title={say(title, { email: invitation.email })}
      verb={say(verb)}
      danger={step === 'withdraw'}
      done={say(done)}
      work={work}
      onClose={onClose}
    >
      {say(text)}
    </ConfirmDialog>
  )
}

/** Invitations to operate that are neither accepted nor withdrawn. */
export function OperatorInvitations() {
  const { say } = useWords()
  const [asked, setAsked] = useState<Asked | null>(null)
  const [renewed, setRenewed] = useState<CreatedInvitation | null>(null)
  const pages = usePages<Invitation>([...operatorKey('operators'), 'invitations'], base, { acting: 'operator' })
  return (
    <>
      <Listing
        caption={say('team.invitations')}
        pages={pages}
        empty={<Text c="dimmed">{say('team.noInvitations')}</Text>}
        columns={[
          {
            id: 'email',
            label: say('operator.email'),
            names: true,
            cell: ({ email }) => <span className="breaks">{email}</span>,
          },
          { id: 'invited', label: say('team.invited'), cell: ({ createdAt }) => <Moment at={createdAt} /> },
          { id: 'expires', label: say('team.expires'), cell: ({ expiresAt }) => <Moment at={expiresAt} /> },
          {
            id: 'actions',
            label: say('common.actions'),
            headingHidden: true,
            cell: (invitation) => (
              <Group gap="xs" justify="flex-end" wrap="nowrap">
                {(['renew', 'withdraw'] as const).map((step) => (
                  <Button
                    key={step}
                    variant="default"
                    size="xs"
                    onClick={() => setAsked({ invitation, step })}
                    aria-label={`${say(words[step].verb)}: ${invitation.email}`}
                  >
                    {say(words[step].verb)}
                  </Button>
                ))}
              </Group>
            ),
          },
        ]}
      />
      {asked !== null && <StepDialog asked={asked} onRenewed={setRenewed} onClose={() => setAsked(null)} />}
      {renewed !== null && <InvitedDialog invitation={renewed} onClose={() => setRenewed(null)} />}
    </>
  )
}

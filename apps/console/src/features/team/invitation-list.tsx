import { Button, Group, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { accountKey } from '../../api/queries.ts'
import type { CreatedInvitation, Invitation } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { usePages } from '../../api/use-pages.ts'
import { useWords } from '../../locales/words.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Listing } from '../../ui/listing.tsx'
import { Moment } from '../../ui/moment.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import { InvitedDialog } from './invited-dialog.tsx'

/** Invitations that are neither accepted nor withdrawn. */
export function InvitationList() {
  const { say } = useWords()
  const config = useConfig()
  const { accountId, acting } = useAccount()
  const queries = useQueryClient()
  const [asked, setAsked] = useState<{ readonly invitation: Invitation; readonly step: 'renew' | 'withdraw' } | null>(
    null,
  )
  const [renewed, setRenewed] = useState<CreatedInvitation | null>(null)
  const base = `/v1/accounts/${segment(accountId)}/invitations`
  const pages = usePages<Invitation>([...accountKey(accountId, 'members'), 'invitations'], base, { acting })
  const refresh = () => queries.invalidateQueries({ queryKey: accountKey(accountId, 'members') })

  const work = async (): Promise<void> => {
    if (asked === null) return
    const path = `${base}/${segment(asked.invitation.id)}`
    if (asked.step === 'withdraw') await api(path, { method: 'DELETE', acting })
    else setRenewed(await api<CreatedInvitation>(`${path}/renew`, { method: 'POST', acting, body: {} }))
    await refresh()
  }
  return (
    <>
      <Listing
        caption={say('team.invitations')}
        pages={pages}
        empty={<Text c="dimmed">{say('team.noInvitations')}</Text>}
        columns={[
          {
            id: 'email',
            label: say('team.email'),
            names: true,
            cell: ({ email }) => <span className="breaks">{email}</span>,
          },
          {
            id: 'role',
            label: say('team.role'),
            cell: ({ role }) => config.roles.find(({ id }) => id === role)?.label ?? role,
          },
          { id: 'invited', label: say('team.invited'), cell: ({ createdAt }) => <Moment at={createdAt} /> },
          { id: 'expires', label: say('team.expires'), cell: ({ expiresAt }) => <Moment at={expiresAt} /> },
          {
            id: 'actions',
            label: say('common.actions'),
            headingHidden: true,
            cell: (invitation) => (
              <Group gap="xs" justify="flex-end" wrap="nowrap">
                <Button variant="default" size="xs" onClick={() => setAsked({ invitation, step: 'renew' })}>
                  {say('team.renew')}
                </Button>
                <Button variant="default" size="xs" onClick={() => setAsked({ invitation, step: 'withdraw' })}>
                  {say('team.withdraw')}
                </Button>
              </Group>
            ),
          },
        ]}
      />
      {asked !== null && (
        <ConfirmDialog
          title={say(asked.step === 'renew' ? 'team.renewTitle' : 'team.withdrawTitle', {
            email: asked.invitation.email,
          })}
          verb={say(asked.step === 'renew' ? 'team.renew' : 'team.withdraw')}
          danger={asked.step === 'withdraw'}
          done={say(asked.step === 'renew' ? 'team.link' : 'team.withdrawn')}
          work={work}
          onClose={() => setAsked(null)}
        >
          {say(asked.step === 'renew' ? 'team.renewText' : 'team.withdrawText')}
        </ConfirmDialog>
      )}
      {renewed !== null && <InvitedDialog invitation={renewed} onClose={() => setRenewed(null)} />}
    </>
  )
}

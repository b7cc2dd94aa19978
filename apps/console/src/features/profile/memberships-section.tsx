import { Anchor, Button, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { sessionQuery } from '../../api/queries.ts'
import type { Membership, Session } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { useProof } from '../../ui/proof.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { useConfig } from '../account-context.tsx'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { Row, Rows, Section } from './section.tsx'

/** The accounts to which a person belongs, and the way out of each. */
export function MembershipsSection({ session: { memberships } }: { readonly session: Session }) {
  const { say } = useWords()
  const { words, roles } = useConfig()
  const [leaving, setLeaving] = useState<Membership | null>(null)
  const title = say('profile.memberships.title', { accounts: words.account.many })
  const roleOf = (id: string): string => roles.find((role) => role.id === id)?.label ?? id
  return (
    <Section title={title}>
      {memberships.length === 0 ? (
        <Text c="dimmed">{say('profile.memberships.none')}</Text>
      ) : (
        <Rows label={title}>
          {memberships.map((membership) => (
            <Row
              key={membership.member}
              title={<AccountName membership={membership} />}
              about={say('profile.memberships.role', { role: roleOf(membership.role) })}
              actions={
                <Button
                  variant="default"
                  size="xs"
                  aria-label={say('profile.memberships.leaveNamed', { name: membership.account.name })}
                  onClick={() => setLeaving(membership)}
                >
                  {say('profile.memberships.leave')}
                </Button>
              }
            />
          ))}
        </Rows>
      )}
      {leaving !== null && (
        <LeaveDialog membership={leaving} role={roleOf(leaving.role)} onClose={() => setLeaving(null)} />
      )}
    </Section>
  )
}

function AccountName({ membership: { account, state } }: { readonly membership: Membership }) {
  const { say } = useWords()
  const suspended = state === 'suspended' || account.state === 'suspended'
  return (
    <Group gap="xs">
      {state === 'active' ? (
        <Anchor
          renderRoot={(props) => <Link to="/accounts/$account/keys" params={{ account: account.id }} {...props} />}
        >
          {account.name}
        </Anchor>
      ) : (
        account.name
      )}
      {suspended && <StateBadge tone="attention">{say('profile.memberships.suspended')}</StateBadge>}
    </Group>
  )
}

function LeaveDialog({
  membership: { account, member },
  role,
  onClose,
}: {
  readonly membership: Membership
  readonly role: string
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const { words } = useConfig()
  const announce = useAnnounce()
  const prove = useProof()
  const queries = useQueryClient()
  const leave = useMutation({
    mutationFn: () =>
      prove(() =>
        api<null>(`/v1/accounts/${segment(account.id)}/members/${segment(member)}`, {
          method: 'DELETE',
          acting: account.id,
        }),
      ),
    onSuccess: async () => {
      announce(say('profile.memberships.left', { name: account.name }))
      onClose()
      queries.removeQueries({ queryKey: ['account', account.id] })
      await queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
    },
  })
  return (
    <ConfirmDialog
      title={say('profile.memberships.leaveTitle', { name: account.name })}
      verb={say('profile.memberships.leave')}
      busy={leave.isPending}
      error={leave.error}
      errorTexts={{ last_member_of_role: say('profile.memberships.last', { role }) }}
      onConfirm={() => leave.mutate()}
      onClose={onClose}
    >
      {say('profile.memberships.leaveText', { keys: words.key.many })}
    </ConfirmDialog>
  )
}

import { Radio, Stack } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { accountKey, sessionQuery } from '../../api/queries.ts'
import type { Member } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { type Phrase, useWords } from '../../locales/words.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import { memberLabel } from './member-label.ts'

/** What can be done with a member. */
export type MemberStep = 'role' | 'suspend' | 'resume' | 'remove'

const words = {
  role: ['team.changeRoleTitle', 'team.changeRoleText', 'team.changeRole', 'team.roleChanged'],
  suspend: ['team.suspendTitle', 'team.suspendText', 'team.suspend', 'team.memberSuspended'],
  resume: ['team.resumeTitle', 'team.resumeText', 'team.resume', 'team.memberResumed'],
  remove: ['team.removeTitle', 'team.removeText', 'team.remove', 'team.memberRemoved'],
} as const satisfies Record<MemberStep, readonly [Phrase, Phrase, Phrase, Phrase]>

/** Asks before a member is changed, and says what follows. */
export function MemberDialog({
  member,
  step,
  onClose,
}: {
  readonly member: Member
  readonly step: MemberStep
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const { roles } = useConfig()
  const { accountId, acting } = useAccount()
  const queries = useQueryClient()
  const [role, setRole] = useState(member.role)
  const name = memberLabel(member)
  const path = `/v1/accounts/${segment(accountId)}/members/${segment(member.id)}`
  const [title, text, verb, done] = words[step]

  const work = async () => {
    if (step === 'remove') await api(path, { method: 'DELETE', acting })
    else {
      const body = step === 'role' ? { role } : { state: step === 'resume' ? 'active' : 'suspended' }
      await api(path, { method: 'PATCH', acting, body })
    }
    await queries.invalidateQueries({ queryKey: accountKey(accountId, 'members') })
    await queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
  }
  return (
    <ConfirmDialog
      title={say(title, { name })}
      verb={say(verb)}
      danger={step === 'remove'}
      done={say(done, { name })}
      work={work}
      onClose={onClose}
    >
      <Stack gap="md">
        {step === 'role' && (
          <Radio.Group value={role} onChange={setRole} label={say('team.role')}>
            <Stack gap="xs" mt="xs">
              {roles.map(({ id, label, description }) => (
                <Radio key={id} value={id} label={label} description={description} />
              ))}
            </Stack>
          </Radio.Group>
        )}
        <span>{say(text)}</span>
      </Stack>
    </ConfirmDialog>
  )
}

import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { accountKey, sessionQuery } from '../../api/queries.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { operatorKey } from './operator-keys.ts'
import type { ListedAccount } from './plan-draft.ts'
import { ReasonField, reasonBody } from './reason-field.tsx'

/** What can be done with an account as a whole. */
export type AccountStep = 'suspend' | 'resume' | 'delete'

/** Asks before an account is suspended, resumed or deleted. */
export function AccountStepDialog({
  account,
  step,
  onClose,
}: {
  readonly account: ListedAccount
  readonly step: AccountStep
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const queries = useQueryClient()
  const [reason, setReason] = useState('')
  const { id, name } = account
  const path = `/v1/accounts/${segment(id)}`
  const work = async (): Promise<void> => {
    const body = reasonBody(reason)
    if (step === 'delete') await api(path, { method: 'DELETE', acting: 'operator', body })
    else await api(`${path}/${step}`, { method: 'POST', acting: 'operator', body })
    await Promise.all([
      queries.invalidateQueries({ queryKey: operatorKey('accounts') }),
      queries.invalidateQueries({ queryKey: accountKey(id, 'account') }),
      queries.invalidateQueries({ queryKey: sessionQuery.queryKey }),
    ])
  }
  return (
    <ConfirmDialog
      title={say(`operator.account.${step}Title`, { name })}
      verb={say(`operator.${step}`)}
      danger={step === 'delete'}
      done={say(`operator.account.${step}Done`, { name })}
      work={work}
      onClose={onClose}
    >
      {say(`operator.account.${step}Text`)}
      <ReasonField value={reason} onChange={setReason} />
    </ConfirmDialog>
  )
}

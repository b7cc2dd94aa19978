import { Button, Group } from '@mantine/core'
import { lazy, Suspense, useRef, useState } from 'react'
import type { Key } from '../../../api/records.ts'
import { useWords } from '../../../locales/words.tsx'
import { Reasoned } from '../../../ui/reasoned.tsx'
import { useAccount } from '../../account-context.tsx'
import { isFinal, stateNow } from './key-action-rules.ts'
import { pageTitle, useReasonText } from './key-menu.tsx'
import { useKeyDialogs } from './use-key-dialogs.tsx'

const EditDialog = lazy(() => import('./edit-dialog.tsx').then(({ EditDialog }) => ({ default: EditDialog })))

/** The actions of a key as buttons on its page, editing among them. */
export function KeyActions({ keyRecord, onDeleted }: { readonly keyRecord: Key; readonly onDeleted: () => void }) {
  const { say } = useWords()
  const { may } = useAccount()
  const reasonText = useReasonText()
  const opener = useRef<HTMLElement | null>(null)
  const giveBack = (): void => {
    requestAnimationFrame(() => (opener.current?.isConnected ? opener.current : pageTitle())?.focus())
  }
  const { offered, begin } = useKeyDialogs(keyRecord, { onDeleted, onClosed: giveBack })
  const [isEditing, setEditing] = useState(false)
  const state = stateNow(keyRecord, Date.now())
  const fixed = state === 'revoked' || state === 'expired' ? state : null
  return (
    <Group gap="xs">
      {may('edit') && (
        <Reasoned reason={reasonText(fixed)}>
          <Button
            variant="default"
            onClick={(event) => {
              opener.current = event.currentTarget
              setEditing(true)
            }}
          >
            {say('keyActions.edit')}
          </Button>
        </Reasoned>
      )}
      {offered.map((each) => (
        <Reasoned key={each.action} reason={reasonText(each.reason)}>
          <Button
            variant="default"
            {...(isFinal(each.action) ? { c: 'var(--mantine-color-error)' } : {})}
            onClick={(event) => {
              opener.current = event.currentTarget
              begin(each)
            }}
          >
            {each.words.label}
          </Button>
        </Reasoned>
      ))}
      {isEditing && (
        <Suspense fallback={null}>
          <EditDialog
            keyId={keyRecord.id}
            onClose={() => {
              setEditing(false)
              giveBack()
            }}
          />
        </Suspense>
      )}
    </Group>
  )
}

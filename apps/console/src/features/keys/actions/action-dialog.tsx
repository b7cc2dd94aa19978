import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { ActionWords, Key } from '../../../api/records.ts'
import { useWords } from '../../../locales/words.tsx'
import { BusyButton } from '../../../ui/busy-button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { ErrorNote } from '../../../ui/error-note.tsx'
import { isFinal } from './key-action-rules.ts'
import { RecentUse } from './recent-use.tsx'
import { callName, type PlainAction, useKeyAction } from './use-key-action.tsx'

/** Asks before a key is paused, revoked or deleted: what follows, and what still uses it. The safe choice has the focus. */
export function ActionDialog({
  keyRecord,
  action,
  words,
  onClose,
  onDone,
}: {
  readonly keyRecord: Key
  readonly action: PlainAction
  readonly words: ActionWords
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { say } = useWords()
  const { act } = useKeyAction()
  const [typed, setTyped] = useState('')
  const [isWrong, setWrong] = useState(false)
  const wanted = keyRecord.name ?? words.label
  const mustType = words.confirm === 'type-name'
  const confirm = useMutation({ mutationFn: () => act(keyRecord, action), onSuccess: onDone })
  const submit = (): void => {
    if (confirm.isPending) return
    if (mustType && typed.trim() !== wanted.trim()) setWrong(true)
    else confirm.mutate()
  }
  return (
    <Dialog
      opened
      onClose={onClose}
      closeOnEscape={!confirm.isPending}
      title={say('keyActions.askNamed', { action: words.label, name: callName(keyRecord) })}
      size="md"
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Stack gap="md">
          {words.warning !== '' && <Text>{words.warning}</Text>}
          <RecentUse keyRecord={keyRecord} />
          {mustType && (
            <TextInput
              label={say('keyActions.type', { text: wanted })}
              value={typed}
              autoComplete="off"
              spellCheck={false}
              error={isWrong ? say('keyActions.typeWrong', { text: wanted }) : undefined}
              data-autofocus
              onChange={(event) => {
                setTyped(event.currentTarget.value)
                setWrong(false)
              }}
            />
          )}
          <ErrorNote error={confirm.error} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose} {...(mustType ? {} : { 'data-autofocus': true })}>
              {say('common.cancel')}
            </Button>
            <BusyButton type="submit" busy={confirm.isPending} {...(isFinal(action) ? { color: 'red.9' } : {})}>
              {words.label}
            </BusyButton>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

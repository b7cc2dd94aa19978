import { Button, Group, Stack, Text } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import { useWords } from '../../locales/words.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { RefusalNote } from '../sign-in/refusal-note.tsx'

/** Asks before something is done: what happens, what follows, and the safe choice first. */
export function ConfirmDialog({
  title,
  children,
  verb,
  danger = true,
  busy,
  error,
  errorTexts,
  onConfirm,
  onClose,
}: {
  readonly title: string
  readonly children: ReactNode
  readonly verb: string
  readonly danger?: boolean
  readonly busy: boolean
  readonly error: unknown
  readonly errorTexts?: Readonly<Record<string, string>>
  readonly onConfirm: () => void
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const textId = useId()
  return (
    <Dialog opened onClose={onClose} title={title}>
      <Stack gap="md">
        <Text id={textId}>{children}</Text>
        <RefusalNote error={error} {...(errorTexts === undefined ? {} : { texts: errorTexts })} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} data-autofocus>
            {say('common.cancel')}
          </Button>
          <BusyButton {...(danger ? { color: 'red.9' } : {})} busy={busy} onClick={onConfirm} aria-describedby={textId}>
            {verb}
          </BusyButton>
        </Group>
      </Stack>
    </Dialog>
  )
}

import { Button, Group, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useWords } from '../locales/words.tsx'
import { useAnnounce } from './announcer.tsx'
import { BusyButton } from './busy-button.tsx'
import { Dialog } from './dialog.tsx'
import { ErrorNote } from './error-note.tsx'
import { ProofDeclined, useProof } from './proof.tsx'

/** Asks one question before something is done. The safe choice has the focus; a failure stays in the dialog, which stays open. */
export function ConfirmDialog({
  title,
  verb,
  danger = false,
  done,
  work,
  onClose,
  children,
}: {
  readonly title: string
  /** The button that does it. */
  readonly verb: string
  /** It cannot be undone. */
  readonly danger?: boolean
  /** Read out when it is done. */
  readonly done: string
  readonly work: () => Promise<unknown>
  readonly onClose: () => void
  readonly children?: ReactNode
}) {
  const { say } = useWords()
  const announce = useAnnounce()
  const prove = useProof()
  const confirm = useMutation({
    mutationFn: () => prove(work),
    onSuccess: () => {
      announce(done)
      onClose()
    },
  })
  return (
    <Dialog opened onClose={onClose} title={title} size="md">
      <Stack gap="md">
        {children !== undefined && <Text component="div">{children}</Text>}
        {confirm.error !== null && !(confirm.error instanceof ProofDeclined) && <ErrorNote error={confirm.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} data-autofocus>
            {say('common.cancel')}
          </Button>
          <BusyButton {...(danger ? { color: 'red.9' } : {})} busy={confirm.isPending} onClick={() => confirm.mutate()}>
            {verb}
          </BusyButton>
        </Group>
      </Stack>
    </Dialog>
  )
}

import { Button, Checkbox, Group, Stack, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { Dialog } from './dialog.tsx'
import { Once } from './once.tsx'
import { Reasoned } from './reasoned.tsx'

/** The words of a dialog that shows a secret this once. */
export interface OnceWords {
  readonly title: string
  readonly label: string
  /** Why it does not come back. */
  readonly why: string
  /** The box by which the person says that the secret is kept. */
  readonly kept: string
  /** Why the dialog does not close yet. */
  readonly keptFirst: string
  readonly done: string
}

/** Shows a secret this once, and closes only after the person said that it is kept. */
export function OnceDialog({
  secret,
  words,
  onClose,
  children,
}: {
  readonly secret: string
  readonly words: OnceWords
  readonly onClose: () => void
  readonly children?: ReactNode
}) {
  const [kept, setKept] = useState(false)
  return (
    <Dialog opened alert onClose={onClose} title={words.title} size="lg">
      <Stack gap="md">
        <Once label={words.label} text={secret} why={words.why} />
        {children !== undefined && (
          <Text c="dimmed" component="div">
            {children}
          </Text>
        )}
        <Checkbox label={words.kept} checked={kept} onChange={(event) => setKept(event.currentTarget.checked)} />
        <Group justify="flex-end">
          <Reasoned reason={kept ? null : words.keptFirst}>
            <Button variant="default" onClick={onClose}>
              {words.done}
            </Button>
          </Reasoned>
        </Group>
      </Stack>
    </Dialog>
  )
}

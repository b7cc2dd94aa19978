import { ActionIcon, Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconEye, IconEyeOff } from '@tabler/icons-react'
import { useBlocker } from '@tanstack/react-router'
import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import type { CreatedKey } from '../../../api/records.ts'
import { useWords } from '../../../locales/words.tsx'
import { CopyButton } from '../../../ui/copy-button.tsx'
import { useConfig } from '../../account-context.tsx'
import { FirstRequest } from './first-request.tsx'
import classes from './shown-once.module.css'
import { WaysToUse } from './ways-to-use.tsx'

const focusMs = 50

/** Whether a secret was taken: copied or downloaded, or given up. Leaving the page asks while it was not. */
export interface Taken {
  readonly isTaken: boolean
  readonly take: () => void
  /** Leaving was tried while the secret is not taken. */
  readonly isAsking: boolean
  readonly ask: (asking: boolean) => void
}

/** Keeps watch over a secret that is shown; `null`: there is none, and nothing is kept back. */
export function useTaken(secret: string | null): Taken {
  const [isTaken, setTaken] = useState(false)
  const [isAsking, ask] = useState(false)
  const guards = secret !== null && !isTaken
  useBlocker({
    shouldBlockFn: () => {
      if (guards) ask(true)
      return guards
    },
    enableBeforeUnload: () => guards,
    disabled: !guards,
  })
  return { isTaken: isTaken || secret === null, take: () => setTaken(true), isAsking, ask }
}

/** The moment of the product: a new key in full, ways to take it along, and whether it works. */
export function ShownOnce({
  created,
  taken,
  onClose,
  children,
}: {
  readonly created: CreatedKey
  readonly taken: Taken
  readonly onClose: () => void
  /** What else is to be said of it. */
  readonly children?: ReactNode
}) {
  const { say } = useWords()
  const { words } = useConfig()
  const [isShown, setShown] = useState(true)
  const { secret } = created
  const close = (): void => {
    if (taken.isTaken) onClose()
    else taken.ask(true)
  }
  return (
    <Stack gap="md">
      {secret === null ? (
        <Alert color="yellow">{say('createKey.once.lost')}</Alert>
      ) : (
        <>
          <Secret secret={secret} masked={created.masked} isShown={isShown} onShown={setShown} onTaken={taken.take} />
          <Text size="sm" c="dimmed">
            {say('createKey.once.why')}
          </Text>
          <WaysToUse created={created} secret={secret} isShown={isShown} onTaken={taken.take} />
        </>
      )}
      {children}
      {secret !== null && <FirstRequest keyId={created.id} />}
      {taken.isAsking && !taken.isTaken ? (
        <Ask onStay={() => taken.ask(false)} onClose={onClose} />
      ) : (
        <Group justify="flex-end">
          <Button variant={taken.isTaken ? 'filled' : 'default'} onClick={close}>
            {words.done}
          </Button>
        </Group>
      )}
    </Stack>
  )
}

function Secret({
  secret,
  masked,
  isShown,
  onShown,
  onTaken,
}: {
  readonly secret: string
  readonly masked: string
  readonly isShown: boolean
  readonly onShown: (shown: boolean) => void
  readonly onTaken: () => void
}) {
  const { say } = useWords()
  const id = useId()
  const part = useRef<HTMLDivElement>(null)
  // The dialog had the focus already when its content changed.
  useEffect(() => {
    // After the dialog has given the focus to its first field, which is the key itself.
    const timer = setTimeout(() => part.current?.querySelector<HTMLElement>('[data-copy-secret]')?.focus(), focusMs)
    return () => clearTimeout(timer)
  }, [])
  const Icon = isShown ? IconEyeOff : IconEye
  return (
    <Stack gap="sm" ref={part}>
      <div>
        <Text component="label" size="sm" fw={500} htmlFor={id} mb={6} display="block">
          {say('createKey.once.label')}
        </Text>
        <div className={classes['secret']}>
          <textarea
            id={id}
            className={classes['field']}
            readOnly
            rows={2}
            spellCheck={false}
            autoComplete="off"
            value={isShown ? secret : masked}
            onFocus={(event) => event.currentTarget.select()}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size={32}
            className={classes['toggle'] ?? ''}
            aria-label={say(isShown ? 'createKey.once.hide' : 'createKey.once.show')}
            onClick={() => onShown(!isShown)}
          >
            <Icon size={18} aria-hidden />
          </ActionIcon>
        </div>
      </div>
      <CopyButton text={secret} size="md" label={say('createKey.once.copy')} onCopied={onTaken} data-copy-secret="" />
    </Stack>
  )
}

function Ask({ onStay, onClose }: { readonly onStay: () => void; readonly onClose: () => void }) {
  const { say } = useWords()
  const stay = useRef<HTMLButtonElement>(null)
  useEffect(() => stay.current?.focus(), [])
  return (
    <Alert color="yellow" role="alert">
      <div className={classes['ask']}>
        <span style={{ flex: '1 1 220px' }}>{say('createKey.once.ask')}</span>
        <Button variant="default" size="xs" ref={stay} onClick={onStay}>
          {say('createKey.once.stay')}
        </Button>
        <Button color="red.9" size="xs" onClick={onClose}>
          {say('createKey.once.closeAnyway')}
        </Button>
      </div>
    </Alert>
  )
}

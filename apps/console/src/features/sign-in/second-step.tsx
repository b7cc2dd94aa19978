import { Anchor, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { isProblem } from '../../api/problem.ts'
import type { SignInStep } from '../../api/records.ts'
import { api } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { CodeField } from './code-field.tsx'
import { RefusalNote } from './refusal-note.tsx'
import { needed, useFields } from './use-fields.ts'

/** The second step after the password: the authenticator's code, or a backup code. */
export function SecondStep({
  onSignedIn,
  onStartAgain,
}: {
  readonly onSignedIn: () => void
  /** `tooLate`: the server has forgotten the first step. */
  readonly onStartAgain: (tooLate: boolean) => void
}) {
  const { say } = useWords()
  const announce = useAnnounce()
  const [backup, setBackup] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const fields = useFields({ code: needed(say(backup ? 'signIn.backupCodeMissing' : 'signIn.codeMissing')) })
  const send = useMutation({
    mutationFn: (typed: string) =>
      api<SignInStep>('/v1/sign-in/second-factor', {
        method: 'POST',
        body: backup ? { backupCode: typed.trim() } : { code: typed.replaceAll(/\s/g, '') },
      }),
    onSuccess: onSignedIn,
    onError: (error) => (isProblem(error, 'sign_in_required') ? onStartAgain(true) : input.current?.select()),
  })
  useEffect(() => announce(say('signIn.secondStep')), [announce, say])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the other field takes the focus over.
  useEffect(() => input.current?.focus(), [backup])
  const change = (): void => {
    fields.set('code', '')
    send.reset()
    setBackup(!backup)
  }
  return (
    <form onSubmit={fields.submit(({ code }) => send.mutate(code))} noValidate>
      <Stack gap="md">
        <Text>{say('signIn.secondStep')}</Text>
        <RefusalNote error={isProblem(send.error, 'sign_in_required') ? null : send.error} />
        {backup ? (
          <TextInput
            key="backup"
            {...fields.field('code')}
            ref={input}
            label={say('signIn.backupCode')}
            description={say('signIn.backupCodeHint')}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        ) : (
          <CodeField key="code" {...fields.field('code')} ref={input} label={say('signIn.code')} />
        )}
        <BusyButton type="submit" fullWidth busy={send.isPending}>
          {say('signIn.confirmCode')}
        </BusyButton>
        <Group justify="space-between" gap="xs">
          <Anchor component="button" type="button" size="sm" onClick={change}>
            {say(backup ? 'signIn.useCode' : 'signIn.useBackupCode')}
          </Anchor>
          <Anchor component="button" type="button" size="sm" onClick={() => onStartAgain(false)}>
            {say('signIn.startAgain')}
          </Anchor>
        </Group>
      </Stack>
    </form>
  )
}

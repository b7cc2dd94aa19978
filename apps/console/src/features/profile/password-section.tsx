import { Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Factors } from '../../api/records.ts'
import { api } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useProof } from '../../ui/proof.tsx'
import { checkNewPassword } from '../sign-in/checks.ts'
import { NewPasswordField, PasswordField } from '../sign-in/password-field.tsx'
import { RefusalNote } from '../sign-in/refusal-note.tsx'
import { needed, useFields } from '../sign-in/use-fields.ts'
import { Section } from './section.tsx'

/** The password: whether there is one, and the way to another. */
export function PasswordSection({ factors, email }: { readonly factors: Factors; readonly email: string }) {
  const { say } = useWords()
  const [opened, setOpened] = useState(false)
  return (
    <Section title={say('profile.password.title')}>
      <Text>{say(factors.password ? 'profile.password.on' : 'profile.password.off')}</Text>
      <Button variant="default" onClick={() => setOpened(true)}>
        {say(factors.password ? 'profile.password.set' : 'profile.password.setFirst')}
      </Button>
      {opened && <PasswordDialog known={factors.password} email={email} onClose={() => setOpened(false)} />}
    </Section>
  )
}

function PasswordDialog({
  known,
  email,
  onClose,
}: {
  readonly known: boolean
  readonly email: string
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const announce = useAnnounce()
  const prove = useProof()
  const queries = useQueryClient()
  const fields = useFields({
    current: known ? needed(say('profile.password.currentMissing')) : () => undefined,
    password: checkNewPassword(say),
  })
  const save = useMutation({
    mutationFn: ({ current, password }: { readonly current: string; readonly password: string }) =>
      prove(() =>
        api<null>('/v1/person/password', { method: 'PUT', body: known ? { current, password } : { password } }),
      ),
    onSuccess: async () => {
      announce(say('profile.password.done'))
      onClose()
      await queries.invalidateQueries({ queryKey: ['person'] })
    },
  })
  return (
    <Dialog opened onClose={onClose} title={say(known ? 'profile.password.set' : 'profile.password.setFirst')}>
      <form onSubmit={fields.submit((values) => save.mutate(values))} noValidate>
        <Stack gap="md">
          <RefusalNote error={save.error} texts={{ sign_in_refused: say('profile.password.currentWrong') }} />
          <input type="text" name="username" value={email} autoComplete="username" readOnly hidden />
          {known && (
            <PasswordField
              {...fields.field('current')}
              label={say('profile.password.current')}
              autoComplete="current-password"
              data-autofocus
            />
          )}
          <NewPasswordField {...fields.field('password', save.error)} {...(known ? {} : { 'data-autofocus': true })} />
          <Text size="sm" c="dimmed">
            {say('profile.password.ends')}
          </Text>
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {say('common.cancel')}
            </Button>
            <BusyButton type="submit" busy={save.isPending}>
              {say('signIn.newPassword.submit')}
            </BusyButton>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

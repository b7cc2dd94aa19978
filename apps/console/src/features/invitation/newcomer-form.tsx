import { Stack, TextInput } from '@mantine/core'
import { useWords } from '../../locales/words.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { checkNewPassword } from '../sign-in/checks.ts'
import { NewPasswordField } from '../sign-in/password-field.tsx'
import { needed, useFields } from '../sign-in/use-fields.ts'

/** For someone who was never here: a name and a password; the address is the invitation's. */
export function NewcomerForm({
  email,
  problem,
  busy,
  onSubmit,
}: {
  readonly email: string
  readonly problem: unknown
  readonly busy: boolean
  readonly onSubmit: (newcomer: { readonly name: string; readonly password: string }) => void
}) {
  const { say } = useWords()
  const fields = useFields({ name: needed(say('invitation.nameMissing')), password: checkNewPassword(say) })
  return (
    <form onSubmit={fields.submit(({ name, password }) => onSubmit({ name: name.trim(), password }))} noValidate>
      <Stack gap="md">
        <TextInput
          {...fields.field('name', problem)}
          label={say('invitation.name')}
          autoComplete="name"
          maxLength={100}
          data-first-field=""
        />
        <TextInput value={email} type="email" label={say('signIn.email')} autoComplete="username" readOnly />
        <NewPasswordField {...fields.field('password', problem)} label={say('invitation.password')} />
        <BusyButton type="submit" fullWidth busy={busy}>
          {say('invitation.joinNew')}
        </BusyButton>
      </Stack>
    </form>
  )
}

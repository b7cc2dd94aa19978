import { Button, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Suspense } from 'react'
import { isProblem } from '../../api/problem.ts'
import { api } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { CardPage, PendingCardPage } from '../../ui/card-page.tsx'
import { checkNewPassword } from './checks.ts'
import { forgetHashToken, useHashToken } from './hash-token.ts'
import { NewPasswordField } from './password-field.tsx'
import { RefusalNote } from './refusal-note.tsx'
import { useFields } from './use-fields.ts'
import { useFirstField } from './use-first-field.ts'

/** The page that a link to a new password leads to. Its token is out of the address bar before anything is asked. */
export function NewPasswordPage() {
  const token = useHashToken()
  return (
    <Suspense fallback={<PendingCardPage />}>
      <NewPassword key={token} token={token} />
    </Suspense>
  )
}

function NewPassword({ token }: { readonly token: string | null }) {
  const { say } = useWords()
  const fields = useFields({ password: checkNewPassword(say) })
  const complete = useMutation({
    mutationFn: (password: string) =>
      api<null>('/v1/password-resets/complete', { method: 'POST', body: { token, password } }),
    onSuccess: forgetHashToken,
  })
  const closed = isProblem(complete.error, 'reset_closed')
  useFirstField(complete.isSuccess || closed)
  if (complete.isSuccess)
    return (
      <CardPage title={say('signIn.newPassword.done')} description={say('signIn.newPassword.doneText')}>
        <ToSignIn label={say('signIn.submit')} />
      </CardPage>
    )
  if (token === null || closed)
    return (
      <CardPage
        title={say(closed ? 'signIn.newPassword.closed' : 'signIn.newPassword.incomplete')}
        description={say(closed ? 'signIn.newPassword.closedText' : 'signIn.newPassword.incompleteText')}
      >
        <ToSignIn label={say('signIn.backToSignIn')} />
      </CardPage>
    )
  return (
    <CardPage title={say('signIn.newPassword.title')}>
      <form onSubmit={fields.submit(({ password }) => complete.mutate(password))} noValidate>
        <Stack gap="md">
          <RefusalNote error={complete.error} />
          <NewPasswordField {...fields.field('password')} data-first-field="" />
          <Text size="sm" c="dimmed">
            {say('signIn.newPassword.ends')}
          </Text>
          <BusyButton type="submit" fullWidth busy={complete.isPending}>
            {say('signIn.newPassword.submit')}
          </BusyButton>
        </Stack>
      </form>
    </CardPage>
  )
}

function ToSignIn({ label }: { readonly label: string }) {
  return (
    <Button component={Link} to="/sign-in" fullWidth>
      {label}
    </Button>
  )
}

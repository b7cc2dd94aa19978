import { Anchor, Stack, Text, TextInput, Title } from '@mantine/core'
import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { signInQuery } from '../../api/queries.ts'
import { api } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { checkEmail } from './checks.ts'
import { RefusalNote } from './refusal-note.tsx'
import { useFields } from './use-fields.ts'

/** For who forgot the password: a link by mail, whoever the address belongs to; without mail, who can help. */
export function ForgottenPassword({ email, onBack }: { readonly email: string; readonly onBack: () => void }) {
  const { say } = useWords()
  const { mail } = useSuspenseQuery(signInQuery).data
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  return (
    <Stack gap="md">
      <Title order={2} ref={title} tabIndex={-1}>
        {say('signIn.forgotTitle')}
      </Title>
      {mail ? <LinkForm email={email} /> : <Text>{say('signIn.forgotNoMail')}</Text>}
      <Anchor component="button" type="button" size="sm" ta="start" onClick={onBack}>
        {say('signIn.backToSignIn')}
      </Anchor>
    </Stack>
  )
}

function LinkForm({ email }: { readonly email: string }) {
  const { say } = useWords()
  const fields = useFields({ email: checkEmail(say) }, { email })
  const send = useMutation({
    mutationFn: (address: string) => api<null>('/v1/password-resets', { method: 'POST', body: { email: address } }),
  })
  if (send.isSuccess) return <LinkSent />
  return (
    <form onSubmit={fields.submit((values) => send.mutate(values.email.trim()))} noValidate>
      <Stack gap="md">
        <Text>{say('signIn.forgotMail')}</Text>
        <RefusalNote error={send.error} />
        <TextInput
          {...fields.field('email', send.error)}
          type="email"
          label={say('signIn.email')}
          autoComplete="username"
        />
        <BusyButton type="submit" fullWidth busy={send.isPending}>
          {say('signIn.sendLink')}
        </BusyButton>
      </Stack>
    </form>
  )
}

function LinkSent() {
  const { say } = useWords()
  const announce = useAnnounce()
  const text = useRef<HTMLParagraphElement>(null)
  useEffect(() => {
    text.current?.focus()
    announce(say('signIn.linkSent'))
  }, [announce, say])
  return (
    <Text ref={text} tabIndex={-1}>
      {say('signIn.linkSent')}
    </Text>
  )
}

import { Alert, Anchor, Divider, Stack, TextInput } from '@mantine/core'
import { IconAlertTriangle, IconFingerprint } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { signInQuery } from '../../api/queries.ts'
import type { SignInStep } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { checkEmail } from './checks.ts'
import classes from './first-step.module.css'
import { askForPasskey, autofillPossible, passkeysPossible, stopAskingForPasskey } from './passkeys.ts'
import { PasswordField } from './password-field.tsx'
import { RefusalNote } from './refusal-note.tsx'
import { needed, useFields } from './use-fields.ts'

const wrapping = { root: classes['button'] ?? '', label: classes['label'] ?? '' }

interface FirstStepProps {
  readonly email: string
  /** Why someone is here again; gone once something is tried. */
  readonly notice: string | undefined
  readonly returnTo: string | undefined
  readonly onSignedIn: () => void
  readonly onSecondStep: () => void
  readonly onForgotten: (email: string) => void
}

const offerPasskey = (response: unknown): Promise<SignInStep> =>
  api<SignInStep>('/v1/sign-in/passkey', { method: 'POST', body: { response } })

/** The first step: a passkey, an address and a password, or an identity provider. */
export function FirstStep(props: FirstStepProps) {
  const { say } = useWords()
  const fields = useFields(
    { email: checkEmail(say), password: needed(say('signIn.passwordMissing')) },
    { email: props.email },
  )
  const passwordInput = useRef<HTMLInputElement>(null)
  const { onSignedIn, onSecondStep } = props
  const onStep = ({ next }: SignInStep): void => (next === 'done' ? onSignedIn() : onSecondStep())
  const passkey = useMutation({
    mutationFn: async () => offerPasskey(await askForPasskey('/v1/sign-in/passkey/options')),
    onSuccess: onStep,
  })
  const password = useMutation({
    mutationFn: (body: { readonly email: string; readonly password: string }) =>
      api<SignInStep>('/v1/sign-in', { method: 'POST', body }),
    onSuccess: onStep,
    onError: () => passwordInput.current?.select(),
  })
  const provider = useProvider(props.returnTo)
  usePasskeyAutofill(onStep)

  const busy = password.isPending || passkey.isPending || provider.isPending
  const refusal = password.error ?? passkey.error ?? provider.error
  const submit = fields.submit(({ email, password: typed }) => {
    for (const other of [passkey, provider]) other.reset()
    password.mutate({ email: email.trim(), password: typed })
  })
  const ask = (): void => {
    for (const other of [password, provider]) other.reset()
    passkey.mutate()
  }
  return (
    <Stack gap="md">
      {props.notice !== undefined && !busy && refusal === null && (
        <Alert color="red.9" icon={<IconAlertTriangle size={18} aria-hidden />} role="alert">
          {props.notice}
        </Alert>
      )}
      <RefusalNote error={refusal} />
      {passkeysPossible() && (
        <>
          <BusyButton
            variant="default"
            fullWidth
            classNames={wrapping}
            leftSection={<IconFingerprint size={18} aria-hidden />}
            busy={passkey.isPending}
            onClick={ask}
          >
            {say('signIn.passkey')}
          </BusyButton>
          <Divider label={say('signIn.or')} />
        </>
      )}
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <TextInput
            {...fields.field('email')}
            type="email"
            label={say('signIn.email')}
            autoComplete="username webauthn"
            data-first-field=""
          />
          <PasswordField
            {...fields.field('password')}
            ref={passwordInput}
            label={say('signIn.password')}
            autoComplete="current-password"
          />
          <BusyButton type="submit" fullWidth busy={password.isPending}>
            {say('signIn.submit')}
          </BusyButton>
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={() => props.onForgotten(fields.values.email.trim())}
          >
            {say('signIn.forgot')}
          </Anchor>
        </Stack>
      </form>
      {props.returnTo !== undefined && <Providers start={provider.mutate} busy={busy} />}
    </Stack>
  )
}

function Providers({ start, busy }: { readonly start: (id: string) => void; readonly busy: boolean }) {
  const { say } = useWords()
  const { data } = useQuery(signInQuery)
  const providers = data?.providers ?? []
  if (providers.length === 0) return null
  return (
    <>
      <Divider label={say('signIn.or')} />
      {providers.map(({ id, label }) => (
        <BusyButton key={id} variant="default" fullWidth classNames={wrapping} busy={busy} onClick={() => start(id)}>
          {say('signIn.provider', { label })}
        </BusyButton>
      ))}
    </>
  )
}

function useProvider(returnTo: string | undefined) {
  return useMutation({
    mutationFn: (id: string) =>
      api<{ readonly url: string }>(`/v1/sign-in/providers/${segment(id)}`, {
        method: 'POST',
        body: returnTo === undefined ? {} : { returnTo },
      }),
    onSuccess: ({ url }) => location.assign(url),
  })
}

/** Lets the browser offer passkeys in the address's field; what goes wrong there is silent, since nobody asked for it. */
function usePasskeyAutofill(onStep: (step: SignInStep) => void): void {
  const latest = useRef(onStep)
  useEffect(() => {
    latest.current = onStep
  })
  useEffect(() => {
    let left = false
    let asking = false
    const offer = async (): Promise<void> => {
      if (!(await autofillPossible()) || left) return
      asking = true
      const response = await askForPasskey('/v1/sign-in/passkey/options', true)
      if (!left) latest.current(await offerPasskey(response))
    }
    offer().catch(() => undefined)
    return () => {
      left = true
      if (asking) void stopAskingForPasskey()
    }
  }, [])
}

import { useState } from 'react'
import { useWords } from '../../locales/words.tsx'
import { FirstStep } from './first-step.tsx'
import { ForgottenPassword } from './forgotten-password.tsx'
import { SecondStep } from './second-step.tsx'

/** Signing in, whole: a passkey, an address and a password with a second step where there is one, an identity provider, and help when it is forgotten. */
export function SignInForm({
  onSignedIn,
  knownEmail,
  returnTo,
  notice,
}: {
  readonly onSignedIn: () => void
  /** Whose sign-in is expected; may be corrected. */
  readonly knownEmail?: string
  /** Where an identity provider sends the browser back to; absent: providers are not offered. */
  readonly returnTo?: string
  /** What went wrong before this page, until something is tried. */
  readonly notice?: string
}) {
  const [step, setStep] = useState<'first' | 'second' | 'forgotten'>('first')
  const [email, setEmail] = useState(knownEmail ?? '')
  const [expired, setExpired] = useState(false)
  const { say } = useWords()

  if (step === 'second')
    return (
      <SecondStep
        onSignedIn={onSignedIn}
        onStartAgain={(tooLate) => {
          setExpired(tooLate)
          setStep('first')
        }}
      />
    )
  if (step === 'forgotten') return <ForgottenPassword email={email} onBack={() => setStep('first')} />
  return (
    <FirstStep
      email={email}
      notice={expired ? say('signIn.refused.expired') : notice}
      returnTo={returnTo}
      onSignedIn={onSignedIn}
      onSecondStep={() => setStep('second')}
      onForgotten={(typed) => {
        setEmail(typed)
        setStep('forgotten')
      }}
    />
  )
}

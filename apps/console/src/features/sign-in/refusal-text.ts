import { ApiProblem } from '../../api/problem.ts'
import { useFormat } from '../../locales/format.ts'
import { type Phrase, useWords } from '../../locales/words.tsx'
import { useProblemText } from '../../ui/error-note.tsx'
import { PasskeyFailure, type PasskeyFault } from './passkeys.ts'

const byCode: Readonly<Record<string, Phrase>> = {
  sign_in_refused: 'signIn.refused.password',
  second_factor_refused: 'signIn.refused.code',
  passkey_refused: 'signIn.refused.passkey',
  password_not_allowed: 'signIn.refused.passwordNotAllowed',
  cross_site_refused: 'signIn.refused.crossSite',
  person_exists: 'setUp.personExists',
}

const byFault: Readonly<Record<PasskeyFault, Phrase>> = {
  declined: 'signIn.refused.passkeyDeclined',
  domain: 'signIn.refused.passkeyDomain',
  exists: 'signIn.refused.passkeyExists',
  failed: 'signIn.refused.passkeyFailed',
}

const providerErrors: Readonly<Record<string, Phrase>> = {
  not_invited: 'signIn.providerErrors.not_invited',
  email_not_verified: 'signIn.providerErrors.email_not_verified',
  email_missing: 'signIn.providerErrors.email_missing',
  provider_refused: 'signIn.providerErrors.provider_refused',
  provider_unavailable: 'signIn.providerErrors.provider_unavailable',
  provider_not_found: 'signIn.providerErrors.provider_not_found',
}

/** What to say of the error that a sign-in by an identity provider came back with. */
export const providerErrorPhrase = (code: string): Phrase =>
  (Object.hasOwn(providerErrors, code) ? providerErrors[code] : undefined) ?? 'signIn.providerErrors.provider_failed'

/** Seconds as people wait: exact below two minutes, else whole minutes, never too few. */
export const waitSecondsOf = (seconds: number): number => (seconds < 120 ? seconds : Math.ceil(seconds / 60) * 60)

/** What a refusal of someone who wants to come in, or to prove who they are, means and what to do; `own` says some codes in words of the place. */
export function useRefusalText(own: Readonly<Record<string, string>> = {}): (error: unknown) => string {
  const { say } = useWords()
  const format = useFormat()
  const problemText = useProblemText()
  return (error) => {
    if (error instanceof PasskeyFailure) return say(byFault[error.fault])
    if (!(error instanceof ApiProblem)) return problemText(error)
    if (error.code === 'too_many_requests')
      return error.retryAfterSeconds === undefined
        ? say('signIn.refused.waitUnknown')
        : say('signIn.refused.wait', { duration: format.duration(waitSecondsOf(error.retryAfterSeconds)) })
    const text = own[error.code]
    if (text !== undefined) return text
    const phrase = byCode[error.code]
    return phrase === undefined ? problemText(error) : say(phrase)
  }
}

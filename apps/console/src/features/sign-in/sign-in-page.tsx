import { Alert, Stack } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useSearch } from '@tanstack/react-router'
import { useWords } from '../../locales/words.tsx'
import { CardPage } from '../../ui/card-page.tsx'
import { providerErrorPhrase } from './refusal-text.ts'
import { returnPath } from './return-path.ts'
import { SignInForm } from './sign-in-form.tsx'
import { useEnter } from './use-enter.ts'
import { useFirstField } from './use-first-field.ts'

/** The page where people sign in; afterwards they are where they wanted to go. */
export function SignInPage() {
  const { say } = useWords()
  const { returnTo, error } = useSearch({ from: '/sign-in' })
  const enter = useEnter()
  useFirstField()
  const path = returnPath(returnTo)
  return (
    <CardPage title={say('signIn.title')}>
      <Stack gap="md">
        {!isSecureContext && (
          <Alert
            color="yellow"
            icon={<IconAlertTriangle size={18} aria-hidden />}
            title={say('signIn.insecure')}
            role="alert"
          >
            {say('signIn.insecureText')}
          </Alert>
        )}
        <SignInForm
          returnTo={path}
          onSignedIn={() => void enter(path)}
          {...(error === undefined ? {} : { notice: say(providerErrorPhrase(error)) })}
        />
      </Stack>
    </CardPage>
  )
}

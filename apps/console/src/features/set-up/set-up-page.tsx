import { Alert, Button, Stack, TextInput } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { isProblem } from '../../api/problem.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { CardPage } from '../../ui/card-page.tsx'
import { useConfig } from '../account-context.tsx'
import { checkEmail, checkNewPassword } from '../sign-in/checks.ts'
import { NewPasswordField } from '../sign-in/password-field.tsx'
import { RefusalNote } from '../sign-in/refusal-note.tsx'
import { useEnter } from '../sign-in/use-enter.ts'
import { needed, useFields } from '../sign-in/use-fields.ts'
import { useFirstField } from '../sign-in/use-first-field.ts'
import { ForPrograms } from './for-programs.tsx'

interface FirstPerson {
  readonly name: string
  readonly email: string
  readonly password: string
  readonly accountName: string
}

/** The first run: whoever has the link becomes the first operator, with a first account, and is signed in. */
export function SetUpPage() {
  const { token } = useParams({ from: '/setup/$token' })
  const { say } = useWords()
  const { product } = useConfig()
  const enter = useEnter()
  const setUp = useMutation({
    mutationFn: (person: FirstPerson) =>
      api<{ readonly account: string | null }>(`/setup/${segment(token)}`, { method: 'POST', body: person }),
    onSuccess: ({ account }) => enter(account === null ? '/operator/accounts' : `/accounts/${segment(account)}/keys`),
  })
  const closed = isProblem(setUp.error, 'setup_closed')
  useFirstField(closed)
  if (closed)
    return (
      <CardPage title={say('setUp.closed')} description={say('setUp.closedText')}>
        <Button component={Link} to="/sign-in" fullWidth>
          {say('signIn.submit')}
        </Button>
      </CardPage>
    )
  return (
    <CardPage title={say('setUp.title', { product: product.name })} description={say('setUp.lead')} wide>
      <Stack gap="md">
        {!isSecureContext && (
          <Alert color="yellow" icon={<IconAlertTriangle size={18} aria-hidden />} title={say('signIn.insecure')}>
            {say('signIn.insecureText')}
          </Alert>
        )}
        <RefusalNote error={setUp.error} />
        <FirstPersonForm
          problem={setUp.error}
          busy={setUp.isPending || setUp.isSuccess}
          onSubmit={(person) => setUp.mutate(person)}
        />
        <ForPrograms link={`${location.origin}/setup/${segment(token)}`} />
      </Stack>
    </CardPage>
  )
}

function FirstPersonForm({
  problem,
  busy,
  onSubmit,
}: {
  readonly problem: unknown
  readonly busy: boolean
  readonly onSubmit: (person: FirstPerson) => void
}) {
  const { say } = useWords()
  const { words } = useConfig()
  const fields = useFields({
    name: needed(say('setUp.nameMissing')),
    email: checkEmail(say),
    password: checkNewPassword(say),
    accountName: needed(say('setUp.accountMissing')),
  })
  return (
    <form
      onSubmit={fields.submit(({ name, email, password, accountName }) =>
        onSubmit({ name: name.trim(), email: email.trim(), password, accountName: accountName.trim() }),
      )}
      noValidate
    >
      <Stack gap="md">
        <TextInput
          {...fields.field('name', problem)}
          label={say('setUp.name')}
          autoComplete="name"
          maxLength={100}
          data-first-field=""
        />
        <TextInput
          {...fields.field('email', problem)}
          type="email"
          label={say('signIn.email')}
          autoComplete="username"
        />
        <NewPasswordField {...fields.field('password', problem)} label={say('signIn.password')} />
        <TextInput
          {...fields.field('accountName', problem)}
          label={say('setUp.account', { account: words.account.one })}
          description={say('setUp.accountHint', { keys: words.key.many })}
          autoComplete="organization"
          maxLength={100}
        />
        <BusyButton type="submit" fullWidth busy={busy}>
          {say('setUp.submit')}
        </BusyButton>
      </Stack>
    </form>
  )
}

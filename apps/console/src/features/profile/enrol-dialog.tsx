import { Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { lazy, Suspense, useRef } from 'react'
import { api } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useProof } from '../../ui/proof.tsx'
import { CodeField } from '../sign-in/code-field.tsx'
import { RefusalNote } from '../sign-in/refusal-note.tsx'
import { needed, useFields } from '../sign-in/use-fields.ts'
import { BackupCodesDialog } from './backup-codes-dialog.tsx'

const QrCode = lazy(() => import('./qr-code.tsx').then(({ QrCode }) => ({ default: QrCode })))

/** Sets an authenticator app up: its secret, a first code, and then the backup codes. */
export function EnrolDialog({
  secret,
  uri,
  email,
  onClose,
}: {
  readonly secret: string
  /** The `otpauth:` address. */
  readonly uri: string
  readonly email: string
  readonly onClose: (turnedOn: boolean) => void
}) {
  const { say } = useWords()
  const prove = useProof()
  const input = useRef<HTMLInputElement>(null)
  const fields = useFields({ code: needed(say('signIn.codeMissing')) })
  const confirm = useMutation({
    mutationFn: (code: string) =>
      prove(() =>
        api<{ readonly backupCodes: readonly string[] }>('/v1/person/totp/confirm', {
          method: 'POST',
          body: { code: code.replaceAll(/\s/g, '') },
        }),
      ),
    onError: () => input.current?.select(),
  })
  const close = (turnedOn: boolean): void => {
    // What is on the way brings the backup codes, which are shown this once.
    if (confirm.isPending) return
    confirm.reset()
    onClose(turnedOn)
  }
  if (confirm.data !== undefined)
    return <BackupCodesDialog codes={confirm.data.backupCodes} email={email} onClose={() => close(true)} />
  return (
    <Dialog opened onClose={() => close(false)} title={say('profile.authenticator.setUpTitle')}>
      <form onSubmit={fields.submit(({ code }) => confirm.mutate(code))} noValidate>
        <Stack gap="md">
          <Text>{say('profile.authenticator.scan')}</Text>
          <Group justify="center">
            <Suspense fallback={<Skeleton width={192} height={192} />}>
              <QrCode text={uri} label={say('profile.authenticator.qr')} />
            </Suspense>
          </Group>
          <Secret secret={secret} />
          <RefusalNote error={confirm.error} />
          <CodeField {...fields.field('code')} ref={input} label={say('profile.authenticator.code')} data-autofocus />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={() => close(false)}>
              {say('common.cancel')}
            </Button>
            <BusyButton type="submit" busy={confirm.isPending}>
              {say('profile.authenticator.confirm')}
            </BusyButton>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

function Secret({ secret }: { readonly secret: string }) {
  const { say } = useWords()
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500}>
        {say('profile.authenticator.secret')}
      </Text>
      <Group gap="sm" justify="space-between">
        <code className="mono breaks" style={{ flex: '1 1 200px', minWidth: 0 }}>
          {secret.match(/.{1,4}/g)?.join(' ') ?? secret}
        </code>
        <CopyButton text={secret} label={say('profile.authenticator.copySecret')} variant="default" size="xs" />
      </Group>
    </Stack>
  )
}

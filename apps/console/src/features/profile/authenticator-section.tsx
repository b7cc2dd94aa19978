import { Button, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Factors } from '../../api/records.ts'
import { api } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { useProof } from '../../ui/proof.tsx'
import { Reasoned } from '../../ui/reasoned.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { RefusalNote } from '../sign-in/refusal-note.tsx'
import { BackupCodesDialog } from './backup-codes-dialog.tsx'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { EnrolDialog } from './enrol-dialog.tsx'
import { Section } from './section.tsx'

const fewCodes = 2

/** The authenticator app as second step: set up, its backup codes, turned off. */
export function AuthenticatorSection({ factors, email }: { readonly factors: Factors; readonly email: string }) {
  const { say } = useWords()
  return (
    <Section title={say('profile.authenticator.title')} description={say('profile.authenticator.text')}>
      <StateBadge tone={factors.totp ? 'good' : 'resting'}>
        {say(factors.totp ? 'profile.authenticator.on' : 'profile.authenticator.off')}
      </StateBadge>
      {factors.totp ? (
        <WhenOn codesLeft={factors.backupCodesLeft} email={email} />
      ) : (
        <WhenOff password={factors.password} email={email} />
      )}
    </Section>
  )
}

function WhenOff({ password, email }: { readonly password: boolean; readonly email: string }) {
  const { say } = useWords()
  const announce = useAnnounce()
  const prove = useProof()
  const queries = useQueryClient()
  const start = useMutation({
    mutationFn: () =>
      prove(() =>
        api<{ readonly secret: string; readonly uri: string }>('/v1/person/totp', { method: 'POST', body: {} }),
      ),
  })
  const close = (turnedOn: boolean): void => {
    start.reset()
    if (!turnedOn) return
    announce(say('profile.authenticator.turnedOn'))
    void queries.invalidateQueries({ queryKey: ['person'] })
  }
  return (
    <>
      <RefusalNote error={start.error} />
      <Reasoned reason={password ? null : say('profile.authenticator.needsPassword')}>
        <BusyButton variant="default" busy={start.isPending} onClick={() => start.mutate()}>
          {say('profile.authenticator.setUp')}
        </BusyButton>
      </Reasoned>
      {start.data !== undefined && <EnrolDialog {...start.data} email={email} onClose={close} />}
    </>
  )
}

function WhenOn({ codesLeft, email }: { readonly codesLeft: number; readonly email: string }) {
  const { say } = useWords()
  const [asking, setAsking] = useState<'codes' | 'off' | null>(null)
  const { renew, turnOff } = useChanges(() => setAsking(null))
  const queries = useQueryClient()
  const closeCodes = (): void => {
    renew.reset()
    void queries.invalidateQueries({ queryKey: ['person'] })
  }
  const stop = (): void => {
    setAsking(null)
    renew.reset()
    turnOff.reset()
  }
  return (
    <>
      <Text>
        {say('profile.authenticator.codesLeft', { count: codesLeft })}
        {codesLeft <= fewCodes && ` ${say('profile.authenticator.fewLeft')}`}
      </Text>
      <Group gap="sm">
        <Button variant="default" onClick={() => setAsking('codes')}>
          {say('profile.authenticator.newCodes')}
        </Button>
        <Button variant="default" onClick={() => setAsking('off')}>
          {say('profile.authenticator.turnOff')}
        </Button>
      </Group>
      {asking === 'codes' && (
        <ConfirmDialog
          title={say('profile.authenticator.newCodesTitle')}
          verb={say('profile.authenticator.makeCodes')}
          danger={false}
          busy={renew.isPending}
          error={renew.error}
          onConfirm={() => renew.mutate()}
          onClose={stop}
        >
          {say('profile.authenticator.newCodesText')}
        </ConfirmDialog>
      )}
      {asking === 'off' && (
        <ConfirmDialog
          title={say('profile.authenticator.turnOffTitle')}
          verb={say('profile.authenticator.turnOff')}
          busy={turnOff.isPending}
          error={turnOff.error}
          onConfirm={() => turnOff.mutate()}
          onClose={stop}
        >
          {say('profile.authenticator.turnOffText')}
        </ConfirmDialog>
      )}
      {asking === null && renew.data !== undefined && (
        <BackupCodesDialog codes={renew.data.backupCodes} email={email} onClose={closeCodes} />
      )}
    </>
  )
}

function useChanges(onDone: () => void) {
  const { say } = useWords()
  const announce = useAnnounce()
  const prove = useProof()
  const queries = useQueryClient()
  const renew = useMutation({
    mutationFn: () =>
      prove(() =>
        api<{ readonly backupCodes: readonly string[] }>('/v1/person/backup-codes', { method: 'POST', body: {} }),
      ),
    onSuccess: onDone,
  })
  const turnOff = useMutation({
    mutationFn: () => prove(() => api<null>('/v1/person/totp', { method: 'DELETE' })),
    onSuccess: async () => {
      announce(say('profile.authenticator.turnedOff'))
      onDone()
      await queries.invalidateQueries({ queryKey: ['person'] })
    },
  })
  return { renew, turnOff }
}

import { Anchor, Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { api } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { CodeField } from './code-field.tsx'
import { factorsQuery } from './factors-query.ts'
import { askForPasskey } from './passkeys.ts'
import { PasswordField } from './password-field.tsx'
import { type ProofWay, proofWays } from './proof-ways.ts'
import { RefusalNote } from './refusal-note.tsx'
import { needed, useFields } from './use-fields.ts'

const otherWay = { passkey: 'proof.byPasskey', code: 'proof.byCode', password: 'proof.byPassword' } as const

/** Asks a person who is signed in to prove once more who they are. */
export function ProofDialog({ onProved, onClose }: { readonly onProved: () => void; readonly onClose: () => void }) {
  const { say } = useWords()
  const announce = useAnnounce()
  const { data: factors, error } = useQuery(factorsQuery)
  const [chosen, setChosen] = useState<ProofWay | null>(null)
  const ways = factors === undefined ? [] : proofWays(factors)
  const way = chosen ?? ways[0]
  const proved = (): void => {
    announce(say('proof.done'))
    onProved()
  }
  return (
    <Dialog opened onClose={onClose} title={say('proof.title')} zIndex={1000}>
      <Stack gap="md">
        <Text c="dimmed">{say('proof.text')}</Text>
        <RefusalNote error={error} />
        {factors === undefined && error === null && <Skeleton height={96} aria-label={say('common.loading')} />}
        {factors !== undefined && way === undefined && <NoWay />}
        {way === 'passkey' && <ByPasskey onProved={proved} onClose={onClose} />}
        {(way === 'code' || way === 'password') && <ByText key={way} way={way} onProved={proved} onClose={onClose} />}
        {ways.length > 1 && (
          <Group gap="md">
            {ways
              .filter((each) => each !== way)
              .map((each) => (
                <Anchor key={each} component="button" type="button" size="sm" onClick={() => setChosen(each)}>
                  {say(otherWay[each])}
                </Anchor>
              ))}
          </Group>
        )}
      </Stack>
    </Dialog>
  )
}

interface WayProps {
  readonly onProved: () => void
  readonly onClose: () => void
}

const prove = (body: unknown): Promise<unknown> => api('/v1/session/proof', { method: 'POST', body })

function ByPasskey({ onProved, onClose }: WayProps) {
  const { say } = useWords()
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => button.current?.focus(), [])
  const send = useMutation({
    mutationFn: async () => prove({ passkey: await askForPasskey('/v1/session/proof/passkey-options') }),
    onSuccess: onProved,
  })
  return (
    <Stack gap="md">
      <RefusalNote error={send.error} />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>
          {say('common.cancel')}
        </Button>
        <BusyButton ref={button} busy={send.isPending} onClick={() => send.mutate()} data-autofocus>
          {say('proof.passkey')}
        </BusyButton>
      </Group>
    </Stack>
  )
}

function ByText({ way, onProved, onClose }: WayProps & { readonly way: 'code' | 'password' }) {
  const { say } = useWords()
  const input = useRef<HTMLInputElement>(null)
  const fields = useFields({ proof: needed(say(way === 'code' ? 'signIn.codeMissing' : 'signIn.passwordMissing')) })
  useEffect(() => input.current?.focus(), [])
  const send = useMutation({
    mutationFn: (typed: string) => prove(way === 'code' ? { code: typed.replaceAll(/\s/g, '') } : { password: typed }),
    onSuccess: onProved,
    onError: () => input.current?.select(),
  })
  return (
    <form onSubmit={fields.submit(({ proof }) => send.mutate(proof))} noValidate>
      <Stack gap="md">
        <RefusalNote error={send.error} texts={{ sign_in_refused: say('proof.passwordWrong') }} />
        {way === 'code' ? (
          <CodeField {...fields.field('proof')} ref={input} label={say('signIn.code')} data-autofocus />
        ) : (
          <PasswordField
            {...fields.field('proof')}
            ref={input}
            label={say('signIn.password')}
            autoComplete="current-password"
            data-autofocus
          />
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {say('common.cancel')}
          </Button>
          <BusyButton type="submit" busy={send.isPending}>
            {say('proof.confirm')}
          </BusyButton>
        </Group>
      </Stack>
    </form>
  )
}

function NoWay() {
  const { say } = useWords()
  const here = `${location.pathname}${location.search}`
  return (
    <Stack gap="md">
      <Text>{say('proof.none')}</Text>
      <Button component="a" href={`/sign-in?${new URLSearchParams({ returnTo: here }).toString()}`} data-autofocus>
        {say('proof.signInAgain')}
      </Button>
    </Stack>
  )
}

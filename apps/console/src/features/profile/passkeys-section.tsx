import { Button, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Factors, Passkey } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { Moment } from '../../ui/moment.tsx'
import { useProof } from '../../ui/proof.tsx'
import { Reasoned } from '../../ui/reasoned.tsx'
import { passkeysPossible } from '../sign-in/passkeys.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { AddPasskeyDialog, RenamePasskeyDialog } from './passkey-dialogs.tsx'
import { Row, Rows, Section } from './section.tsx'

type Open = { readonly what: 'add' } | { readonly what: 'rename' | 'remove'; readonly passkey: Passkey } | null

/** The passkeys of a person: listed, added, renamed, removed. */
export function PasskeysSection({ factors: { passkeys } }: { readonly factors: Factors }) {
  const { say } = useWords()
  const [open, setOpen] = useState<Open>(null)
  const close = (): void => setOpen(null)
  return (
    <Section title={say('profile.passkeys.title')} description={say('profile.passkeys.text')}>
      {passkeys.length === 0 ? (
        <Text c="dimmed">{say('profile.passkeys.none')}</Text>
      ) : (
        <Rows label={say('profile.passkeys.title')}>
          {passkeys.map((passkey) => (
            <Row
              key={passkey.id}
              title={passkey.name}
              about={
                <>
                  {say('profile.passkeys.added')} <Moment at={passkey.createdAt} />
                </>
              }
              actions={
                <Group gap="xs">
                  <Button
                    variant="default"
                    size="xs"
                    aria-label={say('profile.passkeys.renameNamed', { name: passkey.name })}
                    onClick={() => setOpen({ what: 'rename', passkey })}
                  >
                    {say('profile.passkeys.rename')}
                  </Button>
                  <Button
                    variant="default"
                    size="xs"
                    aria-label={say('profile.passkeys.removeNamed', { name: passkey.name })}
                    onClick={() => setOpen({ what: 'remove', passkey })}
                  >
                    {say('profile.passkeys.remove')}
                  </Button>
                </Group>
              }
            />
          ))}
        </Rows>
      )}
      <Reasoned reason={passkeysPossible() ? null : say('profile.passkeys.impossible')}>
        <Button variant="default" onClick={() => setOpen({ what: 'add' })}>
          {say('profile.passkeys.add')}
        </Button>
      </Reasoned>
      {open?.what === 'add' && <AddPasskeyDialog onClose={close} />}
      {open?.what === 'rename' && <RenamePasskeyDialog passkey={open.passkey} onClose={close} />}
      {open?.what === 'remove' && <RemovePasskeyDialog passkey={open.passkey} onClose={close} />}
    </Section>
  )
}

function RemovePasskeyDialog({ passkey, onClose }: { readonly passkey: Passkey; readonly onClose: () => void }) {
  const { say } = useWords()
  const announce = useAnnounce()
  const prove = useProof()
  const queries = useQueryClient()
  const remove = useMutation({
    mutationFn: () => prove(() => api<null>(`/v1/person/passkeys/${segment(passkey.id)}`, { method: 'DELETE' })),
    onSuccess: async () => {
      announce(say('profile.passkeys.removed'))
      onClose()
      await queries.invalidateQueries({ queryKey: ['person'] })
    },
  })
  return (
    <ConfirmDialog
      title={say('profile.passkeys.removeTitle', { name: passkey.name })}
      verb={say('profile.passkeys.remove')}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {say('profile.passkeys.removeText')}
    </ConfirmDialog>
  )
}

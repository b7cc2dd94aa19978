import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/browser'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Passkey } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useProof } from '../../ui/proof.tsx'
import { makePasskey } from '../sign-in/passkeys.ts'
import { RefusalNote } from '../sign-in/refusal-note.tsx'
import { needed, useFields } from '../sign-in/use-fields.ts'
import { useBrowserName } from './use-browser-name.ts'

/** Adds a passkey: named first, then made by the browser. */
export function AddPasskeyDialog({ onClose }: { readonly onClose: () => void }) {
  const { say } = useWords()
  const prove = useProof()
  const browserName = useBrowserName()
  const add = useSaved(onClose, say('profile.passkeys.done'), async (name) => {
    const options = await prove(() =>
      api<PublicKeyCredentialCreationOptionsJSON>('/v1/person/passkeys/options', { method: 'POST', body: {} }),
    )
    const response = await makePasskey(options)
    return await api<Passkey>('/v1/person/passkeys', { method: 'POST', body: { name, response } })
  })
  return (
    <NameDialog
      title={say('profile.passkeys.addTitle')}
      text={say('profile.passkeys.addText')}
      initial={browserName(navigator.userAgent)}
      verb={say('profile.passkeys.continue')}
      send={add}
      onClose={onClose}
    />
  )
}

/** Renames a passkey. */
export function RenamePasskeyDialog({ passkey, onClose }: { readonly passkey: Passkey; readonly onClose: () => void }) {
  const { say } = useWords()
  const prove = useProof()
  const rename = useSaved(onClose, say('common.saved'), (name) =>
    prove(() => api<Passkey>(`/v1/person/passkeys/${segment(passkey.id)}`, { method: 'PATCH', body: { name } })),
  )
  return (
    <NameDialog
      title={say('profile.passkeys.renameTitle')}
      initial={passkey.name}
      verb={say('common.save')}
      send={rename}
      onClose={onClose}
    />
  )
}

function useSaved(onClose: () => void, said: string, work: (name: string) => Promise<Passkey>) {
  const announce = useAnnounce()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: work,
    onSuccess: async () => {
      announce(said)
      onClose()
      await queries.invalidateQueries({ queryKey: ['person'] })
    },
  })
}

function NameDialog({
  title,
  text,
  initial,
  verb,
  send,
  onClose,
}: {
  readonly title: string
  readonly text?: string
  readonly initial: string
  readonly verb: string
  readonly send: {
    readonly mutate: (name: string) => void
    readonly isPending: boolean
    readonly error: unknown
  }
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const fields = useFields({ name: needed(say('profile.passkeys.nameMissing')) }, { name: initial })
  return (
    <Dialog opened onClose={onClose} title={title}>
      <form onSubmit={fields.submit(({ name }) => send.mutate(name.trim()))} noValidate>
        <Stack gap="md">
          {text !== undefined && <Text>{text}</Text>}
          <RefusalNote error={send.error} />
          <TextInput
            {...fields.field('name', send.error)}
            label={say('profile.passkeys.name')}
            description={say('profile.passkeys.nameHint')}
            maxLength={100}
            autoComplete="off"
            data-autofocus
          />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {say('common.cancel')}
            </Button>
            <BusyButton type="submit" busy={send.isPending}>
              {verb}
            </BusyButton>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

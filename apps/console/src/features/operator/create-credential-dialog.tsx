import { Button, Checkbox, Group, Radio, Select, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ApiProblem } from '../../api/problem.ts'
import type { CreatedCredential } from '../../api/records.ts'
import { api } from '../../api/request.ts'
import { capitalized } from '../../locales/capitalized.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { OnceDialog } from '../../ui/once-dialog.tsx'
import { useProof } from '../../ui/proof.tsx'
import { useFaultFocus } from '../../ui/use-fault-focus.ts'
import { useConfig } from '../account-context.tsx'
import { audiencesOf } from './audiences.ts'
import { operatorKey } from './operator-keys.ts'

interface Creation {
  readonly kind: 'operator' | 'verify'
  readonly name: string
  readonly environment?: string
  readonly audiences?: readonly string[]
}

function useCreation() {
  const { say } = useWords()
  const announce = useAnnounce()
  const prove = useProof()
  const queries = useQueryClient()
  return useMutation({
    gcTime: 0,
    mutationFn: (body: Creation) =>
      prove(() => api<CreatedCredential>('/v1/credentials', { method: 'POST', acting: 'operator', body })),
    onSuccess: () => {
      announce(say('operator.credential.made'))
      void queries.invalidateQueries({ queryKey: operatorKey('credentials') })
    },
  })
}

/** Makes a credential for a program, and then shows its secret. */
export function CreateCredentialDialog({ onClose }: { readonly onClose: () => void }) {
  const { say } = useWords()
  const create = useCreation()
  if (create.data === undefined)
    return (
      <Dialog opened onClose={onClose} title={say('operator.credential.createTitle')} size="md">
        <CredentialForm
          busy={create.isPending}
          error={create.error}
          onSend={(creation) => create.mutate(creation)}
          onClose={onClose}
        />
      </Dialog>
    )
  return (
    <OnceDialog
      secret={create.data.secret ?? ''}
      onClose={() => {
        create.reset()
        onClose()
      }}
      words={{
        title: say('operator.credential.shownTitle', { name: create.data.name }),
        label: say('operator.credential.secret'),
        why: say('operator.credential.why'),
        kept: say('operator.credential.kept'),
        keptFirst: say('operator.credential.keptFirst'),
        done: say('operator.credential.done'),
      }}
    />
  )
}

function CredentialForm({
  busy,
  error,
  onSend,
  onClose,
}: {
  readonly busy: boolean
  readonly error: unknown
  readonly onSend: (creation: Creation) => void
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const { environments, defaultEnvironment, types, words } = useConfig()
  const offered = audiencesOf(types)
  const [kind, setKind] = useState<Creation['kind']>('verify')
  const [name, setName] = useState('')
  const [environment, setEnvironment] = useState(defaultEnvironment ?? environments[0]?.id ?? null)
  const [audiences, setAudiences] = useState<string[]>(() => (offered.length === 1 ? offered.map(({ id }) => id) : []))
  const { form, tried, attempt } = useFaultFocus()
  const isVerify = kind === 'verify'
  const problem = error instanceof ApiProblem ? error : undefined
  const faults = {
    name: name.trim() === '' ? say('operator.nameMissing') : undefined,
    environment: isVerify && environment === null ? say('operator.credential.environmentMissing') : undefined,
    audiences: isVerify && audiences.length === 0 ? say('operator.credential.audiencesMissing') : undefined,
  }
  const errorAt = (field: keyof typeof faults) => (tried ? faults[field] : undefined) ?? problem?.errorAt(`/${field}`)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    attempt()
    if (Object.values(faults).some((fault) => fault !== undefined)) return
    const scope = isVerify && environment !== null ? { environment, audiences } : {}
    onSend({ kind, name: name.trim(), ...scope })
  }
  return (
    <form ref={form} onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput
          label={say('operator.name')}
          description={say('operator.credential.nameHint')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={errorAt('name')}
          aria-required
          autoComplete="off"
          data-autofocus
        />
        <Radio.Group
          label={say('operator.credential.kind')}
          value={kind}
          onChange={(value) => setKind(value === 'operator' ? 'operator' : 'verify')}
        >
          <Stack gap="xs" mt="xs">
            {(['verify', 'operator'] as const).map((each) => (
              <Radio
                key={each}
                value={each}
                label={say(`operator.credential.${each}`)}
                description={say(`operator.credential.${each}Hint`)}
              />
            ))}
          </Stack>
        </Radio.Group>
        {isVerify && (
          <>
            <Select
              label={capitalized(words.environment.one)}
              data={environments.map(({ id, label }) => ({ value: id, label }))}
              value={environment}
              onChange={setEnvironment}
              allowDeselect={false}
              error={errorAt('environment')}
            />
            <Checkbox.Group
              label={say('operator.credential.audiences')}
              description={say('operator.credential.audiencesHint')}
              value={audiences}
              onChange={setAudiences}
              error={errorAt('audiences')}
            >
              <Stack gap="xs" my="xs">
                {offered.map(({ id, types: labels }) => (
                  <Checkbox
                    key={id}
                    value={id}
                    label={<span className="mono">{id}</span>}
                    description={labels.join(', ')}
                  />
                ))}
              </Stack>
            </Checkbox.Group>
          </>
        )}
        <ErrorNote error={error} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {say('common.cancel')}
          </Button>
          <Button type="submit" loading={busy}>
            {say('operator.credential.create')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

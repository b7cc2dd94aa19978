import { Alert, Button, Group, NativeSelect, Skeleton, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { isProblem } from '../../../api/problem.ts'
import { accountKey } from '../../../api/queries.ts'
import type { Key } from '../../../api/records.ts'
import { api, apiWithEtag, segment } from '../../../api/request.ts'
import { useFormat } from '../../../locales/format.ts'
import { useWords } from '../../../locales/words.tsx'
import { useAnnounce } from '../../../ui/announcer.tsx'
import { BusyButton } from '../../../ui/busy-button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { ErrorNote } from '../../../ui/error-note.tsx'
import { useProof } from '../../../ui/proof.tsx'
import { useAccount, useConfig } from '../../account-context.tsx'
import { AccessField } from '../create/access-field.tsx'
import type { FieldErrors } from '../create/create-key-form.tsx'
import { choosesAccess } from '../create/draft.ts'
import { expiryChoices } from '../create/expiry.ts'
import { ExpiryField } from '../create/expiry-field.tsx'
import { faultTexts, isAtFields, problemTexts } from '../create/field-errors.ts'
import { NameFields } from '../create/name-fields.tsx'
import { NetworksField } from '../create/networks-field.tsx'
import { useMembers } from '../list/use-members.ts'
import { changesOf, type EditDraft, editDraft, editFaults } from './edit-draft.ts'
import { callName, useForgetKeys } from './use-key-action.tsx'

interface Read {
  readonly answer: Key
  readonly etag: string | undefined
}

/** Edits a key as it is now; a change that someone else made meanwhile is said and not overwritten. */
export function EditDialog({ keyId, onClose }: { readonly keyId: string; readonly onClose: () => void }) {
  const { say } = useWords()
  const { accountId, acting } = useAccount()
  const queries = useQueryClient()
  const [turn, setTurn] = useState(0)
  const queryKey = [...accountKey(accountId, 'keys'), 'edit', keyId, turn]
  const { data, error } = useQuery({
    queryKey,
    queryFn: ({ signal }) => apiWithEtag<Key>(`/v1/keys/${segment(keyId)}`, { acting, signal }),
    // What is edited must not change under the hands of who edits it.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  })
  const [first, setFirst] = useState<Read | null>(null)
  if (data !== undefined && first === null) setFirst(data)
  return (
    <Dialog
      opened
      onClose={onClose}
      size="xl"
      closeOnClickOutside={false}
      title={say('keyActions.editing.title', { name: first === null ? '…' : callName(first.answer) })}
    >
      {first === null && error === null && <Skeleton height={220} />}
      {first === null && <ErrorNote error={error} />}
      {first !== null && (
        <EditForm
          key={turn}
          read={first}
          onClose={onClose}
          onReload={() => {
            queries.removeQueries({ queryKey })
            setFirst(null)
            setTurn(turn + 1)
          }}
        />
      )}
    </Dialog>
  )
}

function useSave(read: Read, draft: EditDraft, onSaved: () => void) {
  const { say } = useWords()
  const config = useConfig()
  const prove = useProof()
  const announce = useAnnounce()
  const forget = useForgetKeys()
  const { acting } = useAccount()
  return useMutation({
    mutationFn: async () => {
      const body = changesOf(draft, read.answer, config, Date.now())
      if (Object.keys(body).length === 0) return announce(say('keyActions.editing.unchanged'))
      await prove(() =>
        api<Key>(`/v1/keys/${segment(read.answer.id)}`, { method: 'PATCH', acting, body, ifMatch: read.etag }),
      )
      announce(say('keyActions.editing.done', { name: draft.name || read.answer.masked }))
      forget()
    },
    onSuccess: onSaved,
  })
}

function EditForm({
  read,
  onClose,
  onReload,
}: {
  readonly read: Read
  readonly onClose: () => void
  readonly onReload: () => void
}) {
  const { say } = useWords()
  const format = useFormat()
  const config = useConfig()
  const key = read.answer
  const [nowMs] = useState(() => Date.now())
  const [draft, setDraft] = useState(() => editDraft(key, config))
  const [errors, setErrors] = useState<FieldErrors>({})
  const save = useSave(read, draft, onClose)
  const change = (part: Partial<EditDraft>): void => {
    setDraft((before) => ({ ...before, ...part }))
    setErrors({})
  }
  const submit = (): void => {
    if (save.isPending) return
    const faults = faultTexts(editFaults(draft, key, config, Date.now()), config, { say, format })
    setErrors(faults)
    if (Object.keys(faults).length === 0) save.mutate(undefined, { onError: (error) => setErrors(problemTexts(error)) })
  }
  const form = useRef<HTMLFormElement>(null)
  // The dialog gave the focus to its way out while the key was being read.
  useEffect(() => form.current?.querySelector<HTMLElement>('input, textarea, select')?.focus(), [])
  const isConflict = isProblem(save.error, 'precondition_failed')
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Stack gap="lg">
        <EditFields keyRecord={key} draft={draft} onChange={change} errors={errors} nowMs={nowMs} />
        {isConflict && (
          <Alert color="yellow" role="alert" title={say('keyActions.editing.conflict')}>
            {say('keyActions.editing.conflictText')}
            <Button variant="default" size="xs" mt="sm" display="block" onClick={onReload}>
              {say('keyActions.editing.reload')}
            </Button>
          </Alert>
        )}
        {!isConflict && save.error !== null && !isAtFields(save.error) && <ErrorNote error={save.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={() => !save.isPending && onClose()}>
            {say('common.cancel')}
          </Button>
          <BusyButton type="submit" busy={save.isPending}>
            {say('common.save')}
          </BusyButton>
        </Group>
      </Stack>
    </form>
  )
}

function EditFields({
  keyRecord,
  draft,
  onChange,
  errors,
  nowMs,
}: {
  readonly keyRecord: Key
  readonly draft: EditDraft
  readonly onChange: (change: Partial<EditDraft>) => void
  readonly errors: FieldErrors
  readonly nowMs: number
}) {
  const { say } = useWords()
  const config = useConfig()
  const choices = expiryChoices(config)
  return (
    <>
      <NameFields config={config} values={draft} onChange={onChange} errors={errors} focus />
      {choosesAccess(draft, config) &&
        (config.grants.editable ? (
          <AccessField config={config} value={draft} onChange={onChange} error={errors.access} />
        ) : (
          <Text c="dimmed" size="sm">
            {config.grants.notEditable}
          </Text>
        ))}
      {choices !== null && (
        <ExpiryField
          choices={choices}
          value={draft.expiry}
          onChange={(expiry) => onChange({ expiry, isExpiryTouched: true })}
          nowMs={nowMs}
          bornMs={Date.parse(keyRecord.createdAt)}
          error={errors.expiry}
        />
      )}
      <div>
        <NetworksField value={draft.networks} onChange={(networks) => onChange({ networks })} error={errors.networks} />
        {keyRecord.allowedNetworks?.length === 0 && (
          <Text size="sm" c="dimmed" mt={6}>
            {say('keyActions.editing.networksNone')}
          </Text>
        )}
      </div>
      <OwnerField
        keyRecord={keyRecord}
        value={draft.owner}
        onChange={(owner) => onChange({ owner })}
        error={errors.owner}
      />
    </>
  )
}

function OwnerField({
  keyRecord,
  value,
  onChange,
  error,
}: {
  readonly keyRecord: Key
  readonly value: string | null
  readonly onChange: (owner: string | null) => void
  readonly error: string | undefined
}) {
  const { say } = useWords()
  const { memberId } = useAccount()
  const { members, nameOf } = useMembers()
  const ids = new Set([
    ...(keyRecord.owner === null ? [] : [keyRecord.owner]),
    ...(memberId === null ? [] : [memberId]),
    ...members.filter(({ state }) => state === 'active').map(({ id }) => id),
  ])
  if (ids.size === 0) return null
  const labelOf = (id: string) => {
    const name = nameOf(id) ?? say('keyActions.editing.other')
    return id === memberId ? `${say('createKey.ownerMe')} (${name})` : name
  }
  return (
    <NativeSelect
      label={say('createKey.owner')}
      value={value ?? ''}
      error={error}
      data={[
        { value: '', label: say('createKey.ownerService') },
        ...[...ids].map((id) => ({ value: id, label: labelOf(id) })),
      ]}
      onChange={(event) => onChange(event.currentTarget.value === '' ? null : event.currentTarget.value)}
    />
  )
}

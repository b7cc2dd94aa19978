import { Button, Checkbox, Group, Input, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { InForce, Key } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { useProof } from '../../ui/proof.tsx'
import { useAccount } from '../account-context.tsx'
import { callName, useForgetKeys } from '../keys/actions/use-key-action.tsx'
import { dateField } from '../keys/create/expiry.ts'
import {
  type LimitRow,
  type OverrideDraft,
  type OverrideFaults,
  overrideBody,
  overrideDraft,
  overrideFaults,
} from './override-draft.ts'

interface OverrideProps {
  readonly keyRecord: Key
  readonly inForce: InForce
  readonly onClose: () => void
}

const faultPhrases = {
  name: 'keyDetail.override.nameOdd',
  number: 'keyDetail.override.numberOdd',
  past: 'keyDetail.override.untilPast',
  nothing: 'keyDetail.override.nothing',
} as const

/** What an operator sets for one key, and the way to remove it. */
export function OverrideDialogs({ open, ...props }: OverrideProps & { readonly open: 'set' | 'clear' }) {
  return open === 'set' ? <SetDialog {...props} /> : <ClearDialog {...props} />
}

function ClearDialog({ keyRecord, onClose }: OverrideProps) {
  const { say } = useWords()
  const { acting } = useAccount()
  const forget = useForgetKeys()
  return (
    <ConfirmDialog
      title={say('keyDetail.override.clearTitle', { name: callName(keyRecord) })}
      verb={say('keyDetail.override.clear')}
      done={say('keyDetail.override.cleared')}
      onClose={onClose}
      work={async () => {
        await api<Key>(`/v1/keys/${segment(keyRecord.id)}/override`, { method: 'DELETE', acting, body: {} })
        forget()
      }}
    >
      {say('keyDetail.override.clearText')}
    </ConfirmDialog>
  )
}

function SetDialog({ keyRecord, inForce, onClose }: OverrideProps) {
  const { say } = useWords()
  const { acting } = useAccount()
  const prove = useProof()
  const announce = useAnnounce()
  const forget = useForgetKeys()
  const [draft, setDraft] = useState(() => overrideDraft(inForce, keyRecord))
  const [faults, setFaults] = useState<OverrideFaults>({})
  const save = useMutation({
    mutationFn: async () => {
      const body = overrideBody(draft, Date.now())
      await prove(() => api<Key>(`/v1/keys/${segment(keyRecord.id)}/override`, { method: 'PUT', acting, body }))
      announce(say('keyDetail.override.saved'))
      forget()
    },
    onSuccess: onClose,
  })
  const change = (part: Partial<OverrideDraft>): void => {
    setDraft({ ...draft, ...part })
    setFaults({})
  }
  const submit = (): void => {
    if (save.isPending) return
    const found = overrideFaults(draft, Date.now())
    setFaults(found)
    if (Object.keys(found).length === 0) save.mutate()
  }
  return (
    <Dialog
      opened
      onClose={onClose}
      size="lg"
      closeOnClickOutside={false}
      title={say('keyDetail.override.title', { name: callName(keyRecord) })}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Stack gap="md">
          <Text c="dimmed">{say('keyDetail.override.text')}</Text>
          <OverrideFields draft={draft} faults={faults} onChange={change} />
          <ErrorNote error={save.error} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {say('common.cancel')}
            </Button>
            <BusyButton type="submit" busy={save.isPending}>
              {say('keyDetail.override.save')}
            </BusyButton>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

interface FieldsProps {
  readonly draft: OverrideDraft
  readonly faults: OverrideFaults
  readonly onChange: (part: Partial<OverrideDraft>) => void
}

function OverrideFields({ draft, faults, onChange }: FieldsProps) {
  const { say } = useWords()
  const { rows, quota } = draft
  const faultAt = (field: string) => {
    const fault = faults[field]
    return fault === undefined ? undefined : say(faultPhrases[fault])
  }
  const nextId = Math.max(-1, ...rows.map(({ id }) => id)) + 1
  const fresh: LimitRow = { id: nextId, name: '', isKnown: false, limit: '', windowSeconds: '60', burst: '' }
  return (
    <>
      {rows.map((row) => (
        <RowFields
          key={row.id}
          row={row}
          faultAt={faultAt}
          onChange={(part) =>
            onChange({ rows: rows.map((each) => (each.id === row.id ? { ...each, ...part } : each)) })
          }
          onRemove={() => onChange({ rows: rows.filter(({ id }) => id !== row.id) })}
        />
      ))}
      <Button
        variant="default"
        size="xs"
        style={{ alignSelf: 'flex-start' }}
        onClick={() => onChange({ rows: [...rows, fresh] })}
      >
        {say('keyDetail.override.add')}
      </Button>
      <Checkbox
        label={say('keyDetail.override.quota')}
        checked={quota !== null}
        onChange={(event) => onChange({ quota: event.currentTarget.checked ? { limit: '', period: 'month' } : null })}
      />
      {quota !== null && (
        <Group align="flex-start" gap="sm">
          <TextInput
            label={say('keyDetail.override.quotaLimit')}
            inputMode="numeric"
            value={quota.limit}
            error={faultAt('quota')}
            onChange={(event) => onChange({ quota: { ...quota, limit: event.currentTarget.value } })}
          />
          <NativeSelect
            label={say('keyDetail.override.period')}
            value={quota.period}
            data={[
              { value: 'day', label: say('keyDetail.override.day') },
              { value: 'month', label: say('keyDetail.override.month') },
              { value: '', label: say('keyDetail.override.all') },
            ]}
            onChange={(event) =>
              onChange({ quota: { ...quota, period: event.currentTarget.value as 'day' | 'month' | '' } })
            }
          />
        </Group>
      )}
      <TextInput
        type="date"
        label={say('keyDetail.override.until')}
        description={say('keyDetail.override.untilHint')}
        min={dateField(Date.now())}
        value={draft.until}
        error={faultAt('until')}
        onChange={(event) => onChange({ until: event.currentTarget.value })}
      />
      <TextInput
        label={say('keyDetail.override.reason')}
        description={say('keyDetail.override.reasonHint')}
        value={draft.reason}
        maxLength={500}
        onChange={(event) => onChange({ reason: event.currentTarget.value })}
      />
      {faults['rows'] !== undefined && <Input.Error role="alert">{faultAt('rows')}</Input.Error>}
    </>
  )
}

function RowFields({
  row,
  faultAt,
  onChange,
  onRemove,
}: {
  readonly row: LimitRow
  readonly faultAt: (field: string) => string | undefined
  readonly onChange: (part: Partial<LimitRow>) => void
  readonly onRemove: () => void
}) {
  const { say } = useWords()
  const number = (field: 'limit' | 'windowSeconds' | 'burst', label: string, fault: string) => (
    <TextInput
      label={label}
      inputMode="numeric"
      value={row[field]}
      error={faultAt(`${fault}:${row.id}`)}
      style={{ flex: '1 1 90px' }}
      {...(field === 'burst' ? { placeholder: row.limit, description: say('keyDetail.override.burstHint') } : {})}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      onChange={(event) => onChange({ [field]: event.currentTarget.value })}
    />
  )
  return (
    <fieldset
      style={{ margin: 0, padding: 12, border: '1px solid var(--keywright-line)', borderRadius: 8, minWidth: 0 }}
    >
      <legend style={{ padding: '0 4px', fontWeight: 500 }}>
        {row.isKnown ? row.name : say('keyDetail.override.add')}
      </legend>
      <Group align="flex-start" gap="sm">
        {!row.isKnown && (
          <TextInput
            label={say('keyDetail.override.name')}
            value={row.name}
            error={faultAt(`name:${row.id}`)}
            style={{ flex: '1 1 140px' }}
            onChange={(event) => onChange({ name: event.currentTarget.value })}
          />
        )}
        {number('limit', say('keyDetail.override.limit'), 'limit')}
        {number('windowSeconds', say('keyDetail.override.window'), 'window')}
        {number('burst', say('keyDetail.override.burst'), 'burst')}
      </Group>
      <Button variant="subtle" color="gray" c="inherit" size="compact-xs" mt="xs" onClick={onRemove}>
        {say('keyDetail.override.remove', { name: row.name === '' ? '…' : row.name })}
      </Button>
    </fieldset>
  )
}

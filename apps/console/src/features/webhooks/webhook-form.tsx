import { Button, Group, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { ApiProblem, isProblem } from '../../api/problem.ts'
import type { Webhook } from '../../api/records.ts'
import { useWords } from '../../locales/words.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { useFaultFocus } from '../../ui/use-fault-focus.ts'
import { addressFault } from './address-fault.ts'
import { EventChoice } from './event-choice.tsx'
import type { WebhookOwner } from './webhook-owner.ts'

/** What a person says of a webhook. */
export interface WebhookInput {
  readonly url: string
  readonly description: string | null
  readonly events: readonly string[] | null
}

/** The fields of a webhook, for one that begins and for one that changes. */
export function WebhookForm({
  of,
  initial,
  verb,
  busy,
  error,
  onSend,
  onClose,
}: {
  readonly of: WebhookOwner['kind']
  readonly initial: Webhook | null
  readonly verb: string
  readonly busy: boolean
  readonly error: unknown
  readonly onSend: (input: WebhookInput) => void
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const [url, setUrl] = useState(initial?.url ?? '')
  const [refusedUrl, setRefusedUrl] = useState<string | null>(null)
  const [description, setDescription] = useState(initial?.description ?? '')
  const [events, setEvents] = useState(initial?.events ?? null)
  const { form, tried, attempt } = useFaultFocus()
  const fault = addressFault(url)
  const refused = isProblem(error, 'webhook_address_refused') && refusedUrl === url
  const urlError = tried && fault !== undefined ? say(`webhooks.${fault}`) : refused ? say('webhooks.urlRefused') : null
  const eventsError = tried && events?.length === 0 ? say('webhooks.eventsMissing') : undefined
  const problem = error instanceof ApiProblem && error.code !== 'webhook_address_refused' ? error : undefined

  const submit = (event: FormEvent) => {
    event.preventDefault()
    attempt()
    if (fault !== undefined || events?.length === 0) return
    setRefusedUrl(url)
    onSend({ url: url.trim(), description: description.trim() === '' ? null : description.trim(), events })
  }
  return (
    <form ref={form} onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput
          type="url"
          inputMode="url"
          label={say('webhooks.url')}
          description={say('webhooks.urlHint')}
          placeholder="https://example.com/events"
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          error={urlError ?? problem?.errorAt('/url')}
          aria-required
          autoComplete="off"
          data-autofocus
        />
        <TextInput
          label={`${say('webhooks.label')} (${say('common.optional')})`}
          description={say('webhooks.labelHint')}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          error={problem?.errorAt('/description')}
          autoComplete="off"
        />
        <EventChoice of={of} chosen={events} onChange={setEvents} error={eventsError} />
        {!isProblem(error, 'webhook_address_refused') && <ErrorNote error={error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {say('common.cancel')}
          </Button>
          <Button type="submit" loading={busy}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
